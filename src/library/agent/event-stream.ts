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
  async nextEvent(): Promise<Event | undefined> {
    while (this.#next >= this.#ready.length) {
      if (this.#isOver()) return undefined;
      await this.#news();
    }
    return this.#take();
  }

  /** All events that are ready, at least one: the cheapest way to read. undefined after the last one. */
  async nextEvents(): Promise<readonly Event[] | undefined> {
    while (this.#next >= this.#ready.length) {
      if (this.#isOver()) return undefined;
      await this.#news();
    }
    const events = this.#next === 0 ? this.#ready : this.#ready.slice(this.#next);
    this.#ready = [];
    this.#next = 0;
    return events;
  }

  [Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    return {
      next: () => (this.#next < this.#ready.length ? Promise.resolve(this.#result()) : this.#later()),
      return: () => {
        this.leave();
        return Promise.resolve({ done: true, value: undefined });
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

  async #later(): Promise<IteratorResult<Event, undefined>> {
    while (this.#next >= this.#ready.length) {
      if (this.#isOver()) return { done: true, value: undefined };
      await this.#news();
    }
    return this.#result();
  }

  /** Throws once what it was closed with. */
  #isOver(): boolean {
    if (!this.#closed && !this.#left) return false;
    const failure = this.#left ? undefined : this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    return true;
  }

  #result(): IteratorResult<Event, undefined> {
    return { done: false, value: this.#take() };
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

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
