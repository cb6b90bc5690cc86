import type { AssistantMessage, Message, ToolCallContent } from '../../core/agent-messages/message.js';
import type { ToolSpec } from '../../core/ports/model-provider.js';
import type { ModelInput } from './model.js';
import type { ThinkingBudgets, ThinkingLevel } from './thinking.js';

/** What a model is shown. */
export interface Context {
  readonly system_prompt?: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly ToolSpec[];
}

/** What may be set for one call; all of it is optional. */
export interface StreamOptions {
  /** Missing: the model's own, then the environment's for its provider. */
  readonly apiKey?: string;
  readonly temperature?: number;
  /** Tokens of the answer. */
  readonly maxTokens?: number;
  /** Aborts the call: the upstream is closed, and the answer ends as `aborted`. */
  readonly signal?: AbortSignal;
  readonly reasoning?: ThinkingLevel;
  readonly thinkingBudgets?: ThinkingBudgets;
  /** The same for all calls of one conversation. */
  readonly sessionId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest wait for the first byte and between two, ms. Default 30 s. */
  readonly timeoutMs?: number;
  /** As in the Python original. */
  readonly api_key?: string;
  readonly max_tokens?: number;
}

interface Growing {
  /** The message as it was right after this event. */
  readonly partial: AssistantMessage;
}

interface Block extends Growing {
  /** Where in `content` the block is. */
  readonly content_index: number;
}

interface BlockDelta extends Block {
  readonly delta: string;
}

/**
 * What comes of one model call. `start` first, blocks with their start, deltas and end, then exactly one `done` or `error`.
 * Calls may arrive interleaved; all other blocks end before the next begins.
 */
export type AssistantMessageEvent =
  | (Growing & { readonly type: 'start' })
  | (Block & { readonly type: 'text_start' | 'thinking_start' | 'tool_call_start' })
  | (BlockDelta & { readonly type: 'text_delta' | 'thinking_delta' | 'tool_call_delta' })
  | (Block & { readonly type: 'text_end' | 'thinking_end'; readonly content: string })
  | (Block & { readonly type: 'tool_call_end'; readonly tool_call: ToolCallContent })
  | {
      readonly type: 'done';
      readonly reason: 'stop' | 'length' | 'tool_calls';
      readonly message: AssistantMessage;
    }
  | { readonly type: 'error'; readonly reason: 'error' | 'aborted'; readonly error: AssistantMessage };

type MaybeGrowing<Event> = Event extends Growing ? Omit<Event, 'partial'> & Partial<Growing> : Event;

/** An event as a `streamFn` may give it: without the message so far, which the agent then puts together. */
export type StreamedEvent = MaybeGrowing<AssistantMessageEvent>;

/**
 * Asks a model. The contract: it does not throw for what goes wrong with the call, but ends in an `error` event; it ends in
 * exactly one `done` or `error`; it stops when the signal aborts. An agent copes with one that breaks it. Events may come
 * from any async iterable, an async generator for instance.
 */
export type StreamFn = (
  model: ModelInput,
  context: Context,
  options: StreamOptions,
) => AsyncIterable<StreamedEvent> | Promise<AsyncIterable<StreamedEvent>>;
