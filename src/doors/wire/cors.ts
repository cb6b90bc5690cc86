import type { Request, Response } from 'express';
import { callerOf } from '../../auth/caller.js';
import { isPublicPath } from '../../auth/public-paths.js';
import { ANONYMOUS } from '../../core/kernel/ids.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { OriginPolicy } from './origins.js';

/** Headers of an answer that a page may read. */
const EXPOSED = [
  'X-Conversation-Id',
  'X-Run-Id',
  'X-Request-Id',
  'Location',
  'Preference-Applied',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
].join(', ');
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const HEADERS =
  'Content-Type, Authorization, X-API-Key, X-Request-Id, Idempotency-Key, Last-Event-ID, Prefer, Cache-Control';
/** s that a browser may keep what a preflight said. */
const KEPT_SECONDS = '600';
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Tells browsers which pages may read the answers, and answers their preflights: without a key, since they send none.
 * Cookies are never asked for, so a page has no power but that of a key it was given.
 */
export function cors(origins: OriginPolicy): (request: Request, response: Response) => void {
  return (request, response) => {
    response.setHeader('vary', 'Origin');
    const { origin, host } = request.headers;
    if (origin === undefined || !origins.allows(origin, host)) return;
    response.set('access-control-allow-origin', origins.everybody ? '*' : origin);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      response.set('access-control-expose-headers', EXPOSED);
      return;
    }
    response.vary('Access-Control-Request-Method').vary('Access-Control-Request-Headers');
    response.set({
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': HEADERS,
      'access-control-max-age': KEPT_SECONDS,
    });
    response.status(204).end();
  };
}

/**
 * Keeps foreign pages from acting through the browser of somebody whom the server lets in without a key: what changes
 * something, and what a browser says is loaded by another site. With a key it is the key that counts.
 *
 * @returns a step that throws ParleyError `forbidden`
 */
export function refuseForeignPages(origins: OriginPolicy): (request: Request) => void {
  return (request) => {
    const { origin, host } = request.headers;
    const anonymous = callerOf(request)?.tenant === ANONYMOUS;
    if (!anonymous || isPublicPath(request.path) || (origin !== undefined && origins.allows(origin, host))) return;
    const changes = origin !== undefined && !SAFE.has(request.method);
    if (changes || request.headers['sec-fetch-site'] === 'cross-site')
      throw new ParleyError('forbidden', 'pages of this origin are not let in: add it to server.cors_origins');
  };
}
