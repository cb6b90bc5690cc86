import type { Clock } from '../../core/ports/clock.js';
import { CircuitBreaker, type BreakerOptions } from '../shared/circuit-breaker.js';
import { FULL_DIALECT, type Dialect } from './dialect.js';

/** What was found out about one model of an upstream. */
export interface LearnedModel {
  /** Learned from refusals; calls write it. */
  dialect: Dialect;
  readonly breaker: CircuitBreaker;
}

const MOST_REMEMBERED = 256;

/** The models of one upstream by their ids there. Ids may come from callers, so the oldest are forgotten. */
export class LearnedModels {
  readonly #clock: Clock;
  readonly #breaker: Partial<BreakerOptions>;
  readonly #models = new Map<string, LearnedModel>();

  constructor(clock: Clock, breaker: Partial<BreakerOptions> = {}) {
    this.#clock = clock;
    this.#breaker = breaker;
  }

  of(upstreamId: string): LearnedModel {
    const known = this.#models.get(upstreamId);
    if (known !== undefined) return known;
    const [oldest] = this.#models.keys();
    if (oldest !== undefined && this.#models.size >= MOST_REMEMBERED) this.#models.delete(oldest);
    const fresh = { dialect: FULL_DIALECT, breaker: new CircuitBreaker(this.#clock, this.#breaker) };
    this.#models.set(upstreamId, fresh);
    return fresh;
  }
}
