import type { ConversationKind, Fact, FactType, OnDisconnect } from '../events/conversation-event.js';
import type { ConversationFold, ConversationStatus } from '../events/fold.js';
import type { ConversationId, ConversationRef, MessageId, RunId, Tenant } from '../kernel/ids.js';
import type { AgentRecords } from './agent-records.js';

/** A conversation as it is created. `settings` is immutable JSON that its loop understands (participants, limits …). */
export interface NewConversation {
  readonly kind: ConversationKind;
  /** ms since the epoch. */
  readonly created_at: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Who it belongs to inside the tenant (agent key, end user), for doors that look up a caller's current one. */
  readonly owner?: string;
}

/** A stored conversation: what a list shows, without reading the log. */
export interface ConversationRecord extends NewConversation, ConversationRef {
  readonly head_seq: number;
  readonly status: ConversationStatus;
  readonly turn_count: number;
  readonly updated_at: number;
}

/** What the row of a conversation repeats of its fold; written with each batch. */
export interface ConversationSummary {
  readonly status: ConversationStatus;
  readonly turn_count: number;
  readonly updated_at: number;
}

export type RunState = 'running' | 'waiting' | 'ended';

/** A run's row: who drives it, under which fencing number, and until when it waits. */
export interface RunRecord extends ConversationRef {
  readonly run_id: RunId;
  readonly kind: ConversationKind;
  readonly state: RunState;
  readonly on_disconnect: OnDisconnect;
  readonly start_seq: number;
  readonly started_at: number;
  /** Grows with every take-over: a batch of an earlier owner is refused. */
  readonly fence: number;
  readonly lease_owner: string;
  /** ms since the epoch; the run may be taken over after it. */
  readonly lease_until: number;
  /** ms since the epoch; only while `waiting`. */
  readonly waiting_until?: number;
}

/**
 * What an Idempotency-Key stands for. Kept until `expires_at`, per tenant and route. An expired one may be claimed again:
 * expired as of the batch's `summary.updated_at`, since a store has no clock.
 */
export interface IdempotencyRecord {
  readonly route: string;
  readonly key: string;
  /** SHA-256 of the body, hex. */
  readonly body_hash: string;
  readonly conversation_id: ConversationId;
  readonly run_id?: RunId;
  readonly expires_at: number;
}

/** The fold as of `seq`, without the run's text, kept so that a resume need not fold the whole log. */
export interface FoldSnapshot {
  readonly seq: number;
  readonly fold: ConversationFold;
}

/** Everything that becomes durable together. Facts are dense from `expected_seq`. */
export interface AppendBatch {
  readonly ref: ConversationRef;
  /** The `seq` this batch's first fact has; the store refuses another. */
  readonly expected_seq: number;
  readonly facts: readonly Fact[];
  /** Only in the first batch of a conversation, which may be empty otherwise: one that nothing has happened in yet. */
  readonly create?: NewConversation;
  readonly summary: ConversationSummary;
  /**
   * The run the batch belongs to, inserted or replaced. Its `fence` must not be lower than the stored one. Under the
   * same fence and owner the later `lease_until` stays: a batch does not undo a `renew`.
   */
  readonly run?: RunRecord;
  readonly snapshot?: FoldSnapshot;
  readonly idempotency?: IdempotencyRecord;
}

export interface FactQuery {
  /** Facts with a greater `seq`. */
  readonly after: number;
  /** Facts up to and with this `seq`; absent: the head. */
  readonly until?: number;
  readonly limit: number;
  /** Stop after this many characters of stored JSON (at least one fact is returned). */
  readonly max_chars?: number;
  /** From the newest fact down, for who needs the end of a log: that is what `limit` and `max_chars` leave. */
  readonly newest_first?: true;
  readonly types?: readonly FactType[];
  readonly run_id?: RunId;
}

/** Where a message stands in the log. */
export interface MessageLocation {
  readonly start_seq: number;
  /** Of its `message_end` or `message_discarded`; absent while it is open. */
  readonly end_seq?: number;
}

/** The log of a conversation. */
export interface EventLog {
  /**
   * Makes a batch durable, all of it or nothing, in the order of the calls per conversation.
   *
   * @throws ParleyError `seq_conflict` (another writer, or a conversation id that exists), `fenced` (the run was taken
   * over), `conflict` (the idempotency key was claimed meanwhile), `not_found` (the conversation was deleted),
   * `storage_full`, `storage_unavailable`
   */
  append(batch: AppendBatch): Promise<void>;
  /** Facts in order of `seq`, or from the newest down; empty for an unknown conversation. */
  read(ref: ConversationRef, query: FactQuery): Promise<readonly Fact[]>;
  /** The latest snapshot with `seq` ≤ `at`. */
  snapshot(ref: ConversationRef, at: number): Promise<FoldSnapshot | undefined>;
  findMessage(ref: ConversationRef, id: MessageId): Promise<MessageLocation | undefined>;
}

export interface ListQuery {
  readonly limit: number;
  /** Stop after this many characters of settings as JSON (at least one record is returned). */
  readonly max_chars?: number;
  /** Opaque position: those created before (older than) the record it was made from. */
  readonly before?: { readonly created_at: number; readonly conversation_id: ConversationId };
  readonly status?: ConversationStatus;
  readonly kind?: ConversationKind;
  readonly owner?: string;
}

/** The conversations of a tenant, newest first. */
export interface ConversationCatalogue {
  get(ref: ConversationRef): Promise<ConversationRecord | undefined>;
  list(tenant: Tenant, query: ListQuery): Promise<readonly ConversationRecord[]>;
  /** Removes a conversation with all that belongs to it. False if there was none. */
  delete(ref: ConversationRef): Promise<boolean>;
}

/** Runs that have not ended, over all tenants, and who drives them. */
export interface RunRegistry {
  get(ref: ConversationRef, run_id: RunId): Promise<RunRecord | undefined>;
  /** Runs not ended whose lease ran out at `now` or belongs to `owner`. */
  orphans(now: number, owner: string): Promise<readonly RunRecord[]>;
  /**
   * Takes a run over: raises its fence by one and sets the lease, if the fence is still `run.fence`.
   * Undefined if somebody else was faster or it ended.
   */
  takeOver(run: RunRecord, owner: string, lease_until: number): Promise<RunRecord | undefined>;
  /** Extends all leases of `owner`; the number of runs still held. */
  renew(owner: string, lease_until: number): Promise<number>;
}

export interface IdempotencyRecords {
  find(tenant: Tenant, route: string, key: string, now: number): Promise<IdempotencyRecord | undefined>;
  /** Removes some of what expired before `now`; the number removed. Called again until that is 0. */
  purge(now: number): Promise<number>;
}

/** A conversation without an open run, as retention sees it. */
export interface IdleConversation extends ConversationRef {
  readonly updated_at: number;
}

export interface IdleQuery {
  /** Only those last changed before this, ms since the epoch. */
  readonly updated_before?: number;
  /** Only those of this kind. */
  readonly kind?: Extract<ConversationKind, 'session'>;
  readonly limit: number;
}

/** What retention removes. Over all tenants: it is no caller's request. */
export interface Expiry {
  /** Conversations without an open run, the longest unchanged first. */
  oldest(query: IdleQuery): Promise<readonly IdleConversation[]>;
  /**
   * Removes a conversation with all that belongs to it and remembers that it was retention that did, at `at`. False,
   * and nothing is done, if it was changed or deleted since it was found, or a run of it is open.
   */
  expire(conversation: IdleConversation, at: number): Promise<boolean>;
  /** When retention removed the conversation, ms since the epoch; undefined if it did not, or that is forgotten. */
  expiredAt(ref: ConversationRef): Promise<number | undefined>;
  /** Forgets some of the removals before `before`; the number forgotten. Called again until that is 0. */
  forget(before: number): Promise<number>;
}

/** The room a store takes up. */
export interface StorageSpace {
  /** Bytes in use. What was removed counts until it is reclaimed. */
  size(): Promise<number>;
  /** Frees some of what removed conversations held, in a few ms. Called again until it says that nothing is left: false. */
  reclaim(): Promise<boolean>;
}

/**
 * Where everything durable is. Configured under `storage:`. Every row carries its tenant and every call names it;
 * another tenant's data is as if it were not there. Values are plain JSON and come back equal.
 */
export interface ConversationStore {
  readonly log: EventLog;
  readonly catalogue: ConversationCatalogue;
  readonly runs: RunRegistry;
  readonly idempotency: IdempotencyRecords;
  readonly agents: AgentRecords;
  readonly expiry: Expiry;
  readonly space: StorageSpace;
  /** Opens, migrates and takes ownership. @throws ParleyError `storage_owned`, `storage_corrupt`, `storage_unavailable` */
  start(): Promise<void>;
  /** Whether a write would succeed now. @throws ParleyError `storage_unavailable`, `storage_full` */
  check(signal: AbortSignal): Promise<void>;
  /** Writes out what was accepted and closes. */
  stop(): Promise<void>;
}
