import { recordAnswer } from './scan/record.js';

/** One dispatched event of a stream, by the algorithm of WHATWG HTML 9.2.6. */
export interface SseFrame {
  /** The last event id as of this frame. */
  readonly id: string;
  readonly data: string;
}

/** Parses a whole or growing stream; keeps what is not complete yet. */
export class SseParser {
  lastId = '';
  retry: number | undefined;
  comments = 0;
  #rest = '';
  #data: string[] = [];

  push(text: string): SseFrame[] {
    const frames: SseFrame[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (this.#data.length > 0) frames.push({ id: this.lastId, data: this.#data.join('\n') });
        this.#data = [];
      } else this.#field(line);
    }
    return frames;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) {
      this.comments++;
      return;
    }
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'id') this.lastId = value;
    else if (name === 'retry') this.retry = Number(value);
    else throw new Error(`unexpected field in the stream: ${line}`);
  }
}

export interface StreamOptions {
  readonly lastEventId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Leave after so many frames. How many a text is, is the server's business. */
  readonly frames?: number;
  /** Leave once it holds of all frames so far. */
  readonly until?: (frames: readonly SseFrame[]) => boolean;
  readonly signal?: AbortSignal;
}

export interface StreamResult {
  readonly status: number;
  readonly headers: Headers;
  readonly frames: readonly SseFrame[];
  readonly lastId: string;
  /** Whether the server ended the stream (and not this client). */
  readonly ended: boolean;
}

/** Reads an event stream to its end, or leaves it after a number of frames. */
export async function readStream(url: string, options: StreamOptions = {}): Promise<StreamResult> {
  const leave = new AbortController();
  const signal = options.signal === undefined ? leave.signal : AbortSignal.any([leave.signal, options.signal]);
  const last = options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId };
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...last, ...options.headers }, signal });
  const frames: SseFrame[] = [];
  const parser = new SseParser();
  const result = (ended: boolean): StreamResult => {
    const kept = options.frames === undefined ? frames : frames.slice(0, options.frames);
    return {
      status: response.status,
      headers: response.headers,
      frames: kept,
      lastId: kept.at(-1)?.id ?? parser.lastId,
      ended,
    };
  };
  if (response.body === null || options.frames === 0) {
    leave.abort();
    return result(response.body === null);
  }
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    const text = decoder.decode(chunk as Uint8Array, { stream: true });
    recordAnswer(url, text);
    frames.push(...parser.push(text));
    // Leaving the loop cancels the body, which closes the connection.
    if (options.frames !== undefined && frames.length >= options.frames) return result(false);
    if (options.until?.(frames) === true) return result(false);
  }
  return result(true);
}

/** Facts and texts of a canonical stream, as a client that joins several connections keeps them. */
export class CanonicalReader {
  readonly facts: Record<string, unknown>[] = [];
  readonly texts = new Map<string, string>();
  cursor = '';

  take(frames: readonly SseFrame[]): void {
    for (const frame of frames) {
      const event = JSON.parse(frame.data) as Record<string, unknown>;
      if (event['type'] === 'message_update') this.#text(event);
      else this.facts.push(event);
      this.cursor = frame.id;
    }
  }

  /** Facts without what may differ between two readers: the cursor's offsets are what each was given. */
  comparable(): unknown[] {
    return this.facts.map(({ cursor: _cursor, ...fact }) => fact);
  }

  #text(event: Record<string, unknown>): void {
    const id = String(event['message_id']);
    const before = this.texts.get(id) ?? '';
    if (event['offset'] !== before.length) {
      throw new Error(`text of ${id} does not tile: offset ${String(event['offset'])} after ${before.length}`);
    }
    this.texts.set(id, before + (event['delta'] as { text: string }).text);
  }
}
