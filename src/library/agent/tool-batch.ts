/** One call of an answer, as far as it has come. */
interface Entry<Result> {
  readonly id: string;
  begun: boolean;
  result: Result | undefined;
}

/** Who is told. */
export interface BatchReport<Result> {
  started(id: string): void;
  ended(id: string, result: Result): void;
}

/**
 * Puts the reports of calls that run side by side in order: starts as the model asked, then ends as the model asked. Where
 * not all run at once, an end does not wait for the starts of later calls.
 */
export class ToolBatch<Result> {
  readonly #entries: readonly Entry<Result>[];
  readonly #together: boolean;
  readonly #report: BatchReport<Result>;
  #started = 0;
  #ended = 0;

  /** @param together whether all of them may run at once */
  constructor(ids: readonly string[], together: boolean, report: BatchReport<Result>) {
    this.#entries = ids.map((id) => ({ id, begun: false, result: undefined }));
    this.#together = together;
    this.#report = report;
  }

  start(id: string): void {
    const entry = this.#entries.find((other) => other.id === id && !other.begun);
    if (entry !== undefined) entry.begun = true;
    this.#tell();
  }

  end(id: string, result: Result): void {
    const entry = this.#entries.find((other) => other.id === id && other.result === undefined);
    if (entry !== undefined) entry.result = result;
    this.#tell();
  }

  /** Ends all that is open; calls that were never begun begin and end. */
  closeWith(resultOf: (id: string) => Result): void {
    for (const entry of this.#entries) {
      entry.begun = true;
      entry.result ??= resultOf(entry.id);
    }
    this.#tell();
  }

  #tell(): void {
    for (let entry = this.#entries[this.#started]; entry?.begun === true; entry = this.#entries[this.#started]) {
      this.#started++;
      this.#report.started(entry.id);
    }
    const heldBack = this.#together && this.#started < this.#entries.length;
    while (!heldBack && this.#ended < this.#started) {
      const { id, result } = this.#entries[this.#ended] ?? {};
      if (id === undefined || result === undefined) return;
      this.#ended++;
      this.#report.ended(id, result);
    }
  }
}
