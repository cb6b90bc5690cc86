/** What one turn of the event loop may write to watchers, beyond what each of them alone is given live, bytes. */
const TURN_BYTES = 64 * 1024;
/** What a write costs beside its bytes, as bytes. */
const CALL_BYTES = 4 * 1024;

/** Somebody who has more to write than the turn allowed. */
export interface PacedWriter {
  /** Writes the next of it. Returns whether there is more. */
  writeNext(): boolean;
}

/**
 * Spreads writes to many watchers over turns of the event loop: one large event for a thousand of them must not keep a
 * token of another conversation waiting. Who has to wait goes on in order.
 */
export class WritePacer {
  #left = TURN_BYTES;
  #armed = false;
  readonly #writers: PacedWriter[] = [];

  /** @param defer calls back in the next turn of the event loop */
  constructor(private readonly defer: (callback: () => void) => void) {}

  /** No more should be written in this turn. */
  get exhausted(): boolean {
    return this.#left <= 0;
  }

  /** Counts a write of so many bytes. */
  count(bytes: number): void {
    this.#left -= bytes + CALL_BYTES;
    this.#arm();
  }

  /** Lets a writer go on when it is its turn. */
  queue(writer: PacedWriter): void {
    this.#writers.push(writer);
    this.#arm();
  }

  /** Resolves when so many bytes may be written. */
  turn(bytes: number): Promise<void> {
    if (!this.exhausted && this.#writers.length === 0) {
      this.count(bytes);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.queue({
        writeNext: () => {
          this.count(bytes);
          resolve();
          return false;
        },
      });
    });
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.defer(() => this.#begin());
  }

  #begin(): void {
    this.#armed = false;
    this.#left = TURN_BYTES;
    while (!this.exhausted) {
      const writer = this.#writers.shift();
      if (writer === undefined) return;
      if (writer.writeNext()) this.#writers.push(writer);
    }
    if (this.#writers.length > 0) this.#arm();
  }
}
