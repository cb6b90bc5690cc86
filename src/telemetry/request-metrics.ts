import type { IncomingMessage, ServerResponse } from 'node:http';
import { Gauge, Histogram } from 'prom-client';
import { REQUEST_SECONDS } from './buckets.js';
import type { Metrics } from './metrics.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Measures requests by method, route and status (names of OpenTelemetry's HTTP conventions). A stream counts until it
 * ends. What no route took, refusals included, has an empty route.
 *
 * @returns a step to be taken first for every request
 */
export function measureRequests(metrics: Metrics): (request: IncomingMessage, response: ServerResponse) => void {
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Requests until their answer, or their stream, had ended.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: REQUEST_SECONDS,
    registers: [metrics.registry],
  });
  const active = new Gauge({
    name: 'http_server_active_requests',
    help: 'Requests that are being answered, streams included.',
    registers: [metrics.registry],
  });
  return (request, response) => {
    const start = performance.now();
    active.inc();
    response.once('close', () => {
      active.dec();
      const labels = {
        http_request_method: METHODS.has(request.method ?? '') ? (request.method ?? '') : '_OTHER',
        http_route: routeOf(request),
        http_response_status_code: String(response.statusCode),
      };
      duration.observe(labels, (performance.now() - start) / 1000);
    });
  };
}

/** The pattern a route was declared with, such as `/conversations/:id`. */
function routeOf(request: object): string {
  const route: unknown = 'route' in request ? request.route : undefined;
  const path: unknown = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  return typeof path === 'string' ? path : '';
}
