import type { Caller } from '../../auth/caller.js';
import { isConversationId, isRunId, type ConversationRef, type RunId } from '../../core/kernel/ids.js';
import { ParleyError } from '../../core/kernel/parley-error.js';

/**
 * Names a conversation of the caller's from a path segment. What cannot be an id is as unknown as another tenant's.
 *
 * @throws ParleyError `not_found`
 */
export function conversationRef(caller: Caller, id: string): ConversationRef {
  if (!isConversationId(id)) throw new ParleyError('not_found', 'there is no such conversation');
  return { tenant: caller.tenant, conversation_id: id };
}

/** @throws ParleyError `not_found` */
export function runId(id: string | undefined): RunId | undefined {
  if (id === undefined) return undefined;
  if (!isRunId(id)) throw new ParleyError('not_found', 'there is no such run in this conversation');
  return id;
}
