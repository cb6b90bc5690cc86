import type { Connection } from './connection.js';

/** `PRAGMA application_id` of a Parley database: "PRLY". */
export const APPLICATION_ID = 0x50524c59;

/**
 * No foreign keys: a conversation is removed in pieces (see `reclaim`), its row first; `leftovers` names those whose
 * other rows are still there, and hides them. `expired` remembers what retention removed.
 *
 * Settings stand in a table of their own, so that the row that every batch updates stays small. Snapshots are all kept:
 * one per run and per 1,000 facts, without text; with any of them gone, `snapshot(ref, at)` could not answer for an
 * older `at`. Small columns of `events` come before `body`, so that filters need not load long texts.
 */
const FIRST = `
CREATE TABLE conversations (
  tenant TEXT NOT NULL, conversation_id TEXT NOT NULL,
  kind TEXT NOT NULL, owner TEXT, status TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  turn_count INTEGER NOT NULL, head_seq INTEGER NOT NULL,
  PRIMARY KEY (tenant, conversation_id)
) WITHOUT ROWID;
CREATE INDEX conversations_by_age ON conversations (tenant, created_at, conversation_id);
CREATE INDEX conversations_by_status ON conversations (tenant, status, created_at, conversation_id);
CREATE INDEX conversations_by_kind ON conversations (tenant, kind, created_at, conversation_id);
CREATE INDEX conversations_by_kind_and_status ON conversations (tenant, kind, status, created_at, conversation_id);
CREATE INDEX conversations_by_owner ON conversations (tenant, owner, created_at, conversation_id) WHERE owner IS NOT NULL;
CREATE INDEX conversations_idle ON conversations (updated_at, tenant, conversation_id)
  WHERE status NOT IN ('running', 'waiting');

CREATE TABLE conversation_settings (
  tenant TEXT NOT NULL, conversation_id TEXT NOT NULL, settings TEXT NOT NULL,
  PRIMARY KEY (tenant, conversation_id)
) WITHOUT ROWID;

CREATE TABLE events (
  tenant TEXT NOT NULL, conversation_id TEXT NOT NULL, seq INTEGER NOT NULL,
  at INTEGER NOT NULL, type TEXT NOT NULL, run_id TEXT, agent TEXT, body TEXT NOT NULL,
  PRIMARY KEY (tenant, conversation_id, seq)
) WITHOUT ROWID;

CREATE TABLE messages (
  tenant TEXT NOT NULL, conversation_id TEXT NOT NULL, message_id TEXT NOT NULL,
  start_seq INTEGER NOT NULL, end_seq INTEGER,
  PRIMARY KEY (tenant, conversation_id, message_id)
) WITHOUT ROWID;

CREATE TABLE runs (
  tenant TEXT NOT NULL, conversation_id TEXT NOT NULL, run_id TEXT NOT NULL,
  kind TEXT NOT NULL, state TEXT NOT NULL, on_disconnect TEXT NOT NULL,
  start_seq INTEGER NOT NULL, started_at INTEGER NOT NULL, fence INTEGER NOT NULL,
  lease_owner TEXT NOT NULL, lease_until INTEGER NOT NULL, waiting_until INTEGER,
  PRIMARY KEY (tenant, conversation_id, run_id)
) WITHOUT ROWID;
CREATE INDEX runs_not_ended ON runs (lease_owner) WHERE state <> 'ended';

CREATE TABLE snapshots (
  tenant TEXT NOT NULL, conversation_id TEXT NOT NULL, seq INTEGER NOT NULL, fold TEXT NOT NULL,
  PRIMARY KEY (tenant, conversation_id, seq)
) WITHOUT ROWID;

CREATE TABLE idempotency (
  tenant TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL,
  body_hash TEXT NOT NULL, conversation_id TEXT NOT NULL, run_id TEXT, expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, route, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_conversation ON idempotency (tenant, conversation_id);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

CREATE TABLE tool_intents (
  tenant TEXT NOT NULL, conversation_id TEXT NOT NULL, run_id TEXT NOT NULL, tool_call_id TEXT NOT NULL,
  intent_seq INTEGER NOT NULL, tool_name TEXT NOT NULL, idempotent INTEGER NOT NULL, result_seq INTEGER,
  PRIMARY KEY (tenant, conversation_id, run_id, tool_call_id, intent_seq)
) WITHOUT ROWID;

CREATE TABLE leftovers (
  tenant TEXT NOT NULL, conversation_id TEXT NOT NULL, PRIMARY KEY (tenant, conversation_id)
) WITHOUT ROWID;

CREATE TABLE expired (
  tenant TEXT NOT NULL, conversation_id TEXT NOT NULL, expired_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, conversation_id)
) WITHOUT ROWID;
CREATE INDEX expired_by_age ON expired (expired_at);

CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), writes INTEGER NOT NULL);
INSERT INTO probe VALUES (1, 0);
PRAGMA application_id = ${APPLICATION_ID};
`;

/**
 * Agents that tenants made. With row ids, unlike the other tables: keys are listed and counted from the index of the
 * primary key alone, and `spec` may be long.
 */
const AGENTS = `
CREATE TABLE agents (tenant TEXT NOT NULL, key TEXT NOT NULL, spec TEXT NOT NULL, PRIMARY KEY (tenant, key));
`;

/** Sessions end when they are idle, whatever else is kept for ever. */
const SESSIONS = `
CREATE INDEX sessions_idle ON conversations (updated_at, tenant, conversation_id)
  WHERE kind = 'session' AND status NOT IN ('running', 'waiting');
`;

/** What became of a tool call is told by the log alone. */
const NO_INTENTS = `
DROP TABLE tool_intents;
`;

/** In order; `user_version` counts those that ran. Never changed once released: a change is one more at the end. */
export const MIGRATIONS: readonly string[] = [FIRST, AGENTS, SESSIONS, NO_INTENTS];

/** Tables that a database of the current version has. */
export const TABLES = [
  'conversations',
  'conversation_settings',
  'events',
  'messages',
  'runs',
  'snapshots',
  'idempotency',
  'leftovers',
  'expired',
  'probe',
  'agents',
] as const;

/** Runs what a database of version `from` lacks, each migration in one transaction with its number. */
export function migrate(connection: Connection, from: number): void {
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < from) continue;
    connection.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
