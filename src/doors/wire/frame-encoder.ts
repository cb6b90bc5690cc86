import type { Delta, Fact, ToolUpdate } from '../../core/events/conversation-event.js';
import type { Encoder } from '../../core/events/encoder.js';
import type { ConversationFold } from '../../core/events/fold.js';
import type { ConversationId } from '../../core/kernel/ids.js';
import type { Projection } from './projection.js';

/** A projection for sockets, where a frame stands alone: it has to carry the cursor itself. */
export interface FrameProjection extends Projection {
  /** The server goes away: where the reader stands. Undefined: nothing is said. */
  farewell(cursor: string, conversation_id: ConversationId): string | undefined;
}

/**
 * Messages of a socket over a projection: the text of an event has one frame on each line, and JSON of one line holds no
 * line break. The projection puts the cursor into the last frame of each event.
 */
export class FrameEncoder implements Encoder {
  constructor(private readonly projection: FrameProjection) {}

  fact(fact: Fact, before: ConversationFold, cursor: string): string {
    return this.projection.fact(fact, before, cursor).join('\n');
  }

  delta(delta: Delta, cursor: string): string {
    return this.projection.delta(delta, cursor) ?? '';
  }

  toolUpdate(update: ToolUpdate): string {
    return this.projection.toolUpdate?.(update) ?? '';
  }

  /** Sockets have pings of their own. */
  heartbeat(): string {
    return '';
  }

  farewell(cursor: string, conversation_id: ConversationId): string {
    return this.projection.farewell(cursor, conversation_id) ?? '';
  }
}
