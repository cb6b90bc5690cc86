import type { ConversationId, MessageId, RunId } from '../kernel/ids.js';

/** Fresh ids: prefix + UUIDv7 (RFC 9562), so that they sort by time of birth. */
export interface IdSource {
  conversation(): ConversationId;
  run(): RunId;
  message(): MessageId;
  /** A random 32-bit seed for conversations that were given none. */
  seed(): number;
}
