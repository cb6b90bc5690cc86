import type { ConversationId, ConversationRef, MessageId, RunId, Tenant } from '../../core/kernel/ids.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type {
  ConversationSummary,
  IdempotencyRecord,
  MessageLocation,
  RunRecord,
} from '../../core/ports/conversation-store.js';

/** A fact as it is kept: what filters need, and its JSON. */
export interface StoredFact {
  readonly type: string;
  readonly run_id: RunId | undefined;
  /** Of the body: what `max_chars` counts. */
  readonly chars: number;
  readonly json: string;
}

export interface StoredConversation {
  /** JSON of the `NewConversation`. */
  readonly created: string;
  summary: ConversationSummary;
  readonly facts: StoredFact[];
  readonly messages: Map<MessageId, MessageLocation>;
  readonly runs: Map<RunId, RunRecord>;
  /** JSON of the fold by `seq`. */
  readonly snapshots: Map<number, string>;
  /** Characters of its JSON. */
  size: number;
}

/** All that a memory store holds. Records in it are never changed in place, so they may be handed out as copies. */
export class MemoryState {
  readonly tenants = new Map<Tenant, Map<ConversationId, StoredConversation>>();
  /** By tenant, then by the JSON of `[route, key]`. */
  readonly idempotency = new Map<Tenant, Map<string, IdempotencyRecord>>();
  /** JSON of each agent by its key, by tenant. */
  readonly agents = new Map<Tenant, Map<string, string>>();
  /** When retention removed a conversation, by tenant. */
  readonly expired = new Map<Tenant, Map<ConversationId, number>>();
  isOpen = false;

  /** @throws ParleyError `storage_unavailable` before start and after stop */
  requireOpen(): void {
    if (!this.isOpen) throw new ParleyError('storage_unavailable', 'the storage is not open', { level: 'error' });
  }

  find(ref: ConversationRef): StoredConversation | undefined {
    this.requireOpen();
    return this.tenants.get(ref.tenant)?.get(ref.conversation_id);
  }

  add(ref: ConversationRef, conversation: StoredConversation): void {
    const all = this.tenants.get(ref.tenant) ?? new Map<ConversationId, StoredConversation>();
    this.tenants.set(ref.tenant, all.set(ref.conversation_id, conversation));
  }

  /** Removes a conversation with all that belongs to it. False if there was none. */
  remove(ref: ConversationRef): boolean {
    if (this.find(ref) === undefined) return false;
    this.tenants.get(ref.tenant)?.delete(ref.conversation_id);
    const claims = this.idempotency.get(ref.tenant);
    for (const [key, record] of claims ?? []) {
      if (record.conversation_id === ref.conversation_id) claims?.delete(key);
    }
    return true;
  }

  /** Claims of a key that are alive at `now`. */
  claim(tenant: Tenant, claimed: Pick<IdempotencyRecord, 'route' | 'key'>, now: number): IdempotencyRecord | undefined {
    const record = this.idempotency.get(tenant)?.get(claimKey(claimed));
    return record !== undefined && record.expires_at > now ? record : undefined;
  }

  addClaim(tenant: Tenant, record: IdempotencyRecord): void {
    const all = this.idempotency.get(tenant) ?? new Map<string, IdempotencyRecord>();
    this.idempotency.set(tenant, all.set(claimKey(record), record));
  }
}

/** A deep copy: no caller shares an object with the store. */
export function copy<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}

function claimKey({ route, key }: Pick<IdempotencyRecord, 'route' | 'key'>): string {
  return JSON.stringify([route, key]);
}
