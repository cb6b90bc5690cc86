import type { Request, Response } from 'express';
import { ANONYMOUS } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { RateLimiter, RateVerdict } from '../core/ports/rate-limiter.js';
import { callerOf } from './caller.js';
import { clientAddress } from './client-address.js';
import { isPublicPath } from './public-paths.js';

export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  /** Of one key. */
  readonly per_minute: number;
  /** Whether callers without a key are counted, each address for itself. */
  readonly count_anonymous: boolean;
}

/**
 * Counts the requests of each key and says in every answer how many are left.
 *
 * @returns a step that throws ParleyError `rate_limited`
 */
export function limitRate(options: RateLimitOptions): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    const bucket = bucketOf(request, options);
    if (bucket === undefined) return;
    const verdict = await options.limiter.take(bucket, options.per_minute);
    tell(verdict, response);
    // A probe is answered whatever else its key does.
    if (!verdict.allowed && !isPublicPath(request.path))
      throw tooMany(verdict, `more than ${verdict.limit} requests a minute`);
  };
}

/** @returns the refusal of what was over a limit */
export function tooMany({ retry_seconds }: RateVerdict, what: string): ParleyError {
  return new ParleyError('rate_limited', `${what}; try again in ${retry_seconds} s`, { retryAfter: retry_seconds });
}

/** Whoever may not be counted, or is nobody (on an address that is open to everybody), has no bucket. */
function bucketOf(request: Request, options: RateLimitOptions): string | undefined {
  const caller = callerOf(request);
  if (caller === undefined) return undefined;
  if (caller.tenant !== ANONYMOUS) return `key ${caller.tenant}`;
  return options.count_anonymous && !isPublicPath(request.path) ? `address ${clientAddress(request)}` : undefined;
}

function tell({ limit, remaining, reset_seconds }: RateVerdict, response: Response): void {
  response.setHeader('RateLimit-Limit', limit);
  response.setHeader('RateLimit-Remaining', remaining);
  response.setHeader('RateLimit-Reset', reset_seconds);
  response.setHeader('X-RateLimit-Limit', limit);
  response.setHeader('X-RateLimit-Remaining', remaining);
  response.setHeader('X-RateLimit-Reset', reset_seconds);
}
