import type { AgentSpec } from '../../core/agent/agent-spec.js';
import type { Fact, FactBody } from '../../core/events/conversation-event.js';
import type { ConversationRef, Tenant } from '../../core/kernel/ids.js';
import type {
  AppendBatch,
  FactQuery,
  IdempotencyRecord,
  IdleConversation,
  IdleQuery,
  ListQuery,
  NewConversation,
  RunRecord,
} from '../../core/ports/conversation-store.js';
import { toStored } from './stored-text.js';
import type {
  IdempotencyRow,
  IdleRow,
  LongText,
  ReadCalls,
  RunRow,
  WireAgent,
  WireAgentKey,
  WireBatch,
  WireCreation,
  WireFact,
  WireFactQuery,
  WireListQuery,
  WireRef,
} from './wire.js';

/**
 * UTF-16 units from which a text is handed to the worker as it is: that is a copy of its memory, while writing it as JSON
 * goes through it character by character, 4 MiB in some 30 ms.
 */
const LONG_TEXT = 16 * 1024;

export function toWireRef(ref: ConversationRef): WireRef {
  return { tenant: toStored(ref.tenant), conversation_id: toStored(ref.conversation_id) };
}

/** The one place where facts are serialised, but for their long texts: the worker stores what it is given as it is. */
export function toWireBatch(batch: AppendBatch): WireBatch {
  const { summary, create, run, snapshot, idempotency } = batch;
  const ref = toWireRef(batch.ref);
  return {
    ref,
    expected_seq: batch.expected_seq,
    facts: batch.facts.map(toWireFact),
    create: create === undefined ? null : toWireCreation(create),
    summary: { status: summary.status, turn_count: summary.turn_count, updated_at: summary.updated_at },
    run: run === undefined ? null : { ...toWireRun(run), ...ref },
    snapshot: snapshot === undefined ? null : { seq: snapshot.seq, fold: JSON.stringify(snapshot.fold) },
    idempotency: idempotency === undefined ? null : toWireIdempotency(idempotency),
  };
}

export function toWireQuery(ref: ConversationRef, query: FactQuery): WireFactQuery {
  return {
    ref: toWireRef(ref),
    after: query.after,
    until: Math.min(query.until ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    limit: toLimit(query.limit),
    max_chars: query.max_chars ?? Number.MAX_SAFE_INTEGER,
    newest_first: query.newest_first ?? false,
    types: query.types === undefined ? null : JSON.stringify(query.types),
    run_id: storedOrNull(query.run_id),
  };
}

export function toWireListQuery(tenant: Tenant, query: ListQuery): WireListQuery {
  const before = query.before;
  return {
    tenant: toStored(tenant),
    limit: toLimit(query.limit),
    max_chars: query.max_chars ?? Number.MAX_SAFE_INTEGER,
    before:
      before === undefined
        ? null
        : { created_at: before.created_at, conversation_id: toStored(before.conversation_id) },
    status: query.status ?? null,
    kind: query.kind ?? null,
    owner: storedOrNull(query.owner),
  };
}

export function toWireIdle(conversation: IdleConversation): IdleRow {
  return { ...toWireRef(conversation), updated_at: conversation.updated_at };
}

export function toWireIdleQuery(query: IdleQuery): ReadCalls['oldest']['args'] {
  return {
    updated_before: query.updated_before ?? Number.MAX_SAFE_INTEGER,
    kind: query.kind ?? null,
    limit: toLimit(query.limit),
  };
}

export function toWireAgentKey(tenant: Tenant, key: string): WireAgentKey {
  return { tenant: toStored(tenant), key: toStored(key) };
}

export function toWireAgent(tenant: Tenant, agent: AgentSpec): WireAgent {
  return { ...toWireAgentKey(tenant, agent.key), spec: JSON.stringify(agent) };
}

export function toWireRun(run: RunRecord): RunRow {
  return {
    ...toWireRef(run),
    run_id: toStored(run.run_id),
    kind: run.kind,
    state: run.state,
    on_disconnect: run.on_disconnect,
    start_seq: run.start_seq,
    started_at: run.started_at,
    fence: run.fence,
    lease_owner: toStored(run.lease_owner),
    lease_until: run.lease_until,
    waiting_until: run.waiting_until ?? null,
  };
}

function toWireFact(fact: Fact): WireFact {
  const long_text = longTextOf(fact.body);
  return {
    seq: fact.seq,
    at: fact.at,
    type: fact.body.type,
    run_id: storedOrNull(fact.run_id),
    agent: storedOrNull(fact.agent),
    body: JSON.stringify(long_text === null ? fact.body : { ...fact.body, [long_text.field]: '' }),
    long_text,
    ...messageBounds(fact.body),
  };
}

function longTextOf(body: FactBody): LongText | null {
  switch (body.type) {
    case 'message_end':
      return body.text.length < LONG_TEXT ? null : { field: 'text', text: body.text };
    case 'tool_execution_end':
    case 'tool_result_received':
      return body.result.length < LONG_TEXT ? null : { field: 'result', text: body.result };
    default:
      return null;
  }
}

function messageBounds(body: FactBody): Pick<WireFact, 'starts' | 'ends'> {
  switch (body.type) {
    case 'message_start':
      return { starts: toStored(body.message_id), ends: null };
    case 'message_end':
    case 'message_discarded':
      return { starts: null, ends: toStored(body.message_id) };
    default:
      return { starts: null, ends: null };
  }
}

function toWireCreation(create: NewConversation): WireCreation {
  return {
    kind: create.kind,
    owner: storedOrNull(create.owner),
    created_at: create.created_at,
    settings: JSON.stringify(create.settings),
  };
}

function toWireIdempotency(record: IdempotencyRecord): IdempotencyRow {
  return {
    route: toStored(record.route),
    key: toStored(record.key),
    body_hash: record.body_hash,
    conversation_id: toStored(record.conversation_id),
    run_id: storedOrNull(record.run_id),
    expires_at: record.expires_at,
  };
}

function storedOrNull(text: string | undefined): string | null {
  return text === undefined ? null : toStored(text);
}

/** A negative LIMIT would be none at all, and SQLite knows no Infinity. */
export function toLimit(limit: number): number {
  return Math.max(0, Math.min(limit, Number.MAX_SAFE_INTEGER));
}
