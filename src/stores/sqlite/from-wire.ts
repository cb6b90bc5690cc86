import type { ConversationKind, Fact, FactBody, OnDisconnect } from '../../core/events/conversation-event.js';
import type { ConversationFold, ConversationStatus } from '../../core/events/fold.js';
import type { ConversationId, RunId } from '../../core/kernel/ids.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type {
  ConversationRecord,
  FoldSnapshot,
  IdempotencyRecord,
  IdleConversation,
  MessageLocation,
  RunRecord,
  RunState,
} from '../../core/ports/conversation-store.js';
import { fromStored } from './stored-text.js';
import type {
  ConversationRow,
  FactRow,
  IdempotencyRow,
  IdleRow,
  MessageRow,
  RunRow,
  SnapshotRow,
  WireError,
} from './wire.js';

export function toFact(row: FactRow, conversation_id: ConversationId): Fact {
  const body: FactBody = JSON.parse(row.body);
  return {
    seq: row.seq,
    at: row.at,
    conversation_id,
    ...(row.run_id === null ? {} : { run_id: fromStored<RunId>(row.run_id) }),
    ...(row.agent === null ? {} : { agent: fromStored(row.agent) }),
    body,
  };
}

export function toSnapshot(row: SnapshotRow): FoldSnapshot {
  const fold: ConversationFold = JSON.parse(row.fold);
  return { seq: row.seq, fold };
}

export function toLocation(row: MessageRow): MessageLocation {
  return { start_seq: row.start_seq, ...(row.end_seq === null ? {} : { end_seq: row.end_seq }) };
}

export function toConversation(row: ConversationRow): ConversationRecord {
  const settings: ConversationRecord['settings'] = JSON.parse(row.settings);
  return {
    tenant: fromStored(row.tenant),
    conversation_id: fromStored(row.conversation_id),
    kind: fromStored<ConversationKind>(row.kind),
    ...(row.owner === null ? {} : { owner: fromStored(row.owner) }),
    created_at: row.created_at,
    updated_at: row.updated_at,
    status: fromStored<ConversationStatus>(row.status),
    turn_count: row.turn_count,
    head_seq: row.head_seq,
    settings,
  };
}

export function toRun(row: RunRow): RunRecord {
  return {
    tenant: fromStored(row.tenant),
    conversation_id: fromStored(row.conversation_id),
    run_id: fromStored(row.run_id),
    kind: fromStored<ConversationKind>(row.kind),
    state: fromStored<RunState>(row.state),
    on_disconnect: fromStored<OnDisconnect>(row.on_disconnect),
    start_seq: row.start_seq,
    started_at: row.started_at,
    fence: row.fence,
    lease_owner: fromStored(row.lease_owner),
    lease_until: row.lease_until,
    ...(row.waiting_until === null ? {} : { waiting_until: row.waiting_until }),
  };
}

export function toIdempotency(row: IdempotencyRow): IdempotencyRecord {
  return {
    route: fromStored(row.route),
    key: fromStored(row.key),
    body_hash: row.body_hash,
    conversation_id: fromStored(row.conversation_id),
    ...(row.run_id === null ? {} : { run_id: fromStored<RunId>(row.run_id) }),
    expires_at: row.expires_at,
  };
}

export function toIdle(row: IdleRow): IdleConversation {
  return {
    tenant: fromStored(row.tenant),
    conversation_id: fromStored(row.conversation_id),
    updated_at: row.updated_at,
  };
}

export function toParleyError(error: WireError): ParleyError {
  return new ParleyError(error.code, error.message, {
    retryable: error.retryable,
    level: error.level,
    cause: new Error(error.detail),
  });
}
