import type { ConversationKind } from '../../core/events/conversation-event.js';
import type { ConversationId, ConversationRef } from '../../core/kernel/ids.js';
import type {
  Expiry,
  IdleConversation,
  IdleQuery,
  NewConversation,
  StorageSpace,
} from '../../core/ports/conversation-store.js';
import type { MemoryState, StoredConversation } from './memory-state.js';

/** What retention removes, in memory. */
export class MemoryExpiry implements Expiry {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async oldest({ updated_before = Infinity, kind, limit }: IdleQuery): Promise<readonly IdleConversation[]> {
    this.#state.requireOpen();
    const idle: IdleConversation[] = [];
    for (const [tenant, conversations] of this.#state.tenants) {
      for (const [conversation_id, stored] of conversations) {
        const { updated_at } = stored.summary;
        const isWanted = kind === undefined || kindOf(stored) === kind;
        if (updated_at < updated_before && isWanted && isIdle(stored))
          idle.push({ tenant, conversation_id, updated_at });
      }
    }
    return idle.toSorted(byAge).slice(0, Math.max(0, limit));
  }

  async expire(conversation: IdleConversation, at: number): Promise<boolean> {
    const stored = this.#state.find(conversation);
    if (stored === undefined || stored.summary.updated_at !== conversation.updated_at || !isIdle(stored)) return false;
    const { tenant, conversation_id } = conversation;
    const expired = this.#state.expired.get(tenant) ?? new Map<ConversationId, number>();
    this.#state.expired.set(tenant, expired.set(conversation_id, at));
    return this.#state.remove(conversation);
  }

  async expiredAt(ref: ConversationRef): Promise<number | undefined> {
    this.#state.requireOpen();
    return this.#state.expired.get(ref.tenant)?.get(ref.conversation_id);
  }

  async forget(before: number): Promise<number> {
    this.#state.requireOpen();
    let forgotten = 0;
    for (const expired of this.#state.expired.values()) {
      for (const [id, at] of expired) if (at < before && expired.delete(id)) forgotten += 1;
    }
    return forgotten;
  }
}

/** The room taken in memory: roughly, the characters of what is kept. */
export class MemorySpace implements StorageSpace {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async size(): Promise<number> {
    this.#state.requireOpen();
    let size = 0;
    for (const conversations of this.#state.tenants.values()) {
      for (const stored of conversations.values()) size += stored.size;
    }
    return size;
  }

  async reclaim(): Promise<boolean> {
    this.#state.requireOpen();
    return false;
  }
}

function kindOf({ created }: StoredConversation): ConversationKind {
  const { kind }: NewConversation = JSON.parse(created);
  return kind;
}

function isIdle({ summary, runs }: StoredConversation): boolean {
  if (summary.status === 'running' || summary.status === 'waiting') return false;
  return [...runs.values()].every((run) => run.state === 'ended');
}

function byAge(left: IdleConversation, right: IdleConversation): number {
  if (left.updated_at !== right.updated_at) return left.updated_at - right.updated_at;
  if (left.tenant !== right.tenant) return left.tenant < right.tenant ? -1 : 1;
  return left.conversation_id < right.conversation_id ? -1 : 1;
}
