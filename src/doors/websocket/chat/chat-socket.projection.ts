import type { Delta, Fact } from '../../../core/events/conversation-event.js';
import type { ConversationFold } from '../../../core/events/fold.js';
import type { ConversationId } from '../../../core/kernel/ids.js';
import { ParleyError } from '../../../core/kernel/parley-error.js';
import { ChatProjection } from '../../wire/chat.projection.js';
import type { FrameProjection } from '../../wire/frame-encoder.js';
import { chatErrorFrame } from './chat-frame.js';

/** How every frame of the chat projection begins: its keys come in this order. */
const HEAD = /^\{"event_type":"(\w+)","timestamp":"([^"]+)"/;

/**
 * The chat projection as `/ws` shows it: each of its frames is the `data` of a message, with the ids of its conversation
 * and run at the end, since one socket carries several.
 */
export class ChatSocketProjection implements FrameProjection {
  readonly name = 'chat-socket';
  readonly #chat = new ChatProjection();

  constructor(private readonly now: () => number) {}

  fact(fact: Fact, before: ConversationFold, cursor: string): readonly string[] {
    const frames = this.#chat.fact(fact, before);
    return frames.map((frame, index) => message(frame, fact, index === frames.length - 1 ? cursor : undefined));
  }

  delta(delta: Delta, cursor: string): string | undefined {
    const frame = this.#chat.delta(delta);
    return frame === undefined ? undefined : message(frame, delta, cursor);
  }

  /** No end of the run, but of what this socket gets of it. */
  farewell(cursor: string, conversation_id: ConversationId): string {
    const error = new ParleyError('draining', 'the server is going away: come back with the cursor');
    return chatErrorFrame(error, { at: this.now(), cursor, conversation_id });
  }
}

function message(frame: string, { conversation_id, run_id }: Fact | Delta, cursor: string | undefined): string {
  const [, event_type = '', at = ''] = HEAD.exec(frame) ?? [];
  const type = event_type.startsWith('tool_call') ? 'tool_call' : event_type;
  const named = event_type === 'chat_complete' ? '' : `,"conversation_id":"${conversation_id}"`;
  const run = run_id === undefined ? '' : `,"run_id":"${run_id}"`;
  const place = cursor === undefined ? '' : `,"cursor":"${cursor}"`;
  return `{"type":"${type}","data":${frame.slice(0, -1)}${named}${run}},"timestamp":"${at}"${place}}`;
}
