import type { Fact } from '../../core/events/conversation-event.js';
import type { ConversationRef, MessageId, RunId, Tenant } from '../../core/kernel/ids.js';
import type { AgentRecords } from '../../core/ports/agent-records.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type {
  AppendBatch,
  ConversationCatalogue,
  ConversationRecord,
  ConversationStore,
  EventLog,
  Expiry,
  FactQuery,
  FoldSnapshot,
  IdempotencyRecord,
  IdempotencyRecords,
  IdleConversation,
  IdleQuery,
  ListQuery,
  MessageLocation,
  RunRecord,
  RunRegistry,
  StorageSpace,
} from '../../core/ports/conversation-store.js';
import { toConversation, toFact, toIdempotency, toIdle, toLocation, toRun, toSnapshot } from './from-wire.js';
import { SqliteAgents } from './sqlite-agents.js';
import { toStored } from './stored-text.js';
import {
  toWireBatch,
  toWireIdle,
  toWireIdleQuery,
  toWireListQuery,
  toWireQuery,
  toWireRef,
  toWireRun,
} from './to-wire.js';
import { WorkerClient, type WorkerSource } from './worker-client.js';

export interface SqliteStoreOptions {
  /** An existing folder that this process may write and that nobody else uses. */
  readonly data_dir: string;
  readonly worker?: WorkerSource;
  /**
   * Called once when nothing can be written any more: the disk failed (anything but "full"), the file is damaged, or the
   * worker died. All writes fail from then on, so that nothing is acknowledged that a bad disk may lose: the process
   * should end and be started again.
   */
  readonly onFailed?: (error: ParleyError) => void;
}

/**
 * The default store: `parley.db` (SQLite, WAL, `synchronous=FULL`) in a folder of its own, all of it in one worker
 * thread. A full disk fails writes with `storage_full` and needs no restart; reads go on.
 */
export class SqliteStore implements ConversationStore {
  readonly log: EventLog;
  readonly catalogue: ConversationCatalogue;
  readonly runs: RunRegistry;
  readonly idempotency: IdempotencyRecords;
  readonly agents: AgentRecords;
  readonly expiry: Expiry;
  readonly space: StorageSpace;
  readonly #client: WorkerClient;

  constructor(options: SqliteStoreOptions) {
    this.#client = new WorkerClient({
      source: options.worker ?? { url: new URL('./sqlite-worker.js', import.meta.url) },
      data_dir: options.data_dir,
      onFailed: options.onFailed ?? (() => undefined),
    });
    this.log = new SqliteLog(this.#client);
    this.catalogue = new SqliteCatalogue(this.#client);
    this.runs = new SqliteRuns(this.#client);
    this.idempotency = new SqliteIdempotency(this.#client);
    this.agents = new SqliteAgents(this.#client);
    this.expiry = new SqliteExpiry(this.#client);
    this.space = new SqliteSpace(this.#client);
  }

  start(): Promise<void> {
    return this.#client.open();
  }

  async check(signal: AbortSignal): Promise<void> {
    const late = Promise.withResolvers<never>();
    const onAbort = (): void =>
      late.reject(new ParleyError('storage_unavailable', 'the storage did not answer in time'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([late.promise, this.#client.call('probe', null)]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  stop(): Promise<void> {
    return this.#client.close();
  }
}

class SqliteLog implements EventLog {
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  async append(batch: AppendBatch): Promise<void> {
    await this.#client.call('append', toWireBatch(batch));
  }

  async read(ref: ConversationRef, query: FactQuery): Promise<readonly Fact[]> {
    const rows = await this.#client.call('readFacts', toWireQuery(ref, query));
    return rows.map((row) => toFact(row, ref.conversation_id));
  }

  async snapshot(ref: ConversationRef, at: number): Promise<FoldSnapshot | undefined> {
    const row = await this.#client.call('snapshot', { ref: toWireRef(ref), at });
    return row === null ? undefined : toSnapshot(row);
  }

  async findMessage(ref: ConversationRef, id: MessageId): Promise<MessageLocation | undefined> {
    const row = await this.#client.call('findMessage', { ref: toWireRef(ref), message_id: toStored(id) });
    return row === null ? undefined : toLocation(row);
  }
}

class SqliteCatalogue implements ConversationCatalogue {
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  async get(ref: ConversationRef): Promise<ConversationRecord | undefined> {
    const row = await this.#client.call('getConversation', toWireRef(ref));
    return row === null ? undefined : toConversation(row);
  }

  async list(tenant: Tenant, query: ListQuery): Promise<readonly ConversationRecord[]> {
    const rows = await this.#client.call('listConversations', toWireListQuery(tenant, query));
    return rows.map(toConversation);
  }

  delete(ref: ConversationRef): Promise<boolean> {
    return this.#client.call('deleteConversation', toWireRef(ref));
  }
}

class SqliteRuns implements RunRegistry {
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  async get(ref: ConversationRef, run_id: RunId): Promise<RunRecord | undefined> {
    const row = await this.#client.call('getRun', { ref: toWireRef(ref), run_id: toStored(run_id) });
    return row === null ? undefined : toRun(row);
  }

  async orphans(now: number, owner: string): Promise<readonly RunRecord[]> {
    const rows = await this.#client.call('orphans', { now, owner: toStored(owner) });
    return rows.map(toRun);
  }

  async takeOver(run: RunRecord, owner: string, lease_until: number): Promise<RunRecord | undefined> {
    const row = await this.#client.call('takeOver', { run: toWireRun(run), owner: toStored(owner), lease_until });
    return row === null ? undefined : toRun(row);
  }

  renew(owner: string, lease_until: number): Promise<number> {
    return this.#client.call('renew', { owner: toStored(owner), lease_until });
  }
}

class SqliteIdempotency implements IdempotencyRecords {
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  async find(tenant: Tenant, route: string, key: string, now: number): Promise<IdempotencyRecord | undefined> {
    const row = await this.#client.call('findIdempotency', {
      tenant: toStored(tenant),
      route: toStored(route),
      key: toStored(key),
      now,
    });
    return row === null ? undefined : toIdempotency(row);
  }

  purge(now: number): Promise<number> {
    return this.#client.call('purge', { now });
  }
}

class SqliteExpiry implements Expiry {
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  async oldest(query: IdleQuery): Promise<readonly IdleConversation[]> {
    const rows = await this.#client.call('oldest', toWireIdleQuery(query));
    return rows.map(toIdle);
  }

  expire(conversation: IdleConversation, at: number): Promise<boolean> {
    return this.#client.call('expire', { conversation: toWireIdle(conversation), at });
  }

  async expiredAt(ref: ConversationRef): Promise<number | undefined> {
    return (await this.#client.call('expiredAt', toWireRef(ref))) ?? undefined;
  }

  forget(before: number): Promise<number> {
    return this.#client.call('forget', { before });
  }
}

class SqliteSpace implements StorageSpace {
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  size(): Promise<number> {
    return this.#client.call('size', null);
  }

  reclaim(): Promise<boolean> {
    return this.#client.call('reclaim', null);
  }
}
