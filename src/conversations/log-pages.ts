import type { Fact, FactBody } from '../core/events/conversation-event.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import type { Clock } from '../core/ports/clock.js';
import type { EventLog } from '../core/ports/conversation-store.js';

const PAGE = 200;
const PAGE_CHARS = 512 * 1024;
/** Shorter pages are not kept, UTF-16 units. */
const WORTH_KEEPING = 64 * 1024;
/** Pages are at hand for so long after they were asked for, ms. */
const KEPT_MS = 1_000;
/** All of them together, UTF-16 units. The last one is kept in any case. */
const KEPT_CHARS = 16 * 1024 * 1024;

interface Page {
  readonly facts: Promise<readonly Fact[]>;
  chars: number;
  usedAt: number;
}

/**
 * Pages of logs as watchers read them. Those who are behind on the same run want the same page at the same time, and a slow
 * one wants it again for each part that its queue takes: a page of megabytes is read once for all of them.
 */
export class LogPages {
  /** In order of their last use. */
  readonly #pages = new Map<string, Page>();
  #chars = 0;
  #isSweeping = false;

  constructor(
    private readonly log: Pick<EventLog, 'read'>,
    private readonly clock: Clock,
  ) {}

  /** Facts after `after`, up to `until` if that is given, as many as make a page. */
  read(ref: ConversationRef, after: number, until: number | undefined): Promise<readonly Fact[]> {
    const key = `${ref.tenant}/${ref.conversation_id}/${after}/${until ?? ''}`;
    const page = this.#pages.get(key) ?? this.#load(key, ref, { after, ...(until === undefined ? {} : { until }) });
    page.usedAt = this.clock.now();
    this.#pages.delete(key);
    this.#pages.set(key, page);
    this.#sweepLater();
    return page.facts;
  }

  #load(key: string, ref: ConversationRef, range: { readonly after: number; readonly until?: number }): Page {
    const facts = this.log.read(ref, { ...range, limit: PAGE, max_chars: PAGE_CHARS });
    const page: Page = { facts, chars: 0, usedAt: 0 };
    facts.then(
      (read) => {
        if (this.#pages.get(key) !== page) return;
        // What is short may have more behind it by the next time, and is as well read again.
        if (this.#count(page, read) < WORTH_KEEPING) this.#drop(key, page);
        this.#shrink();
      },
      () => this.#drop(key, page),
    );
    return page;
  }

  #count(page: Page, facts: readonly Fact[]): number {
    page.chars = facts.reduce((sum, { body }) => sum + charsOf(body), 0);
    this.#chars += page.chars;
    return page.chars;
  }

  #shrink(): void {
    for (const [key, page] of this.#pages) {
      if (this.#chars <= KEPT_CHARS || this.#pages.size === 1) return;
      this.#drop(key, page);
    }
  }

  #drop(key: string, page: Page): void {
    if (this.#pages.get(key) !== page) return;
    this.#pages.delete(key);
    this.#chars -= page.chars;
  }

  #sweepLater(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.clock.after(KEPT_MS, () => {
      this.#isSweeping = false;
      for (const [key, page] of this.#pages) {
        if (this.clock.now() - page.usedAt < KEPT_MS) break;
        this.#drop(key, page);
      }
      if (this.#pages.size > 0) this.#sweepLater();
    });
  }
}

/** Characters of what is long in a fact. */
function charsOf(body: FactBody): number {
  if ('text' in body) return body.text?.length ?? 0;
  return 'result' in body ? body.result.length : 0;
}
