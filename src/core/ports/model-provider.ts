import type { BlockKind, ContentPart, StopReason, ToolCall, Usage } from '../events/conversation-event.js';
import type { UpstreamErrorCode } from '../kernel/parley-error.js';

/** The end of what an upstream may keep of a prompt between calls, as Anthropic's API writes it. */
export interface CacheMark {
  readonly type: 'ephemeral';
  readonly ttl?: '5m' | '1h';
}

/** A part of a message as a model is shown it. */
export type ModelPart = ContentPart & { readonly cache_control?: CacheMark };

/** One entry of what the model is shown. */
export type ModelMessage =
  | {
      readonly role: 'system' | 'user';
      /** Text parts joined, where there are parts. */
      readonly content: string;
      /** All of it, in order, where it is more than plain text. With an image in it: for a model that `accepts_images` only. */
      readonly parts?: readonly ModelPart[];
    }
  | {
      readonly role: 'assistant';
      readonly content: string;
      readonly tool_calls?: readonly ToolCall[];
      /** What it thought before, for upstreams that want it back. */
      readonly thinking?: Thinking;
    }
  | { readonly role: 'tool'; readonly content: string; readonly tool_call_id: string };

/** Thinking as an upstream wrote it. `signature` is that of its delta. */
export interface Thinking {
  readonly text: string;
  readonly signature: string;
}

/** A tool as the model is told about it. `parameters` is a JSON Schema object. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Asks for an answer in JSON of a schema. Providers that cannot enforce it leave it to the prompt. */
export interface JsonAnswer {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** One model call. Sampling fields left out fall back to the model's configuration. */
export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  /** Another model of the same upstream than the configured one. For a model that `accepts_upstream_id` only. */
  readonly upstream_id?: string;
  readonly tools?: readonly ToolSpec[];
  readonly tool_choice?: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly json?: JsonAnswer;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly max_tokens?: number;
  readonly seed?: number;
  /** Further parameters a caller may set and a provider may know (`stop`, `presence_penalty` …). */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Text as it arrives. All text of one upstream read that belongs to one block comes as one delta. */
export interface ModelDelta {
  readonly block: BlockKind;
  readonly text: string;
  /** Which call it is: on the first delta of a tool call whose id and name came with it. */
  readonly call?: Pick<ToolCall, 'id' | 'name'>;
  /** On the first delta of thinking: what its provider needs to give it back (the field it came in, say). */
  readonly signature?: string;
}

/** The one terminal event of a call. `raw_reason` is the upstream's own word, for diagnosis only. */
export type ModelEnd =
  | {
      readonly type: 'done';
      readonly stop_reason: Extract<StopReason, 'stop' | 'length' | 'tool_calls'>;
      readonly raw_reason?: string;
      readonly tool_calls: readonly ToolCall[];
      /** Calls whose arguments were no JSON object: never run, given back to the model. */
      readonly bad_tool_calls?: readonly { readonly id: string; readonly name: string; readonly error: string }[];
      readonly usage?: Usage;
      /** The upstream id that answered, where it says so. */
      readonly answered_by?: string;
    }
  | {
      readonly type: 'failed';
      readonly code: UpstreamErrorCode;
      /** One sentence without anything the upstream said and without secrets. */
      readonly message: string;
      readonly retryable: boolean;
      readonly retry_after?: number;
      /** For the log, never for a client. */
      readonly cause?: unknown;
      readonly usage?: Usage;
    }
  | { readonly type: 'aborted'; readonly usage?: Usage };

/** Whether a model can be used now, from its own traffic or a cached check that generates nothing. */
export interface ModelHealth {
  readonly healthy: boolean;
  /** Why not; safe to show. */
  readonly last_error?: string;
}

/**
 * A model behind one configured name. Configured under `models:`; built once by the factory of its `type`.
 *
 * The stream contract: `stream` never rejects for what went wrong upstream; it resolves with exactly one terminal event,
 * after the last delta; no delta comes after the signal aborted; deltas are delivered synchronously, in order; a stream
 * the upstream cut without its own end mark ends as `failed` with `upstream_truncated`. A call is repeated only while
 * nothing of its answer was delivered.
 */
export interface ModelProvider {
  readonly name: string;
  /** Takes messages with image parts. Absent or false: a configured model fails such a call without asking anybody. */
  readonly accepts_images?: boolean;
  /** Takes `ModelRequest.upstream_id`. Absent or false: as above. */
  readonly accepts_upstream_id?: boolean;
  stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd>;
  health(): ModelHealth;
  /** A check that costs nothing upstream (a list of models, say). Absent: only real traffic tells. */
  check?(signal: AbortSignal): Promise<ModelHealth>;
  /** Frees connections. */
  stop?(): Promise<void>;
}
