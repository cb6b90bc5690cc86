import type { IncomingMessage } from 'node:http';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { isLoopbackHost } from './loopback.js';

/** Header fields of a request. */
const MOST_FIELDS = 100;

/**
 * Refuses requests by their head alone: a target that is no path (it names a host of its own), too many fields, TRACE
 * (it would give a page its own headers back), and a foreign `Host` on a loopback address.
 *
 * @returns a step that throws ParleyError `malformed_request`, `headers_too_large`, `method_not_allowed`,
 * `misdirected_request`
 */
export function checkRequest(options: { readonly loopback: boolean }): (request: IncomingMessage) => void {
  return (request) => {
    if (request.url?.startsWith('/') !== true && request.url !== '*')
      throw new ParleyError('malformed_request', 'the target of a request must be a path');
    if (request.rawHeaders.length / 2 > MOST_FIELDS)
      throw new ParleyError('headers_too_large', `a request may have ${MOST_FIELDS} header fields at most`);
    if (request.method === 'TRACE') throw new ParleyError('method_not_allowed', 'TRACE is not answered');
    if (options.loopback && !isLoopbackHost(request.headers.host)) {
      const detail = 'this server listens on this machine only: use localhost or 127.0.0.1 as the host';
      throw new ParleyError('misdirected_request', detail);
    }
  };
}

/**
 * Takes the base path off, for a proxy that leaves it on: what is behind it sees one address only.
 *
 * @param basePath empty, or begins with `/` and does not end with it
 */
export function stripBasePath(basePath: string): (request: IncomingMessage) => void {
  return (request) => {
    const { url = '' } = request;
    if (basePath === '' || !url.startsWith(basePath)) return;
    const rest = url.slice(basePath.length);
    if (rest === '' || rest.startsWith('?')) request.url = `/${rest}`;
    else if (rest.startsWith('/')) request.url = rest;
  };
}
