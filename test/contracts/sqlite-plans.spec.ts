import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Connection } from '../../src/stores/sqlite/connection.js';
import { migrate } from '../../src/stores/sqlite/migrations.js';
import { READ_CALLS } from '../../src/stores/sqlite/read-calls.js';
import { toWireAgent, toWireAgentKey, toWireBatch, toWireRef, toWireRun } from '../../src/stores/sqlite/to-wire.js';
import type { IdleRow, ReadCalls, WireFactQuery, WireListQuery, WriteCalls } from '../../src/stores/sqlite/wire.js';
import { WRITE_CALLS } from '../../src/stores/sqlite/write-calls.js';
import {
  AGENT,
  batch,
  CHAT,
  claim,
  facts,
  foldAt,
  newMessage,
  newRef,
  runOf,
  T0,
} from './conversation-store/samples.js';

/** Remembers every statement it is asked for. */
class RecordingDatabase extends DatabaseSync {
  readonly statements: string[] = [];

  override prepare(sql: string): StatementSync {
    this.statements.push(sql);
    return super.prepare(sql);
  }
}

/** What may be read from end to end, and why that costs the same however many conversations there are. */
const SCANS: readonly RegExp[] = [
  // The index has the runs that are under way and no others: the result, or nearly.
  /^SCAN runs USING INDEX runs_not_ended$/,
  // What was removed since the last round, and only its first row is wanted.
  /^SCAN leftovers$/,
  // The list of types in the question.
  /^SCAN json_each VIRTUAL TABLE/,
  /^SCAN CONSTANT ROW$/,
];
/** Sorted in memory: the runs under way. */
const SORTS: readonly RegExp[] = [/runs_not_ended/];

const ref = newRef();
const message_id = newMessage();
const run = runOf(ref);
const wireRef = toWireRef(ref);
const idle: IdleRow = { ...wireRef, updated_at: T0 };
const start = facts(ref, 1, [{ type: 'message_start', message_id, role: 'user' }]);
const end = facts(ref, 2, [{ type: 'message_discarded', message_id, reason: 'interrupted' }]);
const list: WireListQuery = {
  tenant: ref.tenant,
  limit: 10,
  max_chars: 9,
  before: null,
  status: null,
  kind: null,
  owner: null,
};
const read: WireFactQuery = {
  ref: wireRef,
  after: 0,
  until: 9,
  limit: 9,
  max_chars: 9,
  newest_first: false,
  types: '["action"]',
  run_id: run.run_id,
};

const READS: { readonly [Name in keyof ReadCalls]: readonly ReadCalls[Name]['args'][] } = {
  readFacts: [read, { ...read, newest_first: true }],
  snapshot: [{ ref: wireRef, at: 9 }],
  findMessage: [{ ref: wireRef, message_id }],
  getConversation: [wireRef],
  listConversations: [null, { created_at: 1, conversation_id: 'c' }].flatMap((before) =>
    [null, 'running'].flatMap((status) =>
      [null, 'chat'].flatMap((kind) =>
        [null, 'o'].map((owner): WireListQuery => ({ ...list, before, status, kind, owner })),
      ),
    ),
  ),
  getRun: [{ ref: wireRef, run_id: run.run_id }],
  orphans: [{ now: T0, owner: 'me' }],
  findIdempotency: [{ tenant: ref.tenant, route: 'r', key: 'k', now: T0 }],
  oldest: ([null, 'session'] as const).map((kind) => ({ updated_before: T0, kind, limit: 9 })),
  expiredAt: [wireRef],
  size: [null],
  getAgent: [toWireAgentKey(ref.tenant, AGENT.key)],
  agentKeys: [{ tenant: ref.tenant }],
};

const WRITES: { readonly [Name in keyof WriteCalls]: readonly WriteCalls[Name]['args'][] } = {
  append: [
    toWireBatch(
      batch(ref, start, {
        create: CHAT,
        run,
        snapshot: { seq: 1, fold: foldAt(1) },
        idempotency: claim(ref),
      }),
    ),
    toWireBatch(batch(ref, end, { summary: { status: 'completed', turn_count: 0, updated_at: T0 } })),
  ],
  takeOver: [{ run: toWireRun(run), owner: 'me', lease_until: T0 }],
  renew: [{ owner: 'me', lease_until: T0 }],
  purge: [{ now: T0 }],
  expire: [
    { conversation: { ...idle, updated_at: 1 }, at: T0 },
    { conversation: idle, at: T0 },
  ],
  forget: [{ before: T0 }],
  deleteConversation: [wireRef],
  reclaim: [null],
  createAgent: [{ agent: toWireAgent(ref.tenant, AGENT), most: 9 }],
  replaceAgent: [toWireAgent(ref.tenant, AGENT)],
  deleteAgent: [toWireAgentKey(ref.tenant, AGENT.key)],
  probe: [null],
};

describe('plans', () => {
  let db: RecordingDatabase;
  beforeEach(() => {
    db = new RecordingDatabase(':memory:');
  });
  afterEach(() => db.close());

  function planOf(sql: string): string[] {
    return db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row['detail']));
  }

  test('no statement of any call gets slower with the number of conversations: each finds its rows by an index', () => {
    const connection = new Connection(db);
    migrate(connection, 0);
    runAll(connection, WRITE_CALLS, WRITES, ['append']);
    // The run ends, so that retention may have the conversation.
    connection.exec(`UPDATE runs SET state = 'ended'`);
    runAll(connection, READ_CALLS, READS, Object.keys(READS));
    runAll(connection, WRITE_CALLS, WRITES, ['createAgent', 'replaceAgent', 'deleteAgent']);
    runAll(connection, WRITE_CALLS, WRITES, ['takeOver', 'renew', 'purge', 'expire', 'forget', 'reclaim', 'probe']);
    runAll(connection, WRITE_CALLS, WRITES, ['append', 'deleteConversation', 'reclaim']);
    const statements = [...new Set(db.statements)].filter((sql) => !sql.startsWith('PRAGMA'));
    expect(statements.length).toBeGreaterThan(50);
    for (const sql of statements) {
      for (const step of planOf(sql)) {
        expect([sql, step, isFlat(sql, step)]).toEqual([sql, step, true]);
      }
    }
  });
});

function isFlat(sql: string, step: string): boolean {
  if (step.startsWith('SCAN')) return SCANS.some((scan) => scan.test(step));
  if (step.includes('TEMP B-TREE')) return SORTS.some((sort) => sort.test(sql));
  // The keys of a tenant's agents, of which the application allows so many; counted and listed without the agents.
  if (step === 'SEARCH agents USING COVERING INDEX sqlite_autoindex_agents_1 (tenant=?)') return true;
  // All rows of a tenant: only in the order of the index, and so many as are asked for.
  if (step.includes('(tenant=?)')) return step.includes('conversations_by_age') && sql.includes('LIMIT ?');
  return true;
}

/** Runs calls with their samples, whatever comes of it: what counts is which statements that takes. */
function runAll<Calls extends Record<keyof Calls, (connection: Connection, args: never) => unknown>>(
  connection: Connection,
  calls: Calls,
  samples: Readonly<Record<keyof Calls, readonly unknown[]>>,
  names: readonly string[],
): void {
  for (const name of names as readonly (keyof Calls)[]) {
    for (const args of samples[name]) calls[name](connection, args as never);
  }
}
