import type { Clock } from '../core/ports/clock.js';
import type { RateLimiter, RateVerdict } from '../core/ports/rate-limiter.js';

/** Buckets that are kept; beyond it the longest unused one is forgotten. About 200 bytes each. */
const MOST_BUCKETS = 20_000;
const MINUTE_MS = 60_000;

interface Bucket {
  tokens: number;
  /** When `tokens` was right, ms. */
  at: number;
}

/** Token buckets of this process. */
export class MemoryRateLimiter implements RateLimiter {
  /** In the order of their last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    private readonly clock: Clock,
    private readonly most = MOST_BUCKETS,
  ) {}

  get size(): number {
    return this.#buckets.size;
  }

  async take(name: string, per_minute: number): Promise<RateVerdict> {
    const now = this.clock.now();
    const bucket = this.#buckets.get(name) ?? { tokens: per_minute, at: now };
    const rate = per_minute / MINUTE_MS;
    // A clock that was set back gives nothing and takes nothing.
    bucket.tokens = Math.min(per_minute, bucket.tokens + Math.max(0, now - bucket.at) * rate);
    bucket.at = now;
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    this.#forget();
    const missing = Math.max(0, 1 - bucket.tokens);
    return {
      allowed,
      limit: per_minute,
      remaining: Math.floor(bucket.tokens),
      reset_seconds: Math.ceil((per_minute - bucket.tokens) / rate / 1000),
      retry_seconds: Math.ceil(missing / rate / 1000),
    };
  }

  #forget(): void {
    if (this.#buckets.size <= this.most) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
