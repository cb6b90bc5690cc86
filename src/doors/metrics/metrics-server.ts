import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { isLoopbackAddress, isLoopbackHost } from '../wire/loopback.js';
import { limitServer } from '../wire/server-limits.js';

/** Whoever reads metrics does so one at a time. */
const MOST_CONNECTIONS = 64;

export interface MetricsServerOptions {
  readonly host: string;
  /** 0: there is none. */
  readonly port: number;
  /** Somebody named the port: what cannot be opened stops the start, else a warning is enough. */
  readonly port_given: boolean;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The management port: `GET /metrics` without a key, and nothing else. */
export class MetricsServer {
  #server: Server | undefined;

  constructor(private readonly options: MetricsServerOptions) {}

  /** @throws ParleyError naming the port and its settings, when it was asked for and cannot be opened */
  async listen(): Promise<void> {
    const { host, port, port_given, logger } = this.options;
    if (port === 0) return;
    const server = createServer((request, response) => void this.#answer(request, response));
    server.maxConnections = MOST_CONNECTIONS;
    limitServer(server, (error) => logger.debug({ code: error.code }, error.message));
    try {
      await listening(server, port, host);
    } catch (error) {
      const detail =
        `cannot open the port of the metrics, ${host}:${port} (${codeOf(error)}); ` +
        'set another one with metrics.port or PARLEY_METRICS_PORT, or 0 for none';
      if (port_given) throw new ParleyError('internal', detail, { cause: error });
      logger.warn(`${detail}; the server goes on without it`);
      return;
    }
    this.#server = server;
    logger.info({ host, port }, 'metrics are served at /metrics of their own port');
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, metrics } = this.options;
    const [path] = (request.url ?? '').split('?');
    // A page that a foreign name makes point here must not read it.
    if (isLoopbackAddress(host) && !isLoopbackHost(request.headers.host)) return refuse(response, 421);
    if (path !== '/metrics') return refuse(response, 404);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, { allow: 'GET, HEAD' });
    try {
      const text = await metrics.text();
      response.writeHead(200, { ...HEADERS, 'content-type': metrics.contentType });
      response.end(text);
    } catch {
      refuse(response, 500);
    }
  }
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

function refuse(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...HEADERS, ...headers, 'content-type': 'text/plain; charset=utf-8' });
  response.end('Only GET /metrics is here.\n');
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
