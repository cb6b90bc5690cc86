import { ParleyError } from '../../core/kernel/parley-error.js';
import type { Connection } from './connection.js';
import { removeLeftovers } from './reclaim.js';
import type { IdempotencyRow, RunRow, WireBatch, WireCreation, WireFact, WireRef } from './wire.js';

/**
 * Writes one batch. All that can be refused is checked before the first write, the claim of the key first: whoever loses
 * it is told so, and not that somebody else wrote.
 *
 * @throws ParleyError `conflict`, `seq_conflict`, `not_found`, `fenced`
 */
export function append(connection: Connection, batch: WireBatch): null {
  const { ref, run, create } = batch;
  if (batch.idempotency !== null) requireUnclaimed(connection, batch, batch.idempotency);
  const head = headOf(connection, batch);
  if (run !== null) requireFence(connection, run);
  requireDense(batch, head);

  const last = head + batch.facts.length;
  if (create === null) updateConversation(connection, batch, last);
  else insertConversation(connection, batch, create);
  for (const fact of batch.facts) insertFact(connection, ref, fact);
  if (run !== null) writeRun(connection, run);
  if (batch.snapshot !== null) {
    const { seq, fold } = batch.snapshot;
    connection.run('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)', ref.tenant, ref.conversation_id, seq, fold);
  }
  if (batch.idempotency !== null) writeIdempotency(connection, ref, batch.idempotency);
  return null;
}

function requireUnclaimed(connection: Connection, batch: WireBatch, record: IdempotencyRow): void {
  const claimed = connection.one(
    'SELECT 1 FROM idempotency WHERE tenant = ? AND route = ? AND key = ? AND expires_at > ?',
    batch.ref.tenant,
    record.route,
    record.key,
    batch.summary.updated_at,
  );
  if (claimed !== undefined) throw new ParleyError('conflict', 'the idempotency key was used by another request');
}

function headOf(connection: Connection, batch: WireBatch): number {
  const row = connection.one<{ head_seq: number }>(
    'SELECT head_seq FROM conversations WHERE tenant = ? AND conversation_id = ?',
    batch.ref.tenant,
    batch.ref.conversation_id,
  );
  if (batch.create === null) {
    if (row === undefined) throw new ParleyError('not_found', 'the conversation does not exist');
    return row.head_seq;
  }
  if (row !== undefined) throw new ParleyError('seq_conflict', 'the conversation exists already');
  removeLeftovers(connection, batch.ref);
  return 0;
}

function requireFence(connection: Connection, run: RunRow): void {
  const stored = connection.one<{ fence: number }>(
    'SELECT fence FROM runs WHERE tenant = ? AND conversation_id = ? AND run_id = ?',
    run.tenant,
    run.conversation_id,
    run.run_id,
  );
  if (stored !== undefined && stored.fence > run.fence) {
    throw new ParleyError('fenced', 'the run was taken over by another owner');
  }
}

function requireDense(batch: WireBatch, head: number): void {
  const isDense =
    batch.expected_seq === head + 1 && batch.facts.every((fact, index) => fact.seq === batch.expected_seq + index);
  if (!isDense) {
    throw new ParleyError('seq_conflict', `the log is at ${head}, the batch starts at ${batch.expected_seq}`);
  }
}

function updateConversation(connection: Connection, batch: WireBatch, head: number): void {
  const { ref, summary } = batch;
  connection.run(
    `UPDATE conversations SET status = ?, turn_count = ?, updated_at = ?, head_seq = ?
     WHERE tenant = ? AND conversation_id = ?`,
    summary.status,
    summary.turn_count,
    summary.updated_at,
    head,
    ref.tenant,
    ref.conversation_id,
  );
}

function insertConversation(connection: Connection, batch: WireBatch, create: WireCreation): void {
  const { ref, summary } = batch;
  connection.run(
    `INSERT INTO conversations (tenant, conversation_id, kind, owner, status, created_at, updated_at, turn_count, head_seq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ref.tenant,
    ref.conversation_id,
    create.kind,
    create.owner,
    summary.status,
    create.created_at,
    summary.updated_at,
    summary.turn_count,
    batch.facts.length,
  );
  connection.run(
    'INSERT INTO conversation_settings (tenant, conversation_id, settings) VALUES (?, ?, ?)',
    ref.tenant,
    ref.conversation_id,
    create.settings,
  );
}

function insertFact(connection: Connection, ref: WireRef, fact: WireFact): void {
  const { tenant, conversation_id } = ref;
  connection.run(
    `INSERT INTO events (tenant, conversation_id, seq, at, type, run_id, agent, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    conversation_id,
    fact.seq,
    fact.at,
    fact.type,
    fact.run_id,
    fact.agent,
    wholeBody(fact),
  );
  if (fact.starts !== null) {
    connection.run(
      'INSERT OR REPLACE INTO messages (tenant, conversation_id, message_id, start_seq) VALUES (?, ?, ?, ?)',
      tenant,
      conversation_id,
      fact.starts,
      fact.seq,
    );
  }
  if (fact.ends !== null) {
    connection.run(
      'UPDATE messages SET end_seq = ? WHERE tenant = ? AND conversation_id = ? AND message_id = ?',
      fact.seq,
      tenant,
      conversation_id,
      fact.ends,
    );
  }
}

function wholeBody({ body, long_text }: WireFact): string {
  return long_text === null ? body : JSON.stringify({ ...JSON.parse(body), [long_text.field]: long_text.text });
}

/** A batch carries the lease its writer began with: it must not shorten what `renew` has extended since. */
function writeRun(connection: Connection, run: RunRow): void {
  connection.run(
    `INSERT INTO runs (tenant, conversation_id, run_id, kind, state, on_disconnect, start_seq, started_at, fence,
       lease_owner, lease_until, waiting_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, conversation_id, run_id) DO UPDATE SET
       kind = excluded.kind, state = excluded.state, on_disconnect = excluded.on_disconnect,
       start_seq = excluded.start_seq, started_at = excluded.started_at, fence = excluded.fence,
       lease_until = iif(fence = excluded.fence AND lease_owner = excluded.lease_owner,
         max(lease_until, excluded.lease_until), excluded.lease_until),
       lease_owner = excluded.lease_owner, waiting_until = excluded.waiting_until`,
    run.tenant,
    run.conversation_id,
    run.run_id,
    run.kind,
    run.state,
    run.on_disconnect,
    run.start_seq,
    run.started_at,
    run.fence,
    run.lease_owner,
    run.lease_until,
    run.waiting_until,
  );
}

function writeIdempotency(connection: Connection, ref: WireRef, record: IdempotencyRow): void {
  connection.run(
    `INSERT OR REPLACE INTO idempotency (tenant, route, key, body_hash, conversation_id, run_id, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ref.tenant,
    record.route,
    record.key,
    record.body_hash,
    record.conversation_id,
    record.run_id,
    record.expires_at,
  );
}
