import { NO_TOKENS, type AssistantMessage } from '../../core/agent-messages/message.js';
import type { MessageHead } from './message-builder.js';
import { readPartialJson } from './partial-json.js';
import type { AssistantMessageEvent, StreamedEvent } from './stream-event.js';

type Block = AssistantMessage['content'][number];
type Piece = Exclude<StreamedEvent, { type: 'done' | 'error' }>;

/** The message that the events of a `streamFn` make, for those that do not bring it along. */
export class EventFold {
  readonly #head: MessageHead;
  readonly #timestamp = Date.now();
  #message: AssistantMessage | undefined;

  constructor(head: MessageHead) {
    this.#head = head;
  }

  /** As of the last event. */
  get message(): AssistantMessage {
    const { api, provider, model } = this.#head;
    return (
      this.#message ?? {
        role: 'assistant',
        content: [],
        stop_reason: null,
        timestamp: this.#timestamp,
        api,
        provider,
        model,
        usage: NO_TOKENS,
      }
    );
  }

  /** The event with the message as it is after it. */
  take(event: Piece): Exclude<AssistantMessageEvent, { type: 'done' | 'error' }> {
    this.#message = event.partial ?? this.#after(event);
    return { ...event, partial: this.#message };
  }

  #after(event: Piece): AssistantMessage {
    const { message } = this;
    if (event.type === 'start') return message;
    const content = [...message.content];
    content[event.content_index] = blockAfter(content[event.content_index], event);
    return { ...message, content };
  }
}

function blockAfter(before: Block | undefined, event: Exclude<Piece, { type: 'start' }>): Block {
  switch (event.type) {
    case 'text_start':
    case 'text_delta':
    case 'text_end': {
      const text = before?.type === 'text' ? before.text : '';
      return { type: 'text', text: 'content' in event ? event.content : text + deltaOf(event) };
    }
    case 'thinking_start':
    case 'thinking_delta':
    case 'thinking_end': {
      const thinking = before?.type === 'thinking' ? before.thinking : '';
      return { type: 'thinking', thinking: 'content' in event ? event.content : thinking + deltaOf(event) };
    }
    case 'tool_call_end':
      return event.tool_call;
    case 'tool_call_start':
    case 'tool_call_delta': {
      const call =
        before?.type === 'tool_call' ? before : { type: 'tool_call' as const, id: '', name: '', arguments: {} };
      const partial_json = (call.partial_json ?? '') + deltaOf(event);
      return { ...call, partial_json, arguments: readPartialJson(partial_json) ?? call.arguments };
    }
  }
}

function deltaOf(event: object): string {
  return 'delta' in event && typeof event.delta === 'string' ? event.delta : '';
}
