import type { Connection } from './connection.js';
import { append } from './append.js';
import type { RunRow, WriteCalls } from './wire.js';

type WriteHandlers = {
  readonly [Name in keyof WriteCalls]: (
    connection: Connection,
    args: WriteCalls[Name]['args'],
  ) => WriteCalls[Name]['result'];
};

/** The calls that change something; each runs inside a savepoint of the group's transaction. */
export const WRITE_CALLS: WriteHandlers = { append, deleteConversation, takeOver, renew, purge, probe };

function deleteConversation(connection: Connection, ref: WriteCalls['deleteConversation']['args']): boolean {
  const { tenant, conversation_id } = ref;
  connection.run('DELETE FROM idempotency WHERE tenant = ? AND conversation_id = ?', tenant, conversation_id);
  return (
    connection.run('DELETE FROM conversations WHERE tenant = ? AND conversation_id = ?', tenant, conversation_id) > 0
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
  return connection.run('DELETE FROM idempotency WHERE expires_at <= ?', args.now);
}

function probe(connection: Connection): null {
  connection.run('UPDATE probe SET writes = writes + 1 WHERE id = 1');
  return null;
}
