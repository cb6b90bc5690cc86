import { agentKeys, getAgent } from './agent-calls.js';
import type { Connection } from './connection.js';
import { listStatement } from './list-statement.js';
import { pageCounts } from './reclaim.js';
import type {
  ConversationRow,
  FactRow,
  IdempotencyRow,
  IdleRow,
  MessageRow,
  ReadCalls,
  RunRow,
  SnapshotRow,
} from './wire.js';

type ReadHandlers = {
  readonly [Name in keyof ReadCalls]: (
    connection: Connection,
    args: ReadCalls[Name]['args'],
  ) => ReadCalls[Name]['result'];
};

type Args<Name extends keyof ReadCalls> = ReadCalls[Name]['args'];

/** The calls that only read. */
export const READ_CALLS: ReadHandlers = {
  readFacts,
  snapshot,
  findMessage,
  getConversation,
  listConversations,
  getRun,
  orphans,
  findIdempotency,
  oldest,
  expiredAt,
  size,
  getAgent,
  agentKeys,
};

/** Rows of a removed conversation are there until they are reclaimed, and are not seen. */
const NOT_REMOVED = 'NOT EXISTS (SELECT 1 FROM leftovers WHERE tenant = ?1 AND conversation_id = ?2)';

function readFacts(connection: Connection, query: Args<'readFacts'>): readonly FactRow[] {
  const found = connection.each<FactRow>(
    `SELECT seq, at, run_id, agent, body FROM events
     WHERE tenant = ?1 AND conversation_id = ?2 AND seq > ?3 AND seq <= ?4
       AND (?5 IS NULL OR run_id = ?5) AND (?6 IS NULL OR type IN (SELECT value FROM json_each(?6)))
       AND ${NOT_REMOVED}
     ORDER BY seq ${query.newest_first ? 'DESC' : 'ASC'} LIMIT ?7`,
    query.ref.tenant,
    query.ref.conversation_id,
    query.after,
    query.until,
    query.run_id,
    query.types,
    query.limit,
  );
  return upTo(query.max_chars, found, ({ body }) => body);
}

/** The first rows whose texts are so long together, at least one. */
function upTo<Row>(max_chars: number, found: Iterable<Row>, textOf: (row: Row) => string): readonly Row[] {
  const rows: Row[] = [];
  let chars = 0;
  for (const row of found) {
    chars += textOf(row).length;
    if (chars > max_chars && rows.length > 0) break;
    rows.push(row);
  }
  return rows;
}

function snapshot(connection: Connection, args: Args<'snapshot'>): SnapshotRow | null {
  const { tenant, conversation_id } = args.ref;
  const row = connection.one<SnapshotRow>(
    `SELECT seq, fold FROM snapshots WHERE tenant = ?1 AND conversation_id = ?2 AND seq <= ?3 AND ${NOT_REMOVED}
     ORDER BY seq DESC LIMIT 1`,
    tenant,
    conversation_id,
    args.at,
  );
  return row ?? null;
}

function findMessage(connection: Connection, args: Args<'findMessage'>): MessageRow | null {
  const { tenant, conversation_id } = args.ref;
  const row = connection.one<MessageRow>(
    `SELECT start_seq, end_seq FROM messages
     WHERE tenant = ?1 AND conversation_id = ?2 AND message_id = ?3 AND ${NOT_REMOVED}`,
    tenant,
    conversation_id,
    args.message_id,
  );
  return row ?? null;
}

function getConversation(connection: Connection, ref: Args<'getConversation'>): ConversationRow | null {
  const row = connection.one<ConversationRow>(
    `SELECT c.*, s.settings FROM conversations c CROSS JOIN conversation_settings s USING (tenant, conversation_id)
     WHERE c.tenant = ? AND c.conversation_id = ?`,
    ref.tenant,
    ref.conversation_id,
  );
  return row ?? null;
}

function listConversations(connection: Connection, query: Args<'listConversations'>): readonly ConversationRow[] {
  const { sql, values } = listStatement(query);
  return upTo(query.max_chars, connection.each<ConversationRow>(sql, ...values), ({ settings }) => settings);
}

function getRun(connection: Connection, args: Args<'getRun'>): RunRow | null {
  const { tenant, conversation_id } = args.ref;
  const row = connection.one<RunRow>(
    `SELECT * FROM runs WHERE tenant = ?1 AND conversation_id = ?2 AND run_id = ?3 AND ${NOT_REMOVED}`,
    tenant,
    conversation_id,
    args.run_id,
  );
  return row ?? null;
}

/** Of all tenants: recovery is no caller's request. */
function orphans(connection: Connection, args: Args<'orphans'>): readonly RunRow[] {
  return connection.all<RunRow>(
    `SELECT * FROM runs INDEXED BY runs_not_ended
     WHERE state <> 'ended' AND (lease_until <= ? OR lease_owner = ?) ORDER BY started_at, run_id`,
    args.now,
    args.owner,
  );
}

function findIdempotency(connection: Connection, args: Args<'findIdempotency'>): IdempotencyRow | null {
  const row = connection.one<IdempotencyRow>(
    `SELECT route, key, body_hash, conversation_id, run_id, expires_at FROM idempotency
     WHERE tenant = ? AND route = ? AND key = ? AND expires_at > ?`,
    args.tenant,
    args.route,
    args.key,
    args.now,
  );
  return row ?? null;
}

/** Of all tenants. A conversation that is queued may have an open run too. */
function oldest(connection: Connection, args: Args<'oldest'>): readonly IdleRow[] {
  const [index, kind] = args.kind === null ? ['conversations_idle', ''] : ['sessions_idle', "kind = 'session' AND "];
  return connection.all<IdleRow>(
    `SELECT tenant, conversation_id, updated_at FROM conversations AS c INDEXED BY ${index}
     WHERE ${kind}status NOT IN ('running', 'waiting') AND updated_at < ? AND NOT EXISTS (
       SELECT 1 FROM runs AS r
       WHERE r.tenant = c.tenant AND r.conversation_id = c.conversation_id AND r.state <> 'ended')
     ORDER BY updated_at, tenant, conversation_id LIMIT ?`,
    args.updated_before,
    args.limit,
  );
}

function expiredAt(connection: Connection, ref: Args<'expiredAt'>): number | null {
  const row = connection.one<{ expired_at: number }>(
    'SELECT expired_at FROM expired WHERE tenant = ? AND conversation_id = ?',
    ref.tenant,
    ref.conversation_id,
  );
  return row?.expired_at ?? null;
}

function size(connection: Connection): number {
  const { pages, free, bytes } = pageCounts(connection);
  return (pages - free) * bytes;
}
