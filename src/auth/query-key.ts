import type { IncomingMessage } from 'node:http';

/** Addresses that take a key in the query, for browsers: GET only. */
const DOORS: ReadonlySet<string> = new Set(['/chat/blocking', '/chat/stream', '/ping']);
const PARAMETER = 'x_api_key';

/** A request whose address may still be read by whoever comes later. */
type Addressed = IncomingMessage & { originalUrl?: string };

/**
 * Takes the key out of a request's query, at the addresses that may have one there. It is not in the address any more then:
 * nothing behind this can show it.
 *
 * @returns the key; several are joined to what is no key, as several headers are
 */
export function takeQueryKey(request: Addressed): string | undefined {
  const { method, url = '', originalUrl } = request;
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const [path = ''] = url.split('?', 1);
  if (!DOORS.has(path) || !url.includes(PARAMETER)) return undefined;
  const { rest, keys } = split(url);
  request.url = rest;
  if (originalUrl !== undefined) request.originalUrl = split(originalUrl).rest;
  return keys.length === 0 ? undefined : keys.join(', ');
}

function split(url: string): { readonly rest: string; readonly keys: readonly string[] } {
  const at = url.indexOf('?');
  if (at < 0) return { rest: url, keys: [] };
  const query = new URLSearchParams(url.slice(at + 1));
  const keys = query.getAll(PARAMETER);
  query.delete(PARAMETER);
  const left = query.toString();
  return { rest: left === '' ? url.slice(0, at) : `${url.slice(0, at)}?${left}`, keys };
}
