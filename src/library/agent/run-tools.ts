import { textOf, type AssistantMessage, type ToolCallContent } from '../../core/agent-messages/message.js';
import type { AgentHooks as LoopHooks } from '../../core/agent/context.js';
import type { ToolCall, ToolExecutionEnd } from '../../core/events/conversation-event.js';
import type { Tool, ToolOutput } from '../../core/ports/tool.js';
import type { AgentHooks, ToolCallMoment } from './agent-options.js';
import type { AgentTool, AgentToolResult } from './agent-tool.js';
import { textResult } from './agent-tool.js';
import { messageOf } from './stream-call.js';

const BLOCKED = 'Tool execution was blocked';

/** What the tools of a run need of it. */
export interface ToolHost {
  readonly hooks: AgentHooks;
  readonly signal: AbortSignal;
  /** The answer that asked. */
  readonly answer: () => AssistantMessage;
}

/**
 * The tools of an agent behind the loop's port. The loop knows texts only: the whole results, with images and details, are
 * kept here by the id of their call.
 */
export class RunTools {
  readonly #tools: ReadonlyMap<string, AgentTool>;
  readonly #host: ToolHost;
  readonly #results = new Map<string, AgentToolResult>();

  constructor(tools: readonly AgentTool[], host: ToolHost) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#host = host;
  }

  /** As the loop wants them. */
  forLoop(): ReadonlyMap<string, Tool> {
    return new Map([...this.#tools].map(([name, tool]) => [name, this.#forLoop(tool)]));
  }

  /** The program's hooks as the loop's. */
  hooks(): Pick<LoopHooks, 'beforeToolCall' | 'afterToolCall'> {
    const { beforeToolCall, afterToolCall } = this.#host.hooks;
    return {
      ...(beforeToolCall === undefined ? {} : { beforeToolCall: (call) => this.#before(beforeToolCall, call) }),
      ...(afterToolCall === undefined
        ? {}
        : { afterToolCall: (call, output) => this.#after(afterToolCall, call, output) }),
    };
  }

  /** The whole result of a call that is over. */
  resultOf({ tool_call_id: id, tool_name: name, refused, result, status }: ToolExecutionEnd): AgentToolResult {
    const kept = this.#results.get(id);
    this.#results.delete(id);
    if (kept !== undefined) return kept;
    return textResult(refused === 'unknown_tool' ? `Tool ${name} not found` : result, status !== 'completed');
  }

  #forLoop(tool: AgentTool): Tool {
    const { name, description, parameters, label } = tool;
    return {
      name,
      description,
      parameters,
      ...(label === undefined ? {} : { label }),
      execute: async (args, { tool_call_id, signal, onUpdate }) => {
        const result = await run(tool, { id: tool_call_id, args, signal, onUpdate });
        // One that came too late is not wanted: the loop has told of it already.
        if (!signal.aborted) this.#results.set(tool_call_id, result);
        return outputOf(result);
      },
    };
  }

  async #before(
    hook: NonNullable<AgentHooks['beforeToolCall']>,
    call: ToolCall,
  ): Promise<{ readonly block: string } | undefined> {
    const moment = this.#momentOf(call);
    if (moment === undefined) return undefined;
    const said = await hook(moment);
    return said?.block === true ? { block: said.reason ?? BLOCKED } : undefined;
  }

  async #after(
    hook: NonNullable<AgentHooks['afterToolCall']>,
    call: ToolCall,
    output: ToolOutput,
  ): Promise<ToolOutput | undefined> {
    const moment = this.#momentOf(call);
    if (moment === undefined) return undefined;
    const result = this.#results.get(call.id) ?? textResult(output.content, output.is_error);
    const changed = await this.#changed(hook, { ...moment, result, isError: result.is_error === true });
    this.#results.set(call.id, changed);
    return outputOf(changed);
  }

  async #changed(
    hook: NonNullable<AgentHooks['afterToolCall']>,
    moment: Parameters<typeof hook>[0],
  ): Promise<AgentToolResult> {
    try {
      return { ...moment.result, ...(await hook(moment)) };
    } catch (error) {
      return textResult(messageOf(error), true);
    }
  }

  #momentOf(call: ToolCall): ToolCallMoment | undefined {
    const tool = this.#tools.get(call.name);
    if (tool === undefined) return undefined;
    const { signal, answer } = this.#host;
    const message = answer();
    const isCall = (block: AssistantMessage['content'][number]): block is ToolCallContent =>
      block.type === 'tool_call' && block.id === call.id;
    const toolCall = message.content.find(isCall) ?? { type: 'tool_call', ...call };
    return { toolCall, tool, args: call.arguments, message, signal };
  }
}

interface Run {
  readonly id: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly onUpdate: (partial: unknown) => void;
}

async function run(tool: AgentTool, { id, args, signal, onUpdate }: Run): Promise<AgentToolResult> {
  if (tool.execute === undefined) return textResult(`Tool ${tool.name} has no execute function`, true);
  try {
    const result = await tool.execute(id, args, signal, onUpdate);
    return typeof result === 'string' ? textResult(result) : sound(result);
  } catch (error) {
    return textResult(messageOf(error), true);
  }
}

/** Programs without types give what they like. */
function sound(result: AgentToolResult | undefined): AgentToolResult {
  const content: unknown = result?.content;
  if (typeof content === 'string') return { ...result, ...textResult(content) };
  return { ...result, content: Array.isArray(content) ? (content as AgentToolResult['content']) : [] };
}

function outputOf({ content, is_error, details, terminate }: AgentToolResult): ToolOutput {
  return {
    content: textOf(content),
    ...(is_error === true ? { is_error } : {}),
    ...(details === undefined ? {} : { details }),
    ...(terminate === true ? { terminate } : {}),
  };
}
