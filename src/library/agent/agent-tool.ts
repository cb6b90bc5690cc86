import type { ImageContent, TextContent } from '../../core/agent-messages/message.js';
import type { ToolSpec } from '../../core/ports/model-provider.js';
import type { FromSchema, ParametersSchema } from '../../tools/define-tool.js';

/** What came of a tool. Only `content` is for the model. */
export interface AgentToolResult<Details = unknown> {
  readonly content: readonly (TextContent | ImageContent)[];
  /** For whoever shows it. */
  readonly details?: Details;
  readonly is_error?: boolean;
  /** The run ends after this round of calls: the model is not asked again. */
  readonly terminate?: boolean;
}

/** Tells whoever listens how far a tool is. Does nothing once the call is over. */
export type ToolUpdate = (partial: AgentToolResult) => void;

/**
 * Something a model may call. Its arguments were checked against `parameters` before. What it throws is a result too: the
 * model is told.
 */
export interface AgentTool extends ToolSpec {
  /** For people. */
  readonly label?: string;
  /** @param signal aborts with the run, and when the call took too long */
  execute?(
    toolCallId: string,
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    onUpdate: ToolUpdate,
  ): AgentToolResult | string | Promise<AgentToolResult | string>;
}

/** A tool with arguments of the type that its schema says. */
export interface AgentToolDefinition<S extends ParametersSchema> extends Omit<AgentTool, 'parameters' | 'execute'> {
  readonly parameters: S;
  execute(
    toolCallId: string,
    args: FromSchema<S>,
    signal: AbortSignal,
    onUpdate: ToolUpdate,
  ): AgentToolResult | string | Promise<AgentToolResult | string>;
}

/**
 * Defines a tool whose `execute` has its arguments typed by the schema literal in `parameters`.
 *
 * @example
 * const sum = defineTool({
 *   name: 'sum',
 *   description: 'Add two numbers',
 *   parameters: {
 *     type: 'object',
 *     properties: { a: { type: 'number' }, b: { type: 'number' } },
 *     required: ['a', 'b'],
 *   },
 *   execute: (_toolCallId, { a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
 * });
 */
export function defineTool<const S extends ParametersSchema>(tool: AgentToolDefinition<S>): AgentTool {
  return {
    ...tool,
    // The arguments were checked against the schema: that is what the type says.
    execute: (id, args, signal, onUpdate) => tool.execute(id, args as FromSchema<S>, signal, onUpdate),
  };
}

/** A text as a result. */
export function textResult(text: string, is_error = false): AgentToolResult {
  return { content: [{ type: 'text', text }], ...(is_error ? { is_error } : {}) };
}
