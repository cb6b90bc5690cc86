import { parseCursor } from '../core/events/cursor.js';
import type { Fact } from '../core/events/conversation-event.js';
import type { ConversationRef, RunId } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import { requireConversation } from './require-conversation.js';

const DEFAULT_LIMIT = 200;
/** UTF-16 units of the facts of a page; one that is larger is a page of its own. */
const PAGE_CHARS = 4 * 2 ** 20;

export interface EventsPage {
  readonly facts: readonly Fact[];
  readonly has_more: boolean;
  /** Where to read on. */
  readonly after: number;
}

/** Reads the log of a conversation page by page, of limited size: facts only, text as a whole with its message's end. */
export class ReadEvents {
  constructor(private readonly store: ConversationStore) {}

  /** @throws ParleyError `not_found`, `cursor_malformed`, `cursor_ahead`, `cursor_gone` */
  async execute(
    ref: ConversationRef,
    query: {
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly run_id?: RunId | undefined;
    },
  ): Promise<EventsPage> {
    const { seq } = parseCursor(query.cursor);
    const record = await requireConversation(this.store, ref);
    if (seq > record.head_seq)
      throw new ParleyError('cursor_ahead', `the cursor is beyond the log, which ends at ${record.head_seq}`);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const { log } = this.store;
    const run = query.run_id === undefined ? {} : { run_id: query.run_id };
    const facts = await log.read(ref, { ...run, after: seq, limit: limit + 1, max_chars: PAGE_CHARS });
    if (facts.length > limit) {
      const page = facts.slice(0, limit);
      return { facts: page, has_more: true, after: page.at(-1)?.seq ?? seq };
    }
    const after = facts.at(-1)?.seq ?? seq;
    // It may have ended at its size.
    const has_more = after < record.head_seq && (await log.read(ref, { ...run, after, limit: 1 })).length > 0;
    return { facts, has_more, after };
  }
}
