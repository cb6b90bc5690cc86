import type { CacheMark } from '../ports/model-provider.js';

/** Text of a message. `text_signature` is the provider's, to be given back with it. */
export interface TextContent {
  readonly type: 'text';
  readonly text: string;
  readonly text_signature?: string;
  /** In what a person says: the provider may keep the prompt up to here for the next call. */
  readonly cache_control?: CacheMark;
}

/** What a model thought. The signature is what its provider needs to take it back; `redacted`: the text is not readable. */
export interface ThinkingContent {
  readonly type: 'thinking';
  readonly thinking: string;
  readonly thinking_signature?: string;
  readonly redacted?: boolean;
}

/** A tool call. `partial_json` is there while its arguments still arrive; `arguments` is then what can be read of them. */
export interface ToolCallContent {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly partial_json?: string;
  /** Why the call cannot be run: the model is told, instead of a result. */
  readonly error?: string;
}

/** An image by its `https:` or `data:` address. */
export interface ImageContent {
  readonly type: 'image';
  readonly url: string;
  readonly mime_type?: string;
}

/**
 * Why an answer ended. Answers made here end with `stop`, `length`, `tool_calls`, `error` or `aborted`; `complete` and
 * `tool_use` are other people's words for `stop` and `tool_calls`.
 */
export type StopReason = 'stop' | 'complete' | 'length' | 'tool_calls' | 'tool_use' | 'error' | 'aborted';

/** Money, in the currency of the model's prices. */
export interface UsageCost {
  readonly input: number;
  readonly output: number;
  readonly cache_read: number;
  readonly cache_write: number;
  readonly total: number;
}

/** Tokens of one answer. What was read from the provider's cache and written to it is part of `input`. */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  readonly cache_read: number;
  readonly cache_write: number;
  readonly total_tokens: number;
  readonly cost: UsageCost;
}

/** What a person says. `timestamp` is ms since the epoch, as everywhere. */
export interface UserMessage {
  readonly role: 'user';
  readonly content: string | readonly (TextContent | ImageContent)[];
  readonly timestamp: number;
}

/** An answer of a model. */
export interface AssistantMessage {
  readonly role: 'assistant';
  readonly content: readonly (TextContent | ThinkingContent | ToolCallContent)[];
  /** null while it is being written. */
  readonly stop_reason: StopReason | null;
  readonly timestamp: number;
  /** The dialect it was asked in. */
  readonly api: string;
  readonly provider: string;
  readonly model: string;
  readonly usage: TokenUsage;
  /** One sentence that may be shown, where `stop_reason` is `error` or `aborted`. */
  readonly error_message?: string;
  /** What kind of error, such as `upstream_rate_limited`. */
  readonly error_code?: string;
}

/** What came of a tool call. Only `content` is for the model. */
export interface ToolResultMessage {
  readonly role: 'tool_result';
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly content: readonly (TextContent | ImageContent)[];
  readonly details?: unknown;
  readonly is_error: boolean;
  readonly timestamp: number;
}

/** A message as models know them. */
export type Message = UserMessage | AssistantMessage | ToolResultMessage;

/** Nothing spent. */
export const NO_TOKENS: TokenUsage = {
  input: 0,
  output: 0,
  cache_read: 0,
  cache_write: 0,
  total_tokens: 0,
  cost: { input: 0, output: 0, cache_read: 0, cache_write: 0, total: 0 },
};

/** The text in a message's content, joined: no thinking, no calls, no images. */
export function textOf(content: Message['content']): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const block of content) if (block.type === 'text') text += block.text;
  return text;
}
