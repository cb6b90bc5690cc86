import type { Connection } from './connection.js';
import type { WireRef } from './wire.js';

/** One call works about so long, so that it never stands in the way of others, ms. */
const BUDGET_MS = 5;
/** Rows, and bytes of stored text, that are removed by one statement. */
const STEP_ROWS = 250;
const STEP_BYTES = 512 * 1024;
/** Free pages that stay in the file to be used again: growing it anew costs more. */
const SPARE_PAGES = 1_024;
const VACUUM_PAGES = 64;

/** Where the rows of a removed conversation are, beside `events`, and what tells them apart. */
const TABLES = { messages: 'message_id', snapshots: 'seq', runs: 'run_id' } as const;

/**
 * Removes rows that removed conversations left, then gives free pages back to the file system. True: there is more.
 * The file itself gets smaller with the next checkpoint.
 */
export function reclaim(connection: Connection): boolean {
  const until = performance.now() + BUDGET_MS;
  while (performance.now() < until) {
    const ref = connection.one<WireRef>('SELECT tenant, conversation_id FROM leftovers LIMIT 1');
    if (ref === undefined) return vacuum(connection, until);
    step(connection, ref);
  }
  return true;
}

/** Removes what a conversation of that id left, all of it: before another one takes the id. */
export function removeLeftovers(connection: Connection, ref: WireRef): void {
  while (isLeft(connection, ref)) step(connection, ref);
}

export interface PageCounts {
  /** Of the file, the free ones too. */
  readonly pages: number;
  readonly free: number;
  /** Of one page. */
  readonly bytes: number;
}

export function pageCounts(connection: Connection): PageCounts {
  return {
    pages: connection.one<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0,
    free: connection.one<{ freelist_count: number }>('PRAGMA freelist_count')?.freelist_count ?? 0,
    bytes: connection.one<{ page_size: number }>('PRAGMA page_size')?.page_size ?? 0,
  };
}

function isLeft(connection: Connection, { tenant, conversation_id }: WireRef): boolean {
  const sql = 'SELECT 1 FROM leftovers WHERE tenant = ? AND conversation_id = ?';
  return connection.one(sql, tenant, conversation_id) !== undefined;
}

/** Removes some rows, and with the last of them the note that some are left. */
function step(connection: Connection, ref: WireRef): void {
  const { tenant, conversation_id } = ref;
  if (removeEvents(connection, ref)) return;
  for (const [table, column] of Object.entries(TABLES)) {
    const removed = connection.run(
      `DELETE FROM ${table} WHERE tenant = ?1 AND conversation_id = ?2 AND ${column} IN (
         SELECT ${column} FROM ${table} WHERE tenant = ?1 AND conversation_id = ?2 LIMIT ${STEP_ROWS})`,
      tenant,
      conversation_id,
    );
    if (removed > 0) return;
  }
  connection.run('DELETE FROM leftovers WHERE tenant = ? AND conversation_id = ?', tenant, conversation_id);
}

/** Long texts cost as much as many rows: what is counted is both. */
function removeEvents(connection: Connection, { tenant, conversation_id }: WireRef): boolean {
  let [rows, bytes, last] = [0, 0, 0];
  for (const row of connection.each<{ seq: number; bytes: number }>(
    `SELECT seq, octet_length(body) AS bytes FROM events WHERE tenant = ? AND conversation_id = ?
     ORDER BY seq LIMIT ${STEP_ROWS}`,
    tenant,
    conversation_id,
  )) {
    rows += 1;
    bytes += row.bytes;
    last = row.seq;
    if (bytes > STEP_BYTES) break;
  }
  if (rows === 0) return false;
  const sql = 'DELETE FROM events WHERE tenant = ? AND conversation_id = ? AND seq <= ?';
  return connection.run(sql, tenant, conversation_id, last) > 0;
}

function vacuum(connection: Connection, until: number): boolean {
  for (;;) {
    const { pages, free } = pageCounts(connection);
    if (free <= Math.max(SPARE_PAGES, pages / 8)) return false;
    if (performance.now() >= until) return true;
    connection.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
    // A file made without auto_vacuum keeps its pages.
    if (pageCounts(connection).free === free) return false;
  }
}
