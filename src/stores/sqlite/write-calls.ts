import type { Connection } from './connection.js';
import { createAgent, deleteAgent, replaceAgent } from './agent-calls.js';
import { append } from './append.js';
import { reclaim } from './reclaim.js';
import type { RunRow, WriteCalls } from './wire.js';

type WriteHandlers = {
  readonly [Name in keyof WriteCalls]: (
    connection: Connection,
    args: WriteCalls[Name]['args'],
  ) => WriteCalls[Name]['result'];
};

/** The calls that change something; many run in one transaction. */
export const WRITE_CALLS: WriteHandlers = {
  append,
  deleteConversation,
  takeOver,
  renew,
  purge,
  expire,
  forget,
  reclaim,
  createAgent,
  replaceAgent,
  deleteAgent,
  probe,
};

/** Rows that one call removes at most, so that it holds the thread for a few ms. */
const ROWS = 1_000;

/** Hides all that belongs to a conversation, at once; `reclaim` removes what may be much. */
function deleteConversation(connection: Connection, ref: WriteCalls['deleteConversation']['args']): boolean {
  const key = [ref.tenant, ref.conversation_id] as const;
  if (connection.run('DELETE FROM conversations WHERE tenant = ? AND conversation_id = ?', ...key) === 0) return false;
  connection.run('DELETE FROM conversation_settings WHERE tenant = ? AND conversation_id = ?', ...key);
  // Left alone, SQLite would look through all keys of the tenant.
  connection.run(
    'DELETE FROM idempotency INDEXED BY idempotency_by_conversation WHERE tenant = ? AND conversation_id = ?',
    ...key,
  );
  connection.run(`DELETE FROM runs WHERE tenant = ? AND conversation_id = ? AND state <> 'ended'`, ...key);
  connection.run('INSERT OR IGNORE INTO leftovers (tenant, conversation_id) VALUES (?, ?)', ...key);
  return true;
}

/** As `deleteConversation`, if it is still idle. */
function expire(connection: Connection, { conversation, at }: WriteCalls['expire']['args']): boolean {
  const { tenant, conversation_id } = conversation;
  const idle = connection.one(
    `SELECT 1 FROM conversations WHERE tenant = ?1 AND conversation_id = ?2 AND updated_at = ?3 AND NOT EXISTS (
       SELECT 1 FROM runs WHERE tenant = ?1 AND conversation_id = ?2 AND state <> 'ended')`,
    tenant,
    conversation_id,
    conversation.updated_at,
  );
  if (idle === undefined) return false;
  connection.run('INSERT OR REPLACE INTO expired VALUES (?, ?, ?)', tenant, conversation_id, at);
  return deleteConversation(connection, conversation);
}

function forget(connection: Connection, args: WriteCalls['forget']['args']): number {
  return connection.run(
    `DELETE FROM expired WHERE (tenant, conversation_id) IN (
       SELECT tenant, conversation_id FROM expired WHERE expired_at < ? ORDER BY expired_at LIMIT ${ROWS})`,
    args.before,
  );
}

function takeOver(connection: Connection, args: WriteCalls['takeOver']['args']): RunRow | null {
  const { run, owner, lease_until } = args;
  const taken = connection.one<RunRow>(
    `UPDATE runs SET fence = fence + 1, lease_owner = ?, lease_until = ?
     WHERE tenant = ? AND conversation_id = ? AND run_id = ? AND fence = ? AND state <> 'ended' RETURNING *`,
    owner,
    lease_until,
    run.tenant,
    run.conversation_id,
    run.run_id,
    run.fence,
  );
  return taken ?? null;
}

function renew(connection: Connection, args: WriteCalls['renew']['args']): number {
  return connection.run(
    `UPDATE runs SET lease_until = ? WHERE lease_owner = ? AND state <> 'ended'`,
    args.lease_until,
    args.owner,
  );
}

function purge(connection: Connection, args: WriteCalls['purge']['args']): number {
  return connection.run(
    `DELETE FROM idempotency WHERE (tenant, route, key) IN (
       SELECT tenant, route, key FROM idempotency WHERE expires_at <= ? ORDER BY expires_at LIMIT ${ROWS})`,
    args.now,
  );
}

function probe(connection: Connection): null {
  connection.run('UPDATE probe SET writes = writes + 1 WHERE id = 1');
  return null;
}
