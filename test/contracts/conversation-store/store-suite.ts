import { test } from '@jest/globals';
import type { ConversationStore } from '../../../src/core/ports/conversation-store.js';

/** One set of data: `open` gives an unstarted store on it, as a new process would. */
export interface StoreHarness {
  open(): ConversationStore;
  dispose(): Promise<void>;
}

export type MakeStore = () => Promise<StoreHarness>;

/** Tests that an implementation cannot pass, and why not. */
export interface StoreSkip {
  readonly reason: string;
  readonly tests: readonly string[];
}

/** Registers tests that each get a fresh, started store. */
export class StoreSuite {
  readonly #makeStore: MakeStore;
  readonly #skips: readonly StoreSkip[];
  readonly #titles = new Set<string>();

  constructor(makeStore: MakeStore, skips: readonly StoreSkip[]) {
    this.#makeStore = makeStore;
    this.#skips = skips;
  }

  test(title: string, run: (store: ConversationStore, harness: StoreHarness) => Promise<void>): void {
    this.#titles.add(title);
    const skip = this.#skips.find(({ tests }) => tests.includes(title));
    if (skip !== undefined) {
      // oxlint-disable-next-line jest/no-disabled-tests, jest/expect-expect -- a skip states its reason
      test.skip(`${title} (not here: ${skip.reason})`, () => undefined);
      return;
    }
    // oxlint-disable-next-line jest/valid-title, jest/expect-expect -- both are the caller's
    test(title, async () => {
      const harness = await this.#makeStore();
      const store = harness.open();
      await store.start();
      try {
        await run(store, harness);
      } finally {
        await store.stop();
        await harness.dispose();
      }
    });
  }

  /** A skip of a test that does not exist is a mistake. */
  checkSkips(): void {
    const unknown = this.#skips.flatMap(({ tests }) => tests).filter((title) => !this.#titles.has(title));
    if (unknown.length > 0) throw new Error(`skips of unknown tests: ${unknown.join(', ')}`);
  }
}
