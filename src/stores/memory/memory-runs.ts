import type { ConversationRef, RunId, Tenant } from '../../core/kernel/ids.js';
import type {
  IdempotencyRecord,
  IdempotencyRecords,
  RunRecord,
  RunRegistry,
} from '../../core/ports/conversation-store.js';
import { copy, type MemoryState, type StoredConversation } from './memory-state.js';

interface FoundRun {
  readonly conversation: StoredConversation;
  readonly run: RunRecord;
}

/** Runs in memory. */
export class MemoryRuns implements RunRegistry {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async get(ref: ConversationRef, run_id: RunId): Promise<RunRecord | undefined> {
    const run = this.#state.find(ref)?.runs.get(run_id);
    return run === undefined ? undefined : copy(run);
  }

  async orphans(now: number, owner: string): Promise<readonly RunRecord[]> {
    return this.#notEnded()
      .map(({ run }) => run)
      .filter((run) => run.lease_until <= now || run.lease_owner === owner)
      .toSorted((left, right) => left.started_at - right.started_at || (left.run_id < right.run_id ? -1 : 1))
      .map(copy);
  }

  async takeOver(run: RunRecord, owner: string, lease_until: number): Promise<RunRecord | undefined> {
    const conversation = this.#state.find(run);
    const stored = conversation?.runs.get(run.run_id);
    if (conversation === undefined || stored === undefined) return undefined;
    if (stored.fence !== run.fence || stored.state === 'ended') return undefined;
    const taken: RunRecord = { ...stored, fence: stored.fence + 1, lease_owner: owner, lease_until };
    conversation.runs.set(run.run_id, taken);
    return copy(taken);
  }

  async renew(owner: string, lease_until: number): Promise<number> {
    const held = this.#notEnded().filter(({ run }) => run.lease_owner === owner);
    for (const { conversation, run } of held) conversation.runs.set(run.run_id, { ...run, lease_until });
    return held.length;
  }

  #notEnded(): FoundRun[] {
    this.#state.requireOpen();
    const found: FoundRun[] = [];
    for (const conversations of this.#state.tenants.values()) {
      for (const conversation of conversations.values()) {
        for (const run of conversation.runs.values()) if (run.state !== 'ended') found.push({ conversation, run });
      }
    }
    return found;
  }
}

/** Claimed idempotency keys in memory. */
export class MemoryIdempotency implements IdempotencyRecords {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async find(tenant: Tenant, route: string, key: string, now: number): Promise<IdempotencyRecord | undefined> {
    this.#state.requireOpen();
    const record = this.#state.claim(tenant, { route, key }, now);
    return record === undefined ? undefined : copy(record);
  }

  async purge(now: number): Promise<number> {
    this.#state.requireOpen();
    let purged = 0;
    for (const records of this.#state.idempotency.values()) {
      for (const [key, record] of records) {
        if (record.expires_at > now) continue;
        records.delete(key);
        purged += 1;
      }
    }
    return purged;
  }
}
