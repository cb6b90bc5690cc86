import type { Connection } from './connection.js';
import { isStorageFault } from './sqlite-errors.js';
import type { Reply, WireError, WriteCalls, WriteRequest } from './wire.js';
import { WRITE_CALLS } from './write-calls.js';

/**
 * Runs all waiting writes of all conversations in one transaction, so that they share one fsync. A refused one fails alone.
 * If the transaction cannot be committed, all of them fail, the refused ones too: what they were refused for may be gone
 * with it.
 */
export function runWrites(
  connection: Connection,
  requests: readonly WriteRequest[],
  toError: (error: unknown) => WireError,
): Reply[] {
  try {
    return runPlainly(connection, requests) ?? runApart(connection, requests, toError);
  } catch (error) {
    const failure = toError(error);
    if (connection.inTransaction) connection.run('ROLLBACK');
    return requests.map(({ id }) => ({ id, error: failure }));
  }
}

/**
 * Nearly always nothing is refused: then no savepoints are needed, for each of which SQLite would copy every page that is
 * written to.
 *
 * @returns undefined if one was refused: then nothing is written
 */
function runPlainly(connection: Connection, requests: readonly WriteRequest[]): Reply[] | undefined {
  connection.run('BEGIN IMMEDIATE');
  const replies: Reply[] = [];
  for (const { id, call, args } of requests) {
    try {
      replies.push({ id, value: runWrite(connection, call, args) });
    } catch (error) {
      if (isStorageFault(error)) throw error;
      connection.run('ROLLBACK');
      return undefined;
    }
  }
  connection.run('COMMIT');
  return replies;
}

/** Each in a savepoint, to be taken back alone. */
function runApart(
  connection: Connection,
  requests: readonly WriteRequest[],
  toError: (error: unknown) => WireError,
): Reply[] {
  connection.run('BEGIN IMMEDIATE');
  const replies = requests.map((request) => runInSavepoint(connection, request, toError));
  connection.run('COMMIT');
  return replies;
}

function runInSavepoint(connection: Connection, request: WriteRequest, toError: (error: unknown) => WireError): Reply {
  connection.run('SAVEPOINT request');
  try {
    const value = runWrite(connection, request.call, request.args);
    connection.run('RELEASE request');
    return { id: request.id, value };
  } catch (error) {
    if (isStorageFault(error)) throw error;
    connection.run('ROLLBACK TO request');
    connection.run('RELEASE request');
    return { id: request.id, error: toError(error) };
  }
}

function runWrite<Name extends keyof WriteCalls>(
  connection: Connection,
  call: Name,
  args: WriteCalls[Name]['args'],
): WriteCalls[Name]['result'] {
  return WRITE_CALLS[call](connection, args);
}
