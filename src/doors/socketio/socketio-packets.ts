import type { Delta, Fact, ToolUpdate } from '../../core/events/conversation-event.js';
import type { ConversationFold } from '../../core/events/fold.js';
import type { ConversationId } from '../../core/kernel/ids.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { CanonicalProjection } from '../wire/canonical.projection.js';
import { FrameEncoder, type FrameProjection } from '../wire/frame-encoder.js';

/** How an error shows on Socket.IO, in acknowledgements and in `error` events. */
export function errorBody(error: ParleyError): Readonly<Record<string, unknown>> {
  const { code, message, retryable, retryAfter, problems } = error;
  return {
    code,
    message,
    retryable,
    ...(retryAfter === undefined ? {} : { retry_after: Math.ceil(retryAfter) }),
    ...(problems.length === 0 ? {} : { errors: problems }),
  };
}

/** An event packet of the Socket.IO protocol (revision 5, main namespace) with one JSON argument, not yet framed. */
export function eventPacket(name: 'event' | 'end' | 'error', json: string): string {
  return `2["${name}",${json}]`;
}

/** A stream of a conversation that is over for this client: with the cursor to come back with, and why, if it broke off. */
export function endPacket(conversation_id: ConversationId, cursor: string | undefined, error?: ParleyError): string {
  const body = { conversation_id, cursor, ...(error === undefined ? {} : { error: errorBody(error) }) };
  return eventPacket('end', JSON.stringify(body));
}

/**
 * The canonical projection in packets that are ready to be sent: Socket.IO's own `emit` would write the JSON of each
 * event once for every client.
 */
class SocketIoProjection implements FrameProjection {
  readonly name = 'socketio';
  readonly #canonical = new CanonicalProjection();

  fact(fact: Fact, before: ConversationFold, cursor: string): readonly string[] {
    return this.#canonical.fact(fact, before, cursor).map((json) => eventPacket('event', json));
  }

  delta(delta: Delta, cursor: string): string {
    return eventPacket('event', this.#canonical.delta(delta, cursor));
  }

  toolUpdate(update: ToolUpdate): string {
    return eventPacket('event', this.#canonical.toolUpdate(update));
  }

  farewell(cursor: string, conversation_id: ConversationId): string {
    const error = new ParleyError('draining', 'the server is going away: come back with the cursor');
    return endPacket(conversation_id, cursor, error);
  }
}

/** One for all clients: they share what it serialises. */
export const SOCKET_IO_ENCODER = new FrameEncoder(new SocketIoProjection());
