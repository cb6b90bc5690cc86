import type { ConversationId } from '../core/kernel/ids.js';

/** Lets those who wait for a conversation in one after the other, in the order in which they came. */
export class WaitingLines {
  /** Settles once the last in line is through. */
  readonly #last = new Map<ConversationId, Promise<void>>();

  /** Calls `enter` once all who came before are through, however they fared. */
  async join<Result>(id: ConversationId, enter: () => Promise<Result>): Promise<Result> {
    const entered = (this.#last.get(id) ?? Promise.resolve()).then(enter);
    const through = entered.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(id, through);
    try {
      return await entered;
    } finally {
      if (this.#last.get(id) === through) this.#last.delete(id);
    }
  }
}
