import type { Dispatcher } from 'undici';
import type { Failure, TimeLimit } from './failure.js';
import { connectionLost, failure, invalid, timedOut } from './failure.js';
import { SseDecoder } from './sse-decoder.js';
import type { SseSink } from './sse-decoder.js';
import type { Refusal } from './upstream-errors.js';
import type { Watchdog, Watched } from './watchdog.js';

/** Limits of one HTTP exchange; times in ms, lengths in UTF-16 units (`maxAnswer` of one JSON document: bytes). */
export interface ExchangeLimits {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** What is left of the time of the whole call. */
  readonly totalMs: number;
  /** How long usage, `[DONE]` and the end of the body may take after the finish reason. */
  readonly graceMs: number;
  readonly maxLine: number;
  readonly maxAnswer: number;
}

/** Who reads an answer as it comes, and knows at the end what became of it. */
export interface ExchangeReader extends SseSink {
  /** Nothing more is read. */
  readonly closed: boolean;
  /** The upstream said why it ended. */
  readonly finished: boolean;
  /** Set before the rest of a stream that broke off is read: what does not parse then was cut, not wrong. */
  tail: boolean;
  /** Takes an answer that came as one document. */
  whole(body: string): void;
  /** Hands on what was collected. */
  flush(): void;
  /** Nothing is wanted any more. */
  stop(): void;
}

/** How an exchange ended. `answered`: ask the reader. `thrown`: by the caller's own callback. */
export type ExchangeEnd =
  | { readonly type: 'answered' }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'aborted' }
  | { readonly type: 'thrown'; readonly error: unknown };

type Phase = 'connect' | 'first_byte' | 'idle' | 'finished';
type Body = 'events' | 'json' | 'refusal';
type Headers = Refusal['headers'];

/** A body that begins with it is a stream, whatever its content type says. */
const SMALL_D = 100;
const MAX_REFUSAL = 65_536;
/** The line end behind an HTTP chunk. */
const CHUNK_END = 2;
/** Room for the JSON around an answer that comes in one piece. */
const DOCUMENT_ROOM = 65_536;

/**
 * One request and its answer: undici's callbacks on one side, the reader on the other. Settles once; afterwards the
 * connection is kept only if the body ends by itself within the grace time.
 */
export class Exchange implements Dispatcher.DispatchHandler, Watched {
  readonly #reader: ExchangeReader;
  readonly #limits: ExchangeLimits;
  readonly #watchdog: Watchdog;
  readonly #settle: (end: ExchangeEnd) => void;
  readonly #decoder: SseDecoder;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #phase: Phase = 'connect';
  #body: Body = 'events';
  #status = 0;
  #headers: Headers = {};
  #parts: Buffer[] = [];
  #bytes = 0;
  #heard = false;
  #silentMs: number;
  #elapsedMs: number;
  #lingeringMs = 0;
  #flushing = false;

  constructor(reader: ExchangeReader, limits: ExchangeLimits, watchdog: Watchdog, settle: (end: ExchangeEnd) => void) {
    this.#reader = reader;
    this.#limits = limits;
    this.#watchdog = watchdog;
    this.#settle = settle;
    this.#decoder = new SseDecoder(reader, limits.maxLine);
    // The first tick comes after a part of its period only; it counts as nothing.
    this.#silentMs = -watchdog.tickMs;
    this.#elapsedMs = -watchdog.tickMs;
    watchdog.add(this);
  }

  /** Time since the start, ms, to within a tick. */
  get elapsedMs(): number {
    return Math.max(0, this.#elapsedMs);
  }

  /** Closes the connection; nothing is delivered any more. */
  abort(): void {
    this.#finish({ type: 'aborted' }, true);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) {
      this.#close();
      return;
    }
    this.#phase = 'first_byte';
    this.#silentMs = -this.#watchdog.tickMs;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
    const type = String(headers['content-type'] ?? '').toLowerCase();
    const encoding = headers['content-encoding'] ?? 'identity';
    if (status < 200 || status >= 300) this.#body = 'refusal';
    else if (encoding !== 'identity') this.#fail(invalid('sent a compressed answer that was not asked for'));
    else if (type.includes('text/html')) this.#fail(invalid('answered with a web page'));
    else if (type.includes('json') && !type.includes('event-stream')) this.#body = 'json';
  }

  onResponseData(_controller: Dispatcher.DispatchController, read: Buffer): void {
    this.#heard = true;
    if (this.#settled) return;
    if (this.#body === 'json' && this.#bytes === 0 && read[0] === SMALL_D) this.#body = 'events';
    if (this.#body === 'events') this.#takeEvents(read);
    else this.#collect(read);
  }

  onResponseEnd(): void {
    this.#watchdog.remove(this);
    if (this.#settled) return;
    if (this.#body === 'refusal') this.#refuse();
    else this.#conclude();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#watchdog.remove(this);
    if (this.#settled) return;
    if (this.#status > 0 && this.#body === 'refusal') this.#refuse();
    else if (this.#reader.finished) this.#conclude();
    else this.#fail(connectionLost(error, this.#status > 0));
  }

  tick(ms: number): void {
    this.#elapsedMs += ms;
    this.#silentMs = this.#heard ? 0 : this.#silentMs + ms;
    this.#heard = false;
    const { graceMs, totalMs } = this.#limits;
    if (this.#settled) {
      if ((this.#lingeringMs += ms) >= graceMs) this.#close();
    } else if (this.#phase === 'finished') {
      if ((this.#lingeringMs += ms) >= graceMs) this.#conclude();
    } else if (this.#elapsedMs >= totalMs) {
      this.#fail(timedOut('total', totalMs));
    } else if (this.#silentMs >= this.#limitOf(this.#phase)) {
      this.#fail(timedOut(this.#phase, this.#limitOf(this.#phase)));
    }
  }

  #limitOf(phase: Exclude<TimeLimit, 'total'>): number {
    const { connectMs, firstByteMs, idleMs } = this.#limits;
    return phase === 'connect' ? connectMs : phase === 'first_byte' ? firstByteMs : idleMs;
  }

  #takeEvents(read: Buffer): void {
    const reader = this.#reader;
    try {
      this.#decoder.push(read);
    } catch (error) {
      this.#finish({ type: 'thrown', error }, true);
      return;
    }
    this.#phase = reader.finished ? 'finished' : 'idle';
    // The caller may have aborted while it was given a delta.
    if (this.#settled) return;
    if (reader.closed) this.#conclude();
    else if (isLastOfItsRead(read)) this.#flush();
    else this.#scheduleFlush();
  }

  /** undici hands on every HTTP chunk by itself; what came in one read of the socket is delivered once, after it. */
  #scheduleFlush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(this.#flushNow);
  }

  readonly #flushNow = (): void => {
    this.#flushing = false;
    if (!this.#settled) this.#flush();
  };

  #flush(): void {
    try {
      this.#reader.flush();
    } catch (error) {
      this.#finish({ type: 'thrown', error }, true);
    }
  }

  #collect(read: Buffer): void {
    this.#phase = 'idle';
    this.#bytes += read.length;
    const most = this.#body === 'refusal' ? MAX_REFUSAL : this.#limits.maxAnswer + DOCUMENT_ROOM;
    if (this.#bytes <= most) this.#parts.push(read);
    else if (this.#body === 'refusal') this.#refuse();
    else this.#fail(failure('upstream_too_large', 'sent an answer that is longer than allowed'));
  }

  #refuse(): void {
    const body = Buffer.concat(this.#parts).toString();
    const refusal = { status: this.#status, headers: this.#headers, body };
    this.#finish({ type: 'refused', refusal }, this.#bytes > MAX_REFUSAL);
  }

  /** The stream is over: what is left is read and delivered, then the reader knows what became of it. */
  #conclude(): void {
    try {
      this.#readRest();
    } catch (error) {
      this.#finish({ type: 'thrown', error }, true);
      return;
    }
    this.#flush();
    // A stream that ended well and whose body has not: given a moment, the connection can be used again.
    if (!this.#settled) this.#finish({ type: 'answered' }, !this.#reader.finished);
  }

  #readRest(): void {
    const reader = this.#reader;
    if (this.#body === 'json') {
      reader.whole(Buffer.concat(this.#parts).toString());
    } else if (!reader.closed) {
      reader.tail = this.#decoder.unfinished;
      this.#decoder.end();
    }
  }

  #fail(reason: Failure): void {
    this.#flush();
    if (!this.#settled) this.#finish({ type: 'failed', failure: reason }, true);
  }

  #finish(end: ExchangeEnd, close: boolean): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#reader.stop();
    this.#parts = [];
    if (close) this.#close();
    this.#settle(end);
  }

  #close(): void {
    this.#watchdog.remove(this);
    this.#controller?.abort(new Error('the call is over'));
  }
}

/**
 * Whether nothing but the end of its HTTP chunk follows in the socket's read, of which undici's parts are views. That
 * spares a tick where tokens come one by one; a wrong answer only means that text is handed on in other pieces.
 */
function isLastOfItsRead(part: Buffer): boolean {
  return part.buffer.byteLength - part.byteOffset - part.length <= CHUNK_END;
}
