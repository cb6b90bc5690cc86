import type { ConversationKind } from '../core/events/conversation-event.js';
import type { ConversationStatus } from '../core/events/fold.js';
import { isConversationId, type Tenant } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationRecord, ConversationStore, ListQuery } from '../core/ports/conversation-store.js';

const DEFAULT_LIMIT = 50;

export interface ConversationPage {
  readonly records: readonly ConversationRecord[];
  /** Absent on the last page. */
  readonly next_cursor?: string;
}

/** Lists a tenant's conversations, newest first. */
export class ListConversations {
  constructor(private readonly store: ConversationStore) {}

  /** @throws ParleyError `cursor_malformed` */
  async execute(
    tenant: Tenant,
    query: {
      readonly limit?: number;
      readonly cursor?: string;
      readonly status?: ConversationStatus;
      /** Absent: of every kind. */
      readonly kind?: ConversationKind;
    },
  ): Promise<ConversationPage> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const records = await this.store.catalogue.list(tenant, {
      limit: limit + 1,
      ...(query.kind === undefined ? {} : { kind: query.kind }),
      ...(query.status === undefined ? {} : { status: query.status }),
      ...(query.cursor === undefined ? {} : { before: parse(query.cursor) }),
    });
    const page = records.slice(0, limit);
    const last = page.at(-1);
    const more = records.length > limit && last !== undefined;
    return { records: page, ...(more ? { next_cursor: `${last.created_at}.${last.conversation_id}` } : {}) };
  }
}

function parse(cursor: string): NonNullable<ListQuery['before']> {
  const [time = '', id = ''] = cursor.split('.');
  if (!/^\d{1,15}$/.test(time) || !isConversationId(id)) {
    throw new ParleyError(
      'cursor_malformed',
      'the cursor is malformed: send back the last "next_cursor" you were given',
    );
  }
  return { created_at: Number(time), conversation_id: id };
}
