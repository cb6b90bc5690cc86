import type { ConversationKind } from '../core/events/conversation-event.js';
import type { ConversationStatus } from '../core/events/fold.js';
import { isConversationId, type Tenant } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationRecord, ConversationStore, ListQuery } from '../core/ports/conversation-store.js';

const DEFAULT_LIMIT = 50;
/** UTF-16 units of the settings that a page is made from: those of sessions with many tools are large. */
const PAGE_CHARS = 4 * 2 ** 20;

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
    const { catalogue } = this.store;
    const wanted = {
      ...(query.kind === undefined ? {} : { kind: query.kind }),
      ...(query.status === undefined ? {} : { status: query.status }),
    };
    const records = await catalogue.list(tenant, {
      ...wanted,
      limit: limit + 1,
      max_chars: PAGE_CHARS,
      ...(query.cursor === undefined ? {} : { before: parse(query.cursor) }),
    });
    const page = records.slice(0, limit);
    const last = page.at(-1);
    // It may have ended at its size.
    const more =
      last !== undefined &&
      (records.length > limit || (await catalogue.list(tenant, { ...wanted, limit: 1, before: last })).length > 0);
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
