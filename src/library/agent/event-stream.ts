/**
 * Events as they come, for one reader: one at a time, all that are ready, or by `for await`. What is not read waits; a
 * reader that leaves early says so to whoever writes.
 */
export class EventStream<Event> implements AsyncIterable<Event> {
  #ready: Event[] = [];
  #next = 0;
  #closed = false;
  #left = false;
  /** What the reader is told after the last event. */
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;
  readonly #onLeave: () => void;

  /** @param onLeave called when the reader leaves a `for await` before the end */
  constructor(onLeave: () => void = () => undefined) {
    this.#onLeave = onLeave;
  }

  push(event: Event): void {
    if (this.#closed || this.#left) return;
    this.#ready.push(event);
    this.#wakeUp();
  }

  close(): void {
    this.#closed = true;
    this.#wakeUp();
  }

  /** Closes it with an error, which the reader gets after the last event. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.close();
  }

  /** The next event; undefined after the last one. */
  nextEvent(): Promise<Event | undefined> {
    return this.#when(() => this.#take(), undefined);
  }

  /** All events that are ready, at least one: the cheapest way to read. undefined after the last one. */
  nextEvents(): Promise<readonly Event[] | undefined> {
    // What is written in one go is given in one go.
    return this.#when(() => this.#takeAll(), undefined, queueMicrotask);
  }

  [Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    const give = (): IteratorResult<Event, undefined> => ({ done: false, value: this.#take() });
    const end = { done: true, value: undefined } as const;
    return {
      next: () => this.#when(give, end),
      return: () => {
        this.leave();
        return Promise.resolve(end);
      },
    };
  }

  /** Nothing more is read. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#ready = [];
    this.#next = 0;
    if (!this.#closed) this.#onLeave();
    this.#wakeUp();
  }

  /**
   * Something of what is ready, as soon as anything is; `end` after the last event. One promise for each, and none of an
   * async function: this is the path of every event.
   *
   * @param soon when to look after something was written; missing: at once
   */
  #when<Given, End>(give: () => Given, end: End, soon?: (look: () => void) => void): Promise<Given | End> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          if (this.#next < this.#ready.length) resolve(give());
          else if (this.#isOver()) resolve(end);
          else this.#wake = soon === undefined ? look : () => soon(look);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      look();
    });
  }

  /** Throws once what it was closed with. */
  #isOver(): boolean {
    if (!this.#closed && !this.#left) return false;
    const failure = this.#left ? undefined : this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    return true;
  }

  /** Only while there is one. */
  #take(): Event {
    const event = this.#ready[this.#next++] as Event;
    if (this.#next === this.#ready.length) {
      this.#ready = [];
      this.#next = 0;
    }
    return event;
  }

  #takeAll(): readonly Event[] {
    const events = this.#next === 0 ? this.#ready : this.#ready.slice(this.#next);
    this.#ready = [];
    this.#next = 0;
    return events;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
