/** What a limiter says of one request. Numbers are what the `RateLimit-*` headers show. */
export interface RateVerdict {
  readonly allowed: boolean;
  /** Requests a minute, and at once after a pause. */
  readonly limit: number;
  /** Requests that would be allowed now. */
  readonly remaining: number;
  /** s until all of them are there again. */
  readonly reset_seconds: number;
  /** s until one more is allowed; 0 while some remain. */
  readonly retry_seconds: number;
}

/**
 * Counts requests in token buckets: each holds `per_minute` tokens and fills evenly within a minute. Buckets come into
 * being when they are named; an implementation may forget full and long unused ones. Called for every request.
 */
export interface RateLimiter {
  /** Takes one token of a bucket, if it has one. @throws ParleyError `storage_unavailable` if it keeps them elsewhere */
  take(bucket: string, per_minute: number): Promise<RateVerdict>;
}
