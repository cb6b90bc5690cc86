/**
 * Addresses that are open without a key, exactly as written. Another spelling of one (case, slashes, escapes) is not in
 * the set and so needs a key: what is not sure to be public is closed.
 */
const PUBLIC: ReadonlySet<string> = new Set([
  '/',
  '/health',
  '/health/live',
  '/health/ready',
  '/health/startup',
  '/openapi.json',
  '/asyncapi.json',
  '/docs',
  '/docs/',
  '/redoc',
  '/redoc/',
]);

/** Files of the documentation pages. */
const PUBLIC_FILES = /^\/(docs|redoc)\/[A-Za-z0-9._-]{1,80}$/;

/** Whether a request path needs no key. */
export function isPublicPath(path: string): boolean {
  return PUBLIC.has(path) || PUBLIC_FILES.test(path);
}
