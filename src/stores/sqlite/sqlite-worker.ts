/** The one thread that touches the database. Started by `WorkerClient`; only erasable TypeScript here and below. */
import { statfsSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { Connection } from './connection.js';
import { openDatabase, type OpenedDatabase } from './open-database.js';
import { READ_CALLS } from './read-calls.js';
import { toWireError } from './sqlite-errors.js';
import type { FromWorker, ReadCalls, ReadRequest, Reply, Request, ToWorker, WireError, WriteRequest } from './wire.js';
import { runWrites } from './write-group.js';

/** With less room than this, a failed write is taken for a full disk. */
const FULL_BYTES = 1024 * 1024;

interface Waiting {
  readonly writes: WriteRequest[];
  readonly reads: ReadRequest[];
  stop: boolean;
}

if (parentPort === null) throw new ParleyError('internal', 'the SQLite worker runs as a worker thread only');
serve(parentPort, String(workerData.data_dir));

function serve(port: MessagePort, folder: string): void {
  const toError = (error: unknown): WireError => toWireError(error, () => isDiskFull(folder));
  const post = (message: FromWorker): void => port.postMessage(message);
  let database: OpenedDatabase;
  try {
    database = openDatabase(folder);
  } catch (error) {
    post({ refused: toError(error) });
    port.close();
    return;
  }
  let broken: WireError | undefined;
  port.on('message', (first: ToWorker) => {
    const waiting = drain(port, first);
    if (waiting.writes.length > 0) {
      const replies =
        broken === undefined ? runWrites(database.connection, waiting.writes, toError) : refuse(waiting, broken);
      broken ??= fatalOf(replies);
      post({ replies });
    }
    if (waiting.reads.length > 0) {
      post({ replies: waiting.reads.map((request) => runRead(database.connection, request, toError)) });
    }
    if (waiting.stop) {
      database.close();
      port.close();
    }
  });
  post({ opened: true });
}

/** All that has come in: the more waits, the more of it shares one commit. */
function drain(port: MessagePort, first: ToWorker): Waiting {
  const waiting: Waiting = { writes: [], reads: [], stop: false };
  let message: ToWorker | undefined = first;
  while (message !== undefined) {
    if ('stop' in message) waiting.stop = true;
    else for (const request of message.requests) sort(waiting, request);
    message = receiveMessageOnPort(port)?.message;
  }
  return waiting;
}

function sort(waiting: Waiting, request: Request): void {
  if (isRead(request)) waiting.reads.push(request);
  else waiting.writes.push(request);
}

function isRead(request: Request): request is ReadRequest {
  return Object.hasOwn(READ_CALLS, request.call);
}

function runRead(connection: Connection, request: ReadRequest, toError: (error: unknown) => WireError): Reply {
  try {
    return { id: request.id, value: read(connection, request.call, request.args) };
  } catch (error) {
    return { id: request.id, error: { ...toError(error), fatal: false } };
  }
}

function read<Name extends keyof ReadCalls>(
  connection: Connection,
  call: Name,
  args: ReadCalls[Name]['args'],
): ReadCalls[Name]['result'] {
  return READ_CALLS[call](connection, args);
}

function refuse(waiting: Waiting, error: WireError): Reply[] {
  return waiting.writes.map(({ id }) => ({ id, error }));
}

function fatalOf(replies: readonly Reply[]): WireError | undefined {
  for (const reply of replies) if ('error' in reply && reply.error.fatal) return reply.error;
  return undefined;
}

function isDiskFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < FULL_BYTES;
  } catch {
    return false;
  }
}
