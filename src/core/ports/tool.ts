import type { ToolSpec } from './model-provider.js';

/** What a tool is given beside its arguments. */
export interface ToolContext {
  readonly tool_call_id: string;
  /**
   * The same for every attempt of one call, also after a crash: what an idempotent tool passes on to whoever must not
   * do it twice.
   */
  readonly idempotency_key: string;
  /** Aborts when the call took too long and when its run ends. */
  readonly signal: AbortSignal;
  /** Tells whoever watches how far it is; `partial` is JSON. Does nothing once the call is over. */
  readonly onUpdate: (partial: unknown) => void;
}

/** What came of a tool call. */
export interface ToolOutput {
  /** What the model is told. */
  readonly content: string;
  readonly is_error?: boolean;
  /** JSON for whoever shows it, not for the model. */
  readonly details?: unknown;
  /** The run ends after this round; the model is not asked again. */
  readonly terminate?: boolean;
}

/**
 * Something a model may call. Built-in, a plugin's, of an MCP server, or of a program that uses the library. Arguments
 * were checked against `parameters` before. It may throw: that is a result, and the model is told.
 */
export interface Tool extends ToolSpec {
  /** For people. */
  readonly label?: string;
  /** A call whose end is not known may be run again, with the same `idempotency_key`. */
  readonly idempotent?: boolean;
  execute(args: Readonly<Record<string, unknown>>, context: ToolContext): Promise<ToolOutput>;
}

/** The tools there are, by name. What an MCP server offers may change while the server runs. */
export interface Tools {
  /** In a stable order: built-in, plugins', MCP servers'. */
  names(): readonly string[];
  get(name: string): Tool | undefined;
}

/**
 * Checks arguments against a JSON Schema (2020-12; `parameters` of a tool).
 *
 * @returns what is wrong, a sentence each, with the place as a JSON pointer; empty: nothing
 */
export type CheckArguments = (
  schema: Readonly<Record<string, unknown>>,
  args: Readonly<Record<string, unknown>>,
) => readonly string[];

/**
 * What is wrong with a schema of parameters itself; undefined: arguments can be checked against it.
 *
 * @returns a sentence without subject, such as `/properties must be schemas by name`
 */
export type SchemaProblem = (schema: unknown) => string | undefined;
