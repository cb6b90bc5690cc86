import type { Request } from 'express';
import type { IncomingMessage } from 'node:http';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { RateLimiter } from '../core/ports/rate-limiter.js';
import type { Authenticator } from './authenticator.js';
import { setCaller } from './caller.js';
import { clientAddress } from './client-address.js';
import { credentialOf } from './credential.js';
import { isPublicPath } from './public-paths.js';
import { takeQueryKey } from './query-key.js';
import { tooMany } from './rate-limit.middleware.js';

export interface AuthenticateOptions {
  readonly authenticator: Authenticator;
  readonly limiter: RateLimiter;
  /** Of one address. Right keys from it are let in all the same. */
  readonly wrong_keys_per_minute: number;
  /** Whether the doors that may have a key in their query take it from there. */
  readonly allow_query_key: boolean;
}

/**
 * Authenticates every request before anything looks at its path or body, known address or not.
 *
 * @returns a step that throws ParleyError `unauthenticated`, `forbidden` or `rate_limited`, but not at public addresses
 */
export function authenticate(options: AuthenticateOptions): (request: Request) => Promise<void> {
  return async (request) => {
    const inQuery = takeQueryKey(request);
    const credential = credentialOf(request) ?? (options.allow_query_key ? inQuery : undefined);
    try {
      setCaller(request, options.authenticator.authenticate(credential));
    } catch (error) {
      const reason = await refusal(request, error, options);
      if (!isPublicPath(request.path)) throw reason;
    }
  };
}

/** Counts wrong keys: whoever tries many of them is told to wait instead of being told that they are wrong. */
export async function refusal(
  request: IncomingMessage,
  error: unknown,
  options: Pick<AuthenticateOptions, 'limiter' | 'wrong_keys_per_minute'>,
): Promise<unknown> {
  if (!(error instanceof ParleyError) || error.code !== 'forbidden') return error;
  const bucket = `wrong keys of ${clientAddress(request)}`;
  const verdict = await options.limiter.take(bucket, options.wrong_keys_per_minute);
  return verdict.allowed ? error : tooMany(verdict, 'too many wrong keys from this address');
}
