import type { ConversationRef } from '../core/kernel/ids.js';
import { toParleyError, type ParleyError } from '../core/kernel/parley-error.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore, IdleConversation } from '../core/ports/conversation-store.js';

/** From the end of one round to the next, ms. */
export const EVERY_MS = 60_000;
/** How long it is known that retention removed a conversation: its cursors are "gone" and not "unknown", ms. */
export const REMEMBERED_MS = 30 * 86_400_000;
/** Between two pieces of work, so that requests come first, ms. */
const PAUSE_MS = 10;
/** Conversations that are hidden in one commit. */
const BATCH = 32;

/** What is kept. Nothing said: everything. */
export interface RetentionRules {
  /** ms since a conversation was last changed. */
  readonly keep_ms?: number;
  /** ms since a session was last changed: those of JSON-RPC clients end when they are idle. */
  readonly session_ms?: number;
  /** Bytes of the store. */
  readonly max_bytes?: number;
}

/** What one round did. */
export interface RetentionReport {
  readonly conversations: number;
  readonly idempotency_keys: number;
  /** The store is larger than it should be, and nothing that may go is left. */
  readonly over_size: boolean;
}

export interface RetentionDeps {
  readonly store: ConversationStore;
  readonly clock: Clock;
  readonly rules: RetentionRules;
  /** A conversation is gone: those who follow it are sent away. */
  readonly onRemoved: (ref: ConversationRef) => void;
  readonly onRound: (report: RetentionReport) => void;
  /** A round broke off; the next one goes on. */
  readonly onError: (error: ParleyError) => void;
}

/**
 * Removes what is no longer kept: conversations without an open run, the longest unchanged first, and expired
 * idempotency keys. Works at start and every minute, in pieces of a few ms, so that the store is never held up.
 */
export class Retention {
  #disarm: (() => void) | undefined;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly deps: RetentionDeps) {}

  /** Begins the first round; returns at once. */
  start(): void {
    this.#round = this.run()
      .then(this.deps.onRound)
      .catch((error: unknown) => {
        if (!this.#stopped) this.deps.onError(toParleyError(error));
      })
      .finally(() => {
        if (!this.#stopped) this.#disarm = this.deps.clock.after(EVERY_MS, () => this.start());
      });
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#disarm?.();
    await this.#round;
  }

  /** One round. */
  async run(): Promise<RetentionReport> {
    const { store, clock } = this.deps;
    const now = clock.now();
    const idempotency_keys = await this.#repeat(() => store.idempotency.purge(now));
    await this.#repeat(() => store.expiry.forget(now - REMEMBERED_MS));
    // What was deleted since the last round.
    await this.#reclaim();
    const idle = await this.#removeOld(now, this.deps.rules.session_ms, 'session');
    const old = await this.#removeOld(now, this.deps.rules.keep_ms);
    const { removed, over_size } = await this.#shrink(now);
    return { conversations: idle + old + removed, idempotency_keys, over_size };
  }

  async #removeOld(now: number, keep_ms: number | undefined, kind?: 'session'): Promise<number> {
    if (keep_ms === undefined) return 0;
    const query = { updated_before: now - keep_ms, limit: BATCH, ...(kind === undefined ? {} : { kind }) };
    return this.#repeat(async () => {
      const removed = await this.#remove(await this.deps.store.expiry.oldest(query), now);
      await this.#reclaim();
      return removed;
    });
  }

  /** One by one: each is looked at for whether it was enough. */
  async #shrink(now: number): Promise<{ readonly removed: number; readonly over_size: boolean }> {
    const { max_bytes } = this.deps.rules;
    const { expiry, space } = this.deps.store;
    let removed = 0;
    while (max_bytes !== undefined && !this.#stopped && (await space.size()) > max_bytes) {
      const oldest = await expiry.oldest({ limit: 1 });
      if (oldest.length === 0) return { removed, over_size: true };
      removed += await this.#remove(oldest, now);
      await this.#reclaim();
    }
    return { removed, over_size: false };
  }

  async #remove(conversations: readonly IdleConversation[], now: number): Promise<number> {
    const removals = conversations.map(async (conversation) => {
      const removed = await this.deps.store.expiry.expire(conversation, now);
      if (removed) this.deps.onRemoved(conversation);
      return removed;
    });
    return (await Promise.all(removals)).filter(Boolean).length;
  }

  async #reclaim(): Promise<void> {
    await this.#repeat(async () => ((await this.deps.store.space.reclaim()) ? 1 : 0));
  }

  /** Works piece by piece until one has done nothing; the sum of what they did. */
  async #repeat(piece: () => Promise<number>): Promise<number> {
    let sum = 0;
    while (!this.#stopped) {
      const done = await piece();
      if (done === 0) break;
      sum += done;
      await new Promise<void>((resolve) => this.deps.clock.after(PAUSE_MS, resolve));
    }
    return sum;
  }
}
