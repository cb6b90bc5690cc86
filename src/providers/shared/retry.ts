import type { Clock } from '../../core/ports/clock.js';
import type { Failure } from './failure.js';

/** How failed calls are repeated. Times in ms. */
export interface RetryOptions {
  readonly retries: number;
  /** The first wait is up to twice this, the next up to twice as long. */
  readonly baseMs: number;
  readonly capMs: number;
  /** Longest wait on an upstream's word. */
  readonly longestRetryAfterMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { retries: 2, baseMs: 500, capMs: 8_000, longestRetryAfterMs: 30_000 };

/** Wait before repeating a call for the `n`-th time (from 1), or undefined if the upstream asks for too long. */
export function retryWait(reason: Failure, n: number, options: RetryOptions, random: () => number): number | undefined {
  const asked = reason.retryAfterMs ?? 0;
  if (asked > options.longestRetryAfterMs) return undefined;
  const spread = Math.min(options.capMs, options.baseMs * 2 ** n);
  return asked + random() * (asked > 0 ? Math.min(spread, options.baseMs) : spread);
}

const WINDOW_MS = 60_000;
const SHARE = 0.2;
/** So that a model that is asked rarely may be asked again at all. */
const ALWAYS_ALLOWED = 10;

/** Keeps the repeated calls of a provider under 20 % of its calls, so that a sick upstream is not flooded. */
export class RetryBudget {
  readonly #clock: Clock;
  #since: number;
  #calls = 0;
  #retries = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** A call was made for the first time. */
  count(): void {
    const now = this.#clock.now();
    // A wall clock may jump; a window then ends early, which gives away no more than one window's allowance.
    if (now - this.#since > WINDOW_MS || now < this.#since) {
      this.#since = now;
      this.#calls = 0;
      this.#retries = 0;
    }
    this.#calls++;
  }

  /** Takes one repetition out of the budget, if there is one left. */
  take(): boolean {
    if (this.#retries >= Math.max(ALWAYS_ALLOWED, Math.floor(this.#calls * SHARE))) return false;
    this.#retries++;
    return true;
  }

  /** The repetition that was taken was not made. */
  giveBack(): void {
    this.#retries = Math.max(0, this.#retries - 1);
  }
}
