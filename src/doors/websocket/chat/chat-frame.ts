import type { ConversationId } from '../../../core/kernel/ids.js';
import type { ParleyError } from '../../../core/kernel/parley-error.js';
import { timestamp } from '../../wire/timestamp.js';

/** Where in which conversation a message belongs. */
export interface ChatFramePlace {
  /** ms. */
  readonly at: number;
  readonly cursor?: string | undefined;
  readonly conversation_id?: ConversationId | undefined;
}

/** The answer to what is not answered by the frames of a run. */
export function pongFrame(data: Readonly<Record<string, unknown>>, { at, cursor }: ChatFramePlace): string {
  return JSON.stringify({ type: 'pong', data, timestamp: timestamp(at), cursor });
}

/** An error that is no end of a run: a message that was refused, or a stream that broke off. */
export function chatErrorFrame(error: ParleyError, { at, cursor, conversation_id }: ChatFramePlace): string {
  const data = {
    event_type: 'error',
    timestamp: timestamp(at),
    error_message: error.message,
    error_code: error.code,
    retryable: error.retryable,
    ...(error.retryAfter === undefined ? {} : { retry_after: Math.ceil(error.retryAfter) }),
    ...(error.problems.length === 0 ? {} : { errors: error.problems }),
    conversation_id,
  };
  return JSON.stringify({ type: 'error', data, timestamp: timestamp(at), cursor });
}
