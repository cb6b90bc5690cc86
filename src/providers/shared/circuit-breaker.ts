import type { Clock } from '../../core/ports/clock.js';
import { failure, type Failure } from './failure.js';

/** When a breaker opens, and how it looks for the end of an outage. Times in ms. */
export interface BreakerOptions {
  /** So many failures in a row … */
  readonly failures: number;
  /** … within this time open it. */
  readonly windowMs: number;
  /** Pause between two calls that are let through to look, as a share of the outage so far … */
  readonly share: number;
  /** … and its bounds. */
  readonly shortestPauseMs: number;
  readonly longestPauseMs: number;
  /** Longest pause on an upstream's word. */
  readonly longestRetryAfterMs: number;
}

export const DEFAULT_BREAKER: BreakerOptions = {
  failures: 5,
  windowMs: 10_000,
  share: 0.05,
  shortestPauseMs: 100,
  longestPauseMs: 5_000,
  longestRetryAfterMs: 30_000,
};

/** An outage under way, and the pause in it. */
interface Outage {
  readonly since: number;
  pausedAt: number;
  pauseMs: number;
}

/**
 * Spares an upstream that is down, and its callers the wait. After some failures in a row it opens: calls fail at once,
 * but for one after each pause, which looks. The first that is answered closes it. The pause grows with the outage, so
 * that its end is seen within a twentieth of its time: a short one costs few good calls, a long one few useless ones.
 */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #options: BreakerOptions;
  /** Times of the last failures, none of them followed by an answer. */
  #failures: number[] = [];
  #open: Outage | undefined;

  constructor(clock: Clock, options: Partial<BreakerOptions> = {}) {
    this.#clock = clock;
    this.#options = { ...DEFAULT_BREAKER, ...options };
  }

  /** Whether a call may be made now. A call let through while it is open begins the next pause. */
  admit(): boolean {
    const open = this.#open;
    if (open === undefined) return true;
    const now = this.#clock.now();
    // A wall clock may be set back; a call too many does no harm.
    if (now >= open.pausedAt && now < open.pausedAt + open.pauseMs) return false;
    this.#pause(open, now);
    return true;
  }

  /** The upstream answered, be it with a refusal. */
  answered(): void {
    this.#failures = [];
    this.#open = undefined;
  }

  /** What became of a call that was not answered. Faults of the call itself say nothing of the upstream. */
  failed(reason: Failure): void {
    const verdict = verdictOf(reason);
    if (verdict === 'answered') this.answered();
    if (verdict !== 'down') return;
    const now = this.#clock.now();
    const { retryAfterMs = 0 } = reason;
    if (this.#open === undefined) this.#count(now);
    else if (retryAfterMs === 0) return;
    if (this.#open !== undefined) this.#pause(this.#open, now, retryAfterMs);
  }

  /** What a caller is told whose call was not admitted. */
  refusal(): Failure {
    const { pausedAt, pauseMs } = this.#open ?? { pausedAt: 0, pauseMs: 0 };
    const retryAfterMs = Math.max(1, pausedAt + pauseMs - this.#clock.now());
    return failure('upstream_unavailable', 'failed several times in a row and is left alone for a moment', {
      retryable: true,
      unhealthy: true,
      retryAfterMs,
    });
  }

  #count(now: number): void {
    const { failures, windowMs } = this.#options;
    this.#failures = [...this.#failures.filter((at) => at <= now && now - at < windowMs), now];
    const [since = now] = this.#failures;
    if (this.#failures.length >= failures) this.#open = { since, pausedAt: now, pauseMs: 0 };
  }

  #pause(open: Outage, now: number, asked = 0): void {
    const { share, shortestPauseMs, longestPauseMs, longestRetryAfterMs } = this.#options;
    const usual = Math.min(longestPauseMs, Math.max(shortestPauseMs, (now - open.since) * share));
    open.pausedAt = now;
    open.pauseMs = Math.max(usual, Math.min(asked, longestRetryAfterMs));
  }
}

function verdictOf({ code, unhealthy }: Failure): 'down' | 'answered' | 'unknown' {
  switch (code) {
    case 'upstream_unavailable':
    case 'upstream_timeout':
      return unhealthy ? 'down' : 'unknown';
    // It began to answer, or something before it did: it may be up or down.
    case 'upstream_truncated':
    case 'upstream_invalid':
      return 'unknown';
    default:
      return 'answered';
  }
}
