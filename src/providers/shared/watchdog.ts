import type { Clock } from '../../core/ports/clock.js';

/** Something that counts time in ticks. */
export interface Watched {
  tick(ms: number): void;
}

/**
 * One timer for all calls of a provider. A call only notes that it heard something; the tick looks. So a token costs
 * no timer and no look at the clock, and limits are kept to within one tick.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #cancel: (() => void) | undefined;
  readonly tickMs: number;

  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.tickMs = tickMs;
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    this.#cancel ??= this.#clock.after(this.tickMs, this.#tick);
  }

  /** The timer stays until its next tick: calls that follow one another need not set it again. */
  remove(watched: Watched): void {
    this.#watched.delete(watched);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  readonly #tick = (): void => {
    this.#cancel = this.#watched.size === 0 ? undefined : this.#clock.after(this.tickMs, this.#tick);
    for (const watched of this.#watched) watched.tick(this.tickMs);
  };
}
