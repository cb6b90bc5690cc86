import type { ParleyError } from '../../../core/kernel/parley-error.js';
import { timestamp } from '../../wire/timestamp.js';

export type ChatFrameType = 'chat_chunk' | 'tool_call' | 'chat_discard' | 'chat_complete' | 'error' | 'pong';

/** A message of `/ws` to the client, on one line. */
export function chatFrame(
  type: ChatFrameType,
  data: Readonly<Record<string, unknown>>,
  { at, cursor }: { readonly at: number; readonly cursor?: string },
): string {
  return JSON.stringify({ type, data, timestamp: timestamp(at), cursor });
}

/** An error that no run has to do with: what a message asked for was refused. */
export function chatErrorFrame(error: ParleyError, at: number): string {
  const data = {
    event_type: 'error',
    timestamp: timestamp(at),
    error_message: error.message,
    error_code: error.code,
    retryable: error.retryable,
    ...(error.retryAfter === undefined ? {} : { retry_after: Math.ceil(error.retryAfter) }),
    ...(error.problems.length === 0 ? {} : { errors: error.problems }),
  };
  return chatFrame('error', data, { at });
}
