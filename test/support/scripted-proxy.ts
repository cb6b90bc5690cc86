import type { ServerResponse } from 'node:http';
import { JsonUpstream, WRITTEN, type JsonCall } from './json-upstream.js';

/** One event of a proxied stream. */
export type ProxyEvent = Readonly<Record<string, unknown>>;

/** What a model of the proxy does: events, or what it writes itself. */
export type ProxyScript = readonly ProxyEvent[] | ((response: ServerResponse) => void);

/** Breaks between the events of a slow model, ms. */
const PACE_MS = 2;

/** A proxy that speaks the stream format of agent frameworks; the id of the model chooses what it does. */
export class ScriptedProxy {
  /** How streams ended, in that order. */
  readonly ends: ('completed' | 'aborted')[] = [];
  readonly #service: JsonUpstream;
  readonly #scripts = new Map<string, ProxyScript>();
  readonly #open = new Set<ServerResponse>();
  #waiting: (() => void)[] = [];

  private constructor(service: JsonUpstream) {
    this.#service = service;
    service.route('/api/stream', (call, _n, response) => {
      this.#open.add(response);
      response.once('close', () => {
        this.#open.delete(response);
        this.ends.push(response.writableFinished ? 'completed' : 'aborted');
        if (this.#open.size === 0) for (const wake of this.#waiting.splice(0)) wake();
      });
      this.#play(call, response);
      return WRITTEN;
    });
  }

  static async start(): Promise<ScriptedProxy> {
    return new ScriptedProxy(await JsonUpstream.start());
  }

  get url(): string {
    return this.#service.url;
  }

  get calls(): readonly JsonCall[] {
    return this.#service.calls;
  }

  script(model: string, script: ProxyScript): void {
    this.#scripts.set(model, script);
  }

  /** Resolves when no stream is open. */
  async idle(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => void this.#waiting.push(resolve));
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  #play({ body }: JsonCall, response: ServerResponse): void {
    const model: unknown = Object(body['model']).id;
    const script = this.#scripts.get(String(model));
    if (script === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"canary-upstream: no such model"}');
    } else if (typeof script === 'function') {
      script(response);
    } else {
      void pour(script, response);
    }
  }
}

/** Writes events as a proxy does: a data line each, with no blank line between them. */
export function eventLines(events: readonly ProxyEvent[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n`).join('');
}

/** A whole answer of one text block, one event for each of the pieces. */
export function proxyText(
  pieces: readonly string[],
  usage: ProxyEvent = { input: 3, output: pieces.length },
): ProxyEvent[] {
  return [
    { type: 'start' },
    { type: 'text_start', contentIndex: 0 },
    ...pieces.map((delta) => ({ type: 'text_delta', contentIndex: 0, delta })),
    { type: 'text_end', contentIndex: 0 },
    { type: 'done', reason: 'stop', usage },
  ];
}

async function pour(events: readonly ProxyEvent[], response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) {
    if (response.destroyed) return;
    response.write(eventLines([event]));
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
  response.end();
}
