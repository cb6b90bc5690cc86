import type { WireListQuery } from './wire.js';

/** SQL with the values of its question marks. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/**
 * The statement for one page of a list. The index is named, so that a page costs the same however many conversations
 * there are; only an owner's conversations are filtered further row by row.
 */
export function listStatement(query: WireListQuery): Statement {
  const conditions = ['c.tenant = ?'];
  const values: (string | number)[] = [query.tenant];
  for (const column of ['owner', 'kind', 'status'] as const) {
    const wanted = query[column];
    if (wanted === null) continue;
    conditions.push(`c.${column} = ?`);
    values.push(wanted);
  }
  if (query.before !== null) {
    conditions.push('(c.created_at, c.conversation_id) < (?, ?)');
    values.push(query.before.created_at, query.before.conversation_id);
  }
  const sql = `SELECT c.*, s.settings FROM conversations c INDEXED BY ${indexFor(query)}
    CROSS JOIN conversation_settings s USING (tenant, conversation_id)
    WHERE ${conditions.join(' AND ')} ORDER BY c.created_at DESC, c.conversation_id DESC LIMIT ?`;
  return { sql, values: [...values, query.limit] };
}

function indexFor(query: WireListQuery): string {
  if (query.owner !== null) return 'conversations_by_owner';
  if (query.kind !== null) return query.status === null ? 'conversations_by_kind' : 'conversations_by_kind_and_status';
  return query.status === null ? 'conversations_by_age' : 'conversations_by_status';
}
