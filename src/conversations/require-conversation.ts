import type { ConversationRef } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationRecord, ConversationStore } from '../core/ports/conversation-store.js';

/**
 * The record of a conversation. One that retention removed is told from one that never was, or that its owner deleted,
 * for as long as the store remembers.
 *
 * @throws ParleyError `not_found` for an unknown conversation and for another tenant's, `cursor_gone`
 */
export async function requireConversation(store: ConversationStore, ref: ConversationRef): Promise<ConversationRecord> {
  const record = await store.catalogue.get(ref);
  if (record !== undefined) return record;
  const expired_at = await store.expiry.expiredAt(ref);
  if (expired_at === undefined) throw new ParleyError('not_found', 'there is no such conversation');
  const at = new Date(expired_at).toISOString();
  throw new ParleyError('cursor_gone', `the conversation is past retention: it was removed at ${at}`);
}
