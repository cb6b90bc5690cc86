import type { ConversationId, ConversationRef, Tenant } from '../../core/kernel/ids.js';
import type {
  ConversationCatalogue,
  ConversationRecord,
  ListQuery,
  NewConversation,
} from '../../core/ports/conversation-store.js';
import { copy, type MemoryState, type StoredConversation } from './memory-state.js';

/** Conversations in memory. */
export class MemoryCatalogue implements ConversationCatalogue {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async get(ref: ConversationRef): Promise<ConversationRecord | undefined> {
    const stored = this.#state.find(ref);
    return stored === undefined ? undefined : toRecord(ref, stored);
  }

  async list(tenant: Tenant, query: ListQuery): Promise<readonly ConversationRecord[]> {
    this.#state.requireOpen();
    const listed = [...(this.#state.tenants.get(tenant) ?? [])]
      .map(([conversation_id, stored]) => toRecord({ tenant, conversation_id }, stored))
      .filter((record) => isWanted(record, query))
      .toSorted((left, right) => (isOlder(left, right) ? 1 : -1))
      .slice(0, Math.max(0, query.limit));
    let chars = 0;
    const end = listed.findIndex(({ settings }, index) => {
      chars += JSON.stringify(settings).length;
      return chars > (query.max_chars ?? Infinity) && index > 0;
    });
    return end < 0 ? listed : listed.slice(0, end);
  }

  async delete(ref: ConversationRef): Promise<boolean> {
    return this.#state.remove(ref);
  }
}

function toRecord(ref: ConversationRef, stored: StoredConversation): ConversationRecord {
  const created: NewConversation = JSON.parse(stored.created);
  const { tenant, conversation_id } = ref;
  return { ...created, ...copy(stored.summary), tenant, conversation_id, head_seq: stored.facts.length };
}

interface Position {
  readonly created_at: number;
  readonly conversation_id: ConversationId;
}

function isOlder(left: Position, right: Position): boolean {
  if (left.created_at !== right.created_at) return left.created_at < right.created_at;
  return left.conversation_id < right.conversation_id;
}

function isWanted(record: ConversationRecord, query: ListQuery): boolean {
  if (query.status !== undefined && record.status !== query.status) return false;
  if (query.kind !== undefined && record.kind !== query.kind) return false;
  if (query.owner !== undefined && record.owner !== query.owner) return false;
  return query.before === undefined || isOlder(record, query.before);
}
