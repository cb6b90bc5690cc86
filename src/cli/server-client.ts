import { setTimeout as pause } from 'node:timers/promises';
import { ParleyError, type FieldProblem } from '../core/kernel/parley-error.js';
import { SseReader } from './sse-reader.js';

export type Json = Readonly<Record<string, unknown>>;

/** Tries in a row to get a stream back, and the time between them, ms. */
const MOST_TRIES = 10;
const BETWEEN_TRIES_MS = 1_000;

export interface StreamRequest {
  readonly path: string;
  /** Absent: GET. */
  readonly body?: Json;
  /** Where the stream is taken up again after a break, known by the headers of its answer. Absent: at the same path. */
  readonly resumeAt?: (headers: Headers) => string;
  /** Called when the stream is open. */
  readonly onOpen?: (headers: Headers) => void;
}

/** Talks to a server over HTTP, as any client does. */
export class ServerClient {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param base address of the server, base path included */
  constructor(base: string, key: string | undefined) {
    this.#base = base.replace(/\/+$/, '');
    this.#headers = key === undefined ? {} : { 'x-api-key': key };
  }

  /** @throws ParleyError with the server's own words, when it refuses, and when it cannot be reached */
  async call(method: string, path: string, body?: Json): Promise<Json> {
    const response = await this.#send(method, path, body);
    const text = await response.text();
    return text === '' ? {} : asJson(JSON.parse(text));
  }

  /**
   * The frames of a stream. A broken one is taken up again behind its last frame, until whoever reads it has enough, or it
   * has nothing more to give.
   *
   * @throws ParleyError like `call`
   */
  async *stream(request: StreamRequest): AsyncGenerator<Json> {
    let cursor = '';
    let path = request.path;
    let body = request.body;
    for (let tries = 0; ;) {
      try {
        const method = body === undefined ? 'GET' : 'POST';
        const resume = cursor === '' ? {} : { 'last-event-id': cursor };
        const response = await this.#send(method, path, body, { accept: 'text/event-stream', ...resume });
        if (response.status === 204) return;
        if (body !== undefined || tries === 0) request.onOpen?.(response.headers);
        if (body !== undefined && request.resumeAt !== undefined) path = request.resumeAt(response.headers);
        body = undefined;
        for await (const { id, data } of eventsOf(response)) {
          tries = 0;
          cursor = id;
          yield asJson(JSON.parse(data));
        }
      } catch (error) {
        if (isRefusal(error) || body !== undefined) throw error;
      }
      // The stream ended or broke, and its reader wants more.
      if (++tries > MOST_TRIES) throw new ParleyError('upstream_unavailable', `the stream of ${this.#base} broke off`);
      await pause(BETWEEN_TRIES_MS);
    }
  }

  async #send(method: string, path: string, body?: Json, headers: Json = {}): Promise<Response> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = {
      method,
      headers: { ...this.#headers, ...type, ...(headers as Record<string, string>) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    let response: Response;
    try {
      response = await fetch(`${this.#base}${path}`, init);
    } catch (error) {
      const { cause = error } = error instanceof Error ? error : {};
      const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
      throw new ParleyError(
        'upstream_unavailable',
        `${this.#base} cannot be reached (${typeof code === 'string' ? code : 'no answer'})`,
      );
    }
    if (response.ok) return response;
    throw refusalOf(response.status, await response.text());
  }
}

/** The problem document of an answer (RFC 9457) as an error. What is no such document is not shown. */
function refusalOf(status: number, text: string): ParleyError {
  let problem: Json = {};
  try {
    problem = asJson(JSON.parse(text));
  } catch {
    // Somebody else answered: a proxy, say.
  }
  const { detail, errors } = problem;
  const message = typeof detail === 'string' ? detail : `the server answered ${status}`;
  const problems = Array.isArray(errors) ? errors.flatMap(toFieldProblem) : [];
  return new ParleyError(status === 422 ? 'invalid_request' : status === 409 ? 'conflict' : 'internal', message, {
    problems,
    retryable: status === 503,
  });
}

function toFieldProblem(value: unknown): FieldProblem[] {
  const { pointer, message } = asJson(value);
  return typeof pointer === 'string' && typeof message === 'string' ? [{ pointer, message }] : [];
}

/** What the server said; everything else is a break, after which it is asked again. */
function isRefusal(error: unknown): boolean {
  return error instanceof ParleyError && error.code !== 'upstream_unavailable' && !error.retryable;
}

async function* eventsOf(response: Response): AsyncGenerator<{ readonly id: string; readonly data: string }> {
  const reader = new SseReader();
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) yield* reader.push(decoder.decode(chunk, { stream: true }));
}

export function asJson(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
