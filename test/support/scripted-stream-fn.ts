import { NO_TOKENS, type AssistantMessage, type ToolCallContent } from '../../src/core/agent-messages/message.js';
import type { Context, StreamedEvent, StreamFn, StreamOptions } from '../../src/library/agent/stream-event.js';

/** No answer until the abort. */
export const HANG = { hangs: true } as const;

/** What a scripted model answers: a text, calls of tools by name, an error that it throws, or silence until the abort. */
export type StreamReply =
  | string
  | { readonly text?: string; readonly calls: readonly (readonly [string, object])[] }
  | { readonly throws: Error }
  | typeof HANG;

/** A `streamFn` that gives its replies in order, and remembers what it was asked. */
export class ScriptedStreamFn {
  readonly contexts: Context[] = [];
  readonly options: StreamOptions[] = [];
  readonly #replies: StreamReply[];
  #ids = 0;

  constructor(replies: readonly StreamReply[]) {
    this.#replies = [...replies];
  }

  readonly fn: StreamFn = (model, context, options) => {
    this.contexts.push(context);
    this.options.push(options);
    const reply = this.#replies.shift() ?? { throws: new Error('an unexpected call') };
    if (typeof reply === 'object' && 'throws' in reply) throw reply.throws;
    return this.#events(reply, model.id);
  };

  async *#events(reply: Exclude<StreamReply, { throws: Error }>, model: string): AsyncGenerator<StreamedEvent> {
    yield { type: 'start' };
    if (typeof reply === 'object' && 'hangs' in reply) await new Promise(() => undefined);
    const text = typeof reply === 'string' ? reply : 'text' in reply ? (reply.text ?? '') : '';
    const calls = typeof reply === 'object' && 'calls' in reply ? reply.calls : [];
    const content: AssistantMessage['content'][number][] = [];
    if (text !== '') {
      yield { type: 'text_start', content_index: 0 };
      for (const delta of text.match(/[\s\S]{1,4}/g) ?? []) yield { type: 'text_delta', content_index: 0, delta };
      yield { type: 'text_end', content_index: 0, content: text };
      content.push({ type: 'text', text });
    }
    for (const [name, args] of calls) {
      const tool_call: ToolCallContent = { type: 'tool_call', id: `c${++this.#ids}`, name, arguments: { ...args } };
      yield { type: 'tool_call_end', content_index: content.push(tool_call) - 1, tool_call };
    }
    const reason = calls.length > 0 ? 'tool_calls' : 'stop';
    const head = { api: 'scripted', provider: 'scripted', model, usage: NO_TOKENS, timestamp: Date.now() };
    yield { type: 'done', reason, message: { role: 'assistant', content, stop_reason: reason, ...head } };
  }
}
