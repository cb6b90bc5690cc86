import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/ports/clock.js';
import { connectionLost, failure, invalid } from '../shared/failure.js';
import { isRecord, parseJson, type JsonRecord } from '../shared/json.js';
import { failureOf } from '../shared/upstream-errors.js';
import type { WorkflowConfig } from './request-handler.js';
import { unusable, WorkflowFailure } from './workflow-failure.js';
import { OWN_HEADERS } from '../shared/own-headers.js';

/** Where the requests of one model go, and what they carry there. */
export interface WorkflowClientOptions {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly config: WorkflowConfig;
  /** Go to the origins in `config`, and nowhere else. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly maxAnswer: number;
}

const MAX_REFUSAL = 65_536;

/** Posts JSON for the handlers of one model: every status checked, sizes bounded, redirects not followed. */
export class WorkflowClient {
  readonly #options: WorkflowClientOptions;
  readonly #origins: ReadonlySet<string>;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: WorkflowClientOptions) {
    this.#options = options;
    this.#origins = new Set(originsIn(options.config));
    const own = Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    this.#headers = Object.fromEntries(own.filter(([name]) => !OWN_HEADERS.has(name)));
  }

  /** Texts that no log may show. */
  get secrets(): readonly string[] {
    return Object.values(this.#headers).filter((value) => value.length >= 4);
  }

  /** @throws WorkflowFailure; what the signal's abort makes of it is the caller's to say */
  async post(address: string, body: JsonRecord, signal: AbortSignal): Promise<JsonRecord> {
    const url = httpUrl(address);
    if (url === undefined) throw unusable('cannot be asked: its handler named something that is not an http address');
    const answer = await this.#send(url, JSON.stringify(body), signal);
    const text = await this.#read(answer, signal);
    const parsed = parseJson(text);
    if (!isRecord(parsed)) throw unusable('answered with something other than a JSON object', { body: text });
    return parsed;
  }

  async #send(url: URL, body: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { dispatcher } = this.#options;
    try {
      return await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: {
          'user-agent': 'parley',
          ...(this.#origins.has(url.origin) ? this.#headers : {}),
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body,
        signal,
      });
    } catch (error) {
      throw new WorkflowFailure(connectionLost(error, false));
    }
  }

  async #read({ statusCode, headers, body }: Dispatcher.ResponseData, signal: AbortSignal): Promise<string> {
    const refused = statusCode < 200 || statusCode >= 300;
    const type = String(headers['content-type'] ?? '').toLowerCase();
    const most = refused ? MAX_REFUSAL : this.#options.maxAnswer;
    const { text, whole } = await readUpTo(body, most, signal);
    if (refused) {
      const refusal = { status: statusCode, headers, body: text };
      throw new WorkflowFailure(failureOf(refusal, this.#options.clock.now()));
    }
    if (!whole) throw new WorkflowFailure(failure('upstream_too_large', 'sent an answer that is longer than allowed'));
    if ((headers['content-encoding'] ?? 'identity') !== 'identity')
      throw unusable('sent a compressed answer that was not asked for');
    if (type.includes('text/html')) throw new WorkflowFailure(invalid('answered with a web page'));
    return text;
  }
}

async function readUpTo(
  body: Dispatcher.ResponseData['body'],
  most: number,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly whole: boolean }> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > most) break;
      parts.push(part);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    throw new WorkflowFailure(connectionLost(error, true));
  }
  return { text: Buffer.concat(parts).toString(), whole: bytes <= most };
}

/** An http or https address without a user name and a password in it. */
export function httpUrl(text: unknown): URL | undefined {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** The origins of all addresses in a configuration. */
function originsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    const url = httpUrl(value);
    return url === undefined ? [] : [url.origin];
  }
  if (Array.isArray(value)) return value.flatMap(originsIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === 'headers' ? [] : originsIn(inner)));
}
