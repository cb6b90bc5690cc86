import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it came. */
export interface JsonCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a route answers: JSON with 200, or what it writes itself. */
export type JsonRoute = (call: JsonCall, n: number, response: ServerResponse) => unknown;

/** A route that has written its answer itself, or leaves the caller waiting. */
export const WRITTEN = Symbol('written');

/** A plain JSON service for workflows: routes by path, every call recorded. */
export class JsonUpstream {
  readonly calls: JsonCall[] = [];
  /** Calls that the caller gave up before they were answered. */
  cut = 0;
  readonly #server: Server;
  readonly #routes = new Map<string, JsonRoute>();
  #url = '';

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const path = request.url ?? '';
        const call = { path, headers: request.headers, body: parse(Buffer.concat(parts).toString()) };
        this.calls.push(call);
        response.once('close', () => {
          if (!response.writableFinished) this.cut++;
        });
        void this.#answer(call, response);
      });
    });
  }

  static async start(): Promise<JsonUpstream> {
    const upstream = new JsonUpstream();
    await new Promise<void>((resolve) => {
      upstream.#server.listen(0, '127.0.0.1', resolve);
    });
    upstream.#url = `http://127.0.0.1:${(upstream.#server.address() as AddressInfo).port}`;
    return upstream;
  }

  get url(): string {
    return this.#url;
  }

  /** Sets a route; the address it has. */
  route(path: string, route: JsonRoute): string {
    this.#routes.set(path, route);
    return `${this.#url}${path}`;
  }

  callsTo(path: string): readonly JsonCall[] {
    return this.calls.filter((call) => call.path === path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #answer(call: JsonCall, response: ServerResponse): Promise<void> {
    const route = this.#routes.get(call.path);
    const answer = route === undefined ? undefined : await route(call, this.callsTo(call.path).length, response);
    if (answer === WRITTEN || response.writableEnded) return;
    if (answer === undefined) response.writeHead(404).end('{}');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }
}

/** A route that answers with another status. */
export function status(
  code: number,
  headers: Readonly<Record<string, string>> = {},
  body = '{"error":"canary-upstream"}',
): JsonRoute {
  return (_call, _n, response) => {
    response.writeHead(code, headers).end(body);
    return WRITTEN;
  };
}

/** The text an agent of the multi-agent loop answers with. */
export function spoken(argument: string): string {
  return JSON.stringify({ action_type: 'speak', argument, to: [] });
}

function parse(text: string): Readonly<Record<string, unknown>> {
  return (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
}
