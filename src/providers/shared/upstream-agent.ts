import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { DEFAULT_LIMITS } from './exchange-limits.js';

/**
 * The connections to all upstreams of a process: kept alive, as many as there are calls, one call at a time each (HTTP/1.1,
 * so that an abort closes exactly its own). No proxy from the environment, no redirects, no timers of undici's own
 * but the one that clears away connections that never opened.
 */
export function createUpstreamAgent(connectMs: number = DEFAULT_LIMITS.connectMs): Dispatcher {
  return new Agent({
    connections: null,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 15_000,
    connect: { timeout: connectMs + 1_000 },
  });
}
