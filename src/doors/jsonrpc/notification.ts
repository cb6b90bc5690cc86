import type { ConversationId, RunId } from '../../core/kernel/ids.js';
import { sessionIdOf } from '../../core/kernel/ids.js';
import type { RpcError } from '../wire/json-rpc.js';

/** What a run did, as the client of a session is told. */
export type NotificationMethod = 'text_chunk' | 'function_call_request' | 'text_discarded' | 'end' | 'error';

/** How a stretch of a task ended; after the second one it goes on, once the results are there. */
export type StatusMessage = 'Completed' | 'Function call(s) requested' | 'Cancelled' | 'Failed';

/** Where a notification belongs. */
export interface NotificationPlace {
  readonly conversation_id: ConversationId;
  readonly run_id?: RunId | undefined;
  readonly cursor: string;
}

/** A notification of JSON-RPC 2.0; keys in the order of the documented protocol. */
export function notification(
  method: NotificationMethod,
  { conversation_id, run_id, cursor }: NotificationPlace,
  params: Readonly<Record<string, unknown>>,
): string {
  const ids = { session_id: sessionIdOf(conversation_id), task_id: run_id ?? null };
  return JSON.stringify({ jsonrpc: '2.0', method, params: { ...ids, ...params, cursor } });
}

/** An error that belongs to no task, and no session that there is. */
export function errorNotification(error: RpcError, session_id: string | null): string {
  const params = { session_id, task_id: null, error: withData(error), cursor: null };
  return JSON.stringify({ jsonrpc: '2.0', method: 'error', params });
}

/** Errors in notifications name their data always. */
export function withData({ code, message, data }: RpcError): RpcError {
  return { code, message, data: data ?? null };
}

/** How every `end` begins. */
export const END_HEAD = '{"jsonrpc":"2.0","method":"end"';
