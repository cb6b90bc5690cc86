import type { ChatRequest } from '../../conversations/start-chat.js';
import type { FieldProblem } from '../../core/kernel/parley-error.js';
import type { ConversationId } from '../../core/kernel/ids.js';
import type { ModelMessage } from '../../core/ports/model-provider.js';
import type { SchemaProblem } from '../../core/ports/tool.js';
import { toHistory } from '../wire/history.js';
import { invalidRequest } from '../wire/validation.js';
import { readTools, type ClientTools } from './client-tools.js';
import type { GenerateDto, ToolChoice } from './session.dto.js';

export interface GenerateRules {
  readonly conversation_id: ConversationId;
  /** Those of the session. */
  readonly tools: ClientTools;
  /** Messages of a history. */
  readonly history_messages: number;
  readonly schemaProblem: SchemaProblem;
}

const PARAMS = '/params';

/**
 * What `generate` asks for, as the application layer takes it: without an agent the model alone, with the client's tools.
 *
 * @throws ParleyError `invalid_request` naming the fields
 */
export function toChatRequest(body: GenerateDto, rules: GenerateRules): ChatRequest {
  const { message, agent_name, model } = body;
  const tools = isGiven(body.tools) ? readTools(body.tools, `${PARAMS}/tools`, rules.schemaProblem) : rules.tools;
  const history = historyOf(body, tools, rules);
  requireConsistent(body, tools, history);
  const tool_choice = isGiven(body.tool_choice) ? choiceOf(body.tool_choice, tools) : undefined;
  return {
    kind: 'session',
    conversation_id: rules.conversation_id,
    on_disconnect: 'continue',
    client_tools: tools.tools,
    client_tool_mode: 'wait',
    ...(isGiven(message) ? { message: { text: message } } : {}),
    ...(history === undefined ? {} : { history }),
    ...(isGiven(agent_name) ? { agent_key: agent_name } : { bare: true }),
    ...(isGiven(model) ? { model } : {}),
    ...(tool_choice === undefined ? {} : { tool_choice }),
    sampling: samplingOf(body),
  };
}

function requireConsistent(
  { message, agent_name, tool_choice, max_tokens, max_new_tokens }: GenerateDto,
  tools: ClientTools,
  history: readonly ModelMessage[] | undefined,
): void {
  const problems: FieldProblem[] = [];
  if (!isGiven(message) && (history === undefined || history.length === 0)) {
    problems.push({ pointer: `${PARAMS}/history`, message: 'must have messages where there is no "message"' });
  }
  if (isGiven(max_tokens) && isGiven(max_new_tokens) && max_tokens !== max_new_tokens) {
    problems.push({ pointer: `${PARAMS}/max_new_tokens`, message: 'differs from "max_tokens"' });
  }
  // An agent may have tools of its own.
  if (typeof tool_choice === 'object' && isGiven(tool_choice) && !isGiven(agent_name)) {
    const { name } = tool_choice.function;
    const unknown = { pointer: `${PARAMS}/tool_choice/function/name`, message: `"${name}" is not one of the tools` };
    if (!tools.has(name)) problems.push(unknown);
  }
  if (problems.length > 0) throw invalidRequest(problems);
}

/** With the names of tools as the model is told them. */
function historyOf(
  { history }: GenerateDto,
  tools: ClientTools,
  { history_messages }: GenerateRules,
): readonly ModelMessage[] | undefined {
  if (!isGiven(history)) return undefined;
  const messages = toHistory(history, { pointer: `${PARAMS}/history`, most: history_messages });
  return messages.map((message) => {
    if (message.role !== 'assistant' || message.tool_calls === undefined) return message;
    return {
      ...message,
      tool_calls: message.tool_calls.map((call) => ({ ...call, name: tools.modelName(call.name) })),
    };
  });
}

function choiceOf(choice: ToolChoice, tools: ClientTools): NonNullable<ChatRequest['tool_choice']> {
  if (typeof choice === 'object') return { name: tools.modelName(choice.function.name) };
  return choice === 'any' ? 'required' : choice;
}

function samplingOf({
  max_tokens,
  max_new_tokens,
  temperature,
  top_p,
}: GenerateDto): NonNullable<ChatRequest['sampling']> {
  const most = max_tokens ?? max_new_tokens;
  return {
    ...(isGiven(most) ? { max_tokens: most } : {}),
    ...(isGiven(temperature) ? { temperature } : {}),
    ...(isGiven(top_p) ? { top_p } : {}),
  };
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== undefined && value !== null;
}
