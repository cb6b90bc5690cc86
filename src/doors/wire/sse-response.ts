import type { Response } from 'express';
import { onKeyGone } from '../../auth/bound-to-key.js';
import type { Encoder } from '../../core/events/encoder.js';
import type { SharedFrames } from '../../core/events/shared-frames.js';
import type { Watchable, WatchHandle } from '../../conversations/watch-events.js';
import type { WatcherSink } from '../../conversations/watcher.js';
import { retryLine } from './retry-line.js';
import { takenBytes } from './taken-bytes.js';

/** Signs of life for proxies and clients, from acceptance on. */
const HEARTBEAT_MS = 15_000;
/** A reader whose key is gone is cut after so long, whatever it has not taken yet. */
const REFUSAL_MS = 1_000;

/**
 * Streams a conversation to one HTTP response until it ends or the client leaves. Sends the head at once and returns
 * without waiting for the end.
 */
export function serveStream(
  response: Response,
  watchable: Watchable,
  encoder: Encoder,
  { headers, form = SSE }: { readonly headers: Readonly<Record<string, string>>; readonly form?: StreamForm },
): void {
  // The head alone was asked for: nobody will read on.
  if (response.req.method === 'HEAD') {
    response.status(200).set({ ...form.head, ...headers });
    response.flushHeaders();
    response.end();
    return;
  }
  const stream = new SseStream(response, encoder, form);
  // A connection may be cut without a word: when to come back has to be said before.
  const opening = form === SSE ? `${retryLine()}\n` : undefined;
  stream.open(headers, watchable.watch(encoder, stream.sink), opening);
}

/** How a stream looks on the wire, beside what its encoder makes of events. */
export interface StreamForm {
  readonly head: Readonly<Record<string, string>>;
  /** Written after everything else, as an HTTP chunk of its own, unless the stream is cut. Nothing else is such a chunk. */
  readonly last?: string;
}

const LIVE = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' } as const;

const SSE: StreamForm = { head: { 'content-type': 'text/event-stream; charset=utf-8', ...LIVE } };

/** Text without framing, as clients of the LLM server read it. */
export const PLAIN_TEXT: StreamForm = {
  head: { 'content-type': 'text/plain; charset=utf-8', ...LIVE },
  last: '[[END]]',
};

/**
 * A response that is to become an event stream once what it shows was accepted: what comes before that is kept, so that a
 * refusal can still be answered with its status.
 */
export class SseStream {
  readonly #sink: ResponseSink;

  constructor(
    private readonly response: Response,
    readonly encoder: Encoder,
    private readonly form: StreamForm = SSE,
  ) {
    this.#sink = new ResponseSink(response, form.last);
  }

  get sink(): WatcherSink {
    return this.#sink;
  }

  /**
   * Opens with the first frame. Resolves when it is open, or when the stream ended without a frame: then nothing was sent,
   * and the request is still to be answered.
   */
  async openWithFirstFrame(headers: Readonly<Record<string, string>>, handle: WatchHandle): Promise<void> {
    const leave = (): void => handle.close();
    this.response.once('close', leave);
    if (this.response.destroyed) leave();
    const framed = await this.#sink.begun(this.response);
    this.response.off('close', leave);
    if (framed) this.open(headers, handle);
  }

  /** Sends the head, what came before it, and from then on everything as it comes. @param opening goes with the head */
  open(headers: Readonly<Record<string, string>>, handle: WatchHandle, opening?: string): void {
    const { response, encoder, form } = this;
    response.status(200).set({ ...form.head, ...headers });
    if (opening === undefined) response.flushHeaders();
    else response.write(opening);
    response.socket?.setNoDelay(true);
    const beat = setInterval(() => {
      const sign = response.writableLength === 0 ? encoder.heartbeat(handle.cursor()) : '';
      if (sign !== '') response.write(sign);
    }, HEARTBEAT_MS);
    const leave = (): void => {
      clearInterval(beat);
      handle.close();
    };
    // The response's own close, not the request's: only this one is sure to come.
    response.once('close', leave);
    if (response.destroyed) leave();
    onKeyGone(response.req, () => {
      handle.close();
      // Cut, not ended: what is broken off must not look finished.
      response.write(encoder.refusal?.(Date.now()) ?? '', () => response.destroy());
      setTimeout(() => response.destroy(), REFUSAL_MS).unref();
    });
    this.#sink.open();
  }
}

const utf8 = (text: string): Buffer => Buffer.from(text);

function chunk(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = `${length.toString(16)}\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + length + 2);
  bytes.write(head, 'latin1');
  bytes.write(text, head.length);
  bytes.write('\r\n', head.length + length, 'latin1');
  return bytes;
}

class ResponseSink implements WatcherSink {
  /** What came before the head; undefined once that is sent. */
  #early: string[] | undefined = [];
  #ended = false;
  readonly #first = Promise.withResolvers<boolean>();

  constructor(
    private readonly response: Response,
    private readonly last: string | undefined,
  ) {}

  /** Whether there is a first frame; false once the stream has ended, or its reader has gone, without one. */
  begun(response: Response): Promise<boolean> {
    response.once('close', () => this.#first.resolve(false));
    return this.#first.promise;
  }

  open(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    if (early.length > 0) this.write(early.join(''));
    if (this.#ended) this.end();
  }

  write(frames: string): void {
    if (this.#early !== undefined) {
      this.#early.push(frames);
      this.#first.resolve(true);
    } else if (!this.response.writableEnded) this.#write(frames);
  }

  writeShared(frames: SharedFrames): void {
    if (this.#early !== undefined || this.last !== undefined) this.write(frames.text);
    else if (!this.response.writableEnded) this.#writeChunk(frames);
  }

  /** All that Node makes of one write of a chunked body (RFC 9112 7.1), made once for all readers and written at once. */
  #writeChunk(frames: SharedFrames): void {
    const { response } = this;
    const { socket } = response;
    const isNext = socket !== null && response.headersSent && response.writableLength === socket.writableLength;
    if (isNext && response.chunkedEncoding) socket.write(frames.as(chunk));
    else response.write(frames.as(utf8));
  }

  #write(frames: string): void {
    // What says the same as the end mark must not look like it.
    const cut = frames === this.last ? 1 : frames.length;
    this.response.write(frames.slice(0, cut));
    if (cut < frames.length) this.response.write(frames.slice(cut));
  }

  queued(): number {
    return this.response.writableLength;
  }

  progress(): number {
    const { socket } = this.response;
    return socket === null ? 0 : takenBytes(socket);
  }

  onDrained(callback: () => void): void {
    const { response } = this;
    // What was written past the response is drained on the socket alone.
    if (response.socket?.writableNeedDrain === true) response.socket.once('drain', callback);
    else if (response.writableNeedDrain) response.once('drain', callback);
    else setImmediate(callback);
  }

  end(): void {
    this.#ended = true;
    this.#first.resolve(false);
    if (this.#early !== undefined) return;
    const { response, last } = this;
    if (last === undefined) response.end();
    // Once what came before it has left: a reader that takes what is there gets the mark by itself.
    else setImmediate(() => response.write(last, () => response.end()));
  }

  cut(): void {
    this.response.destroy();
  }
}
