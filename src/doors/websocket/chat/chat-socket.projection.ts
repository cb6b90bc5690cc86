import type { Delta, Fact } from '../../../core/events/conversation-event.js';
import type { ConversationFold } from '../../../core/events/fold.js';
import type { ConversationId } from '../../../core/kernel/ids.js';
import { ParleyError } from '../../../core/kernel/parley-error.js';
import { ChatProjection, openChunk } from '../../wire/chat.projection.js';
import type { FrameProjection } from '../../wire/frame-encoder.js';
import { timestamp } from '../../wire/timestamp.js';
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
    return frames.map((frame, index) => message(opened(frame), fact, index === frames.length - 1 ? cursor : undefined));
  }

  delta(delta: Delta, cursor: string): string | undefined {
    const open = openChunk(delta);
    return open === undefined
      ? undefined
      : message({ type: 'chat_chunk', at: timestamp(delta.at), open }, delta, cursor);
  }

  /** No end of the run, but of what this socket gets of it. */
  farewell(cursor: string, conversation_id: ConversationId): string {
    const error = new ParleyError('draining', 'the server is going away: come back with the cursor');
    return chatErrorFrame(error, { at: this.now(), cursor, conversation_id });
  }
}

/** A frame of the chat projection: its kind, its time, and all of it but the last brace. */
interface OpenFrame {
  readonly type: string;
  readonly at: string;
  readonly open: string;
}

function opened(frame: string): OpenFrame {
  const [, type = '', at = ''] = HEAD.exec(frame) ?? [];
  return { type, at, open: frame.slice(0, -1) };
}

function message({ type, at, open }: OpenFrame, event: Fact | Delta, cursor: string | undefined): string {
  const { conversation_id, run_id } = event;
  const shown = type.startsWith('tool_call') ? 'tool_call' : type;
  const named = type === 'chat_complete' ? '' : `,"conversation_id":"${conversation_id}"`;
  const run = run_id === undefined ? '' : `,"run_id":"${run_id}"`;
  const place = cursor === undefined ? '' : `,"cursor":"${cursor}"`;
  return `{"type":"${shown}","data":${open}${named}${run}},"timestamp":"${at}"${place}}`;
}
