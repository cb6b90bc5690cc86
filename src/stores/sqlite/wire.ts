/** What the main thread and the worker of the SQLite store say to each other. Types only; all values are cloneable. */
import type { AgentCreation } from '../../core/ports/agent-records.js';
import type { ErrorCode, ErrorLevel } from '../../core/kernel/parley-error.js';

/** A conversation's key, its texts as they are stored (see `toStored`). */
export interface WireRef {
  readonly tenant: string;
  readonly conversation_id: string;
}

/** A stored fact. `body` is its JSON. */
export interface FactRow {
  readonly seq: number;
  readonly at: number;
  readonly run_id: string | null;
  readonly agent: string | null;
  readonly body: string;
}

/** A text that is too long to be escaped on the main thread: it goes beside the fact's JSON, which has it empty. */
export interface LongText {
  readonly field: 'text' | 'result';
  readonly text: string;
}

/** A fact to be stored, with the message it starts or ends. */
export interface WireFact extends FactRow {
  readonly type: string;
  readonly long_text: LongText | null;
  readonly starts: string | null;
  readonly ends: string | null;
}

export interface WireCreation {
  readonly kind: string;
  readonly owner: string | null;
  readonly created_at: number;
  readonly settings: string;
}

export interface WireSummary {
  readonly status: string;
  readonly turn_count: number;
  readonly updated_at: number;
}

export interface ConversationRow extends WireRef, WireCreation, WireSummary {
  readonly head_seq: number;
}

export interface RunRow extends WireRef {
  readonly run_id: string;
  readonly kind: string;
  readonly state: string;
  readonly on_disconnect: string;
  readonly start_seq: number;
  readonly started_at: number;
  readonly fence: number;
  readonly lease_owner: string;
  readonly lease_until: number;
  readonly waiting_until: number | null;
}

export interface SnapshotRow {
  readonly seq: number;
  readonly fold: string;
}

export interface IdempotencyRow {
  readonly route: string;
  readonly key: string;
  readonly body_hash: string;
  readonly conversation_id: string;
  readonly run_id: string | null;
  readonly expires_at: number;
}

export interface MessageRow {
  readonly start_seq: number;
  readonly end_seq: number | null;
}

/** A conversation as retention finds and names it. */
export interface IdleRow extends WireRef {
  readonly updated_at: number;
}

export interface WireBatch {
  readonly ref: WireRef;
  readonly expected_seq: number;
  readonly facts: readonly WireFact[];
  readonly create: WireCreation | null;
  readonly summary: WireSummary;
  readonly run: RunRow | null;
  readonly snapshot: SnapshotRow | null;
  readonly idempotency: IdempotencyRow | null;
}

export interface WireFactQuery {
  readonly ref: WireRef;
  readonly after: number;
  readonly until: number;
  readonly limit: number;
  readonly max_chars: number;
  readonly newest_first: boolean;
  /** JSON array of fact types. */
  readonly types: string | null;
  readonly run_id: string | null;
}

export interface WireListQuery {
  readonly tenant: string;
  readonly limit: number;
  readonly max_chars: number;
  readonly before: { readonly created_at: number; readonly conversation_id: string } | null;
  readonly status: string | null;
  readonly kind: string | null;
  readonly owner: string | null;
}

/** An agent's key in its tenant. */
export interface WireAgentKey {
  readonly tenant: string;
  readonly key: string;
}

/** An agent; `spec` is its JSON. */
export interface WireAgent extends WireAgentKey {
  readonly spec: string;
}

/** Arguments and result of the calls that change something; the worker runs them in order, many in one transaction. */
export interface WriteCalls {
  append: { args: WireBatch; result: null };
  deleteConversation: { args: WireRef; result: boolean };
  takeOver: { args: { run: RunRow; owner: string; lease_until: number }; result: RunRow | null };
  renew: { args: { owner: string; lease_until: number }; result: number };
  purge: { args: { now: number }; result: number };
  expire: { args: { conversation: IdleRow; at: number }; result: boolean };
  forget: { args: { before: number }; result: number };
  reclaim: { args: null; result: boolean };
  createAgent: { args: { agent: WireAgent; most: number }; result: AgentCreation };
  replaceAgent: { args: WireAgent; result: boolean };
  deleteAgent: { args: WireAgentKey; result: boolean };
  /** Writes a row of its own: whether a write succeeds. */
  probe: { args: null; result: null };
}

/** Arguments and result of the calls that only read; they see every write that was sent before them. */
export interface ReadCalls {
  readFacts: { args: WireFactQuery; result: readonly FactRow[] };
  snapshot: { args: { ref: WireRef; at: number }; result: SnapshotRow | null };
  findMessage: { args: { ref: WireRef; message_id: string }; result: MessageRow | null };
  getConversation: { args: WireRef; result: ConversationRow | null };
  listConversations: { args: WireListQuery; result: readonly ConversationRow[] };
  getRun: { args: { ref: WireRef; run_id: string }; result: RunRow | null };
  orphans: { args: { now: number; owner: string }; result: readonly RunRow[] };
  findIdempotency: { args: { tenant: string; route: string; key: string; now: number }; result: IdempotencyRow | null };
  oldest: { args: { updated_before: number; kind: 'session' | null; limit: number }; result: readonly IdleRow[] };
  expiredAt: { args: WireRef; result: number | null };
  size: { args: null; result: number };
  getAgent: { args: WireAgentKey; result: string | null };
  agentKeys: { args: { tenant: string }; result: readonly string[] };
}

export type Calls = WriteCalls & ReadCalls;
export type CallName = keyof Calls;

type RequestOf<All extends Record<keyof All, { args: unknown }>> = {
  [Name in keyof All]: { readonly id: number; readonly call: Name; readonly args: All[Name]['args'] };
}[keyof All];

export type WriteRequest = RequestOf<WriteCalls>;
export type ReadRequest = RequestOf<ReadCalls>;
export type Request = WriteRequest | ReadRequest;

/** A ParleyError on its way between threads. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly level: ErrorLevel;
  /** What SQLite said, for the log. */
  readonly detail: string;
  /** The store writes nothing any more until the process is started again. */
  readonly fatal: boolean;
}

export type Reply =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: WireError };

/** Main thread → worker. `stop` comes last. */
export type ToWorker = { readonly requests: readonly Request[] } | { readonly stop: true };

/** Worker → main thread. The first one is `opened` or `refused`. */
export type FromWorker =
  { readonly opened: true } | { readonly refused: WireError } | { readonly replies: readonly Reply[] };
