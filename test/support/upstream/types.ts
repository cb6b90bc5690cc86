import type { JsonRecord } from './json.js';

/** A break in a stream: so many milliseconds, or until the test opens its gate. */
export type Pause = { readonly wait: number } | { readonly until: PromiseLike<unknown> };

/** A part of an answer's text: one delta on the wire, or a break between two. */
export type Piece = string | Pause;

/** A tool call as the model writes it: the arguments are text, not always good JSON. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** Token counts of one answer. */
export interface Usage {
  readonly input: number;
  readonly output: number;
}

/** What a healthy model says, in no dialect's words. `pieces` may be iterated more than once. */
export interface Answer {
  readonly thinking?: string;
  readonly pieces: Iterable<Piece>;
  readonly toolCalls: readonly ToolCall[];
  /** `stop`, `length`, `tool_calls`, `content_filter`, or any other word, sent as it is. */
  readonly finish: string;
  /** Left out: counted from the text. `none`: the upstream gives no usage. */
  readonly usage?: Usage | 'none';
  /** Break before each delta, ms. */
  readonly intervalMs: number;
  /** Break before the headers, ms. */
  readonly delayMs: number;
}

/** A message of the request, its text parts joined. */
export interface AskMessage {
  readonly role: string;
  readonly text: string;
}

/** A tool offered in the request. */
export interface AskTool {
  readonly name: string;
  readonly parameters: JsonRecord;
}

/** A request, read out of its dialect. */
export interface Ask {
  /** The call's `index`; response ids come from it. */
  readonly index: number;
  readonly model: string;
  readonly stream: boolean;
  readonly wantsUsage: boolean;
  readonly maxTokens?: number;
  readonly messages: readonly AskMessage[];
  /** Empty too when the caller forbids tools. */
  readonly tools: readonly AskTool[];
  /** Name of a tool that must be called, `*` for any. */
  readonly forcedTool?: string;
  /** Structured output: the asked schema and its name. */
  readonly schema?: { readonly name: string; readonly schema: JsonRecord };
  readonly body: JsonRecord;
}

/** What the `scripted` rules took a request for. */
export type AskKind = 'action' | 'evaluation' | 'goal' | 'json' | 'review' | 'tool' | 'text';

/** How a call ended. `cut`: by a fault of ours; `closed`: by `close()` or `reset()`. */
export type CallEnd = 'completed' | 'aborted' | 'cut' | 'closed';

/** One HTTP request that reached the upstream; the object is filled in as the call goes on. */
export interface RecordedCall {
  /** Position since the server started or was reset, from 0. */
  readonly index: number;
  /** Position among the calls of its model, from 1. */
  readonly n: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** `openai`, …; empty for a route that no dialect has. */
  readonly dialect: string;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined if it is none. */
  readonly body: unknown;
  readonly raw: string;
  /** Wall clock and monotonic clock (`performance.now()`) at arrival, ms. */
  readonly at: number;
  readonly startedAt: number;
  /** Open calls of this model at arrival, itself included. */
  readonly concurrent: number;
  readonly kind?: AskKind;
  /** Name found as `You are <Name>` in the first system message. */
  readonly agent?: string;
  readonly status?: number;
  /** Monotonic, ms. */
  readonly firstByteAt?: number;
  readonly endedAt?: number;
  /** Undefined while the call is open. */
  readonly end?: CallEnd;
  readonly bytesSent: number;
}
