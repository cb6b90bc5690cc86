import type { OpenSockets } from '../../auth/open-sockets.js';
import type { WatchHandle } from '../../conversations/watch-events.js';
import type { WatcherSink } from '../../conversations/watcher.js';
import type { Encoder } from '../../core/events/encoder.js';
import type { SharedFrames } from '../../core/events/shared-frames.js';
import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';

/** A connection that streams go over. */
export interface StreamSocket {
  /** Sends frames, one on each line, all in one write. */
  send(frames: string): void;
  /** The same, of frames that many sockets send. */
  sendShared(frames: SharedFrames): void;
  /** Bytes taken and not yet given to the network. */
  queued(): number;
  /** Calls back once the queue is empty. */
  onDrained(callback: () => void): void;
  /** A number that changes whenever the reader takes something. */
  progress(): number;
  /** Tells of an error and closes the connection. */
  fail(error: ParleyError): void;
}

export interface SocketStreamDeps {
  readonly socket: StreamSocket;
  /** Frames of an event are the lines of its text. */
  readonly encoder: Encoder;
  readonly sockets: OpenSockets;
  /** Nothing more of the stream comes; the socket stays open. @param error why it broke off, if it did */
  readonly onEnd: (error?: ParleyError) => void;
}

/**
 * One stream of a conversation over a socket that may carry others beside it: give it to `WatchEvents` as its end, and
 * set what that returns. A reader that takes nothing is told where it stands, and its socket is closed.
 */
export class SocketStream {
  readonly encoder: Encoder;
  readonly sink: WatcherSink;
  readonly #uncount: () => void;
  /** What is kept back, while it is. */
  #held: string[] | undefined;
  #handle: WatchHandle | undefined;
  #closed = false;
  #ended: { readonly error: ParleyError | undefined } | undefined;

  constructor(private readonly deps: SocketStreamDeps) {
    this.encoder = deps.encoder;
    this.#uncount = deps.sockets.addStream();
    const { socket } = deps;
    this.sink = {
      write: (frames) => {
        if (this.#held === undefined) socket.send(frames);
        else this.#held.push(frames);
      },
      writeShared: (frames) => {
        if (this.#held === undefined) socket.sendShared(frames);
        else this.#held.push(frames.text);
      },
      queued: () => socket.queued(),
      onDrained: (callback) => socket.onDrained(callback),
      progress: () => socket.progress(),
      end: () => this.#end(),
      cut: (error) => {
        if (error === undefined) this.#cut();
        else this.#end(toParleyError(error));
      },
    };
  }

  /** Sets what gives the stream; one that was closed meanwhile is closed. */
  set handle(handle: WatchHandle | undefined) {
    this.#handle = handle;
    if (this.#closed) handle?.close();
  }

  /** Keeps what comes back until `release`: what began the stream is to be answered first, and soon. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#closed ? [] : (this.#held ?? []);
    this.#held = undefined;
    for (const frames of held) this.deps.socket.send(frames);
    if (this.#ended !== undefined && !this.#closed) this.deps.onEnd(this.#ended.error);
  }

  /** Nothing more comes. */
  get over(): boolean {
    return this.#ended !== undefined || this.#closed;
  }

  cursor(): string | undefined {
    return this.#handle?.cursor();
  }

  /** The reader wants no more of it, or is gone. */
  close(): void {
    this.#closed = true;
    this.#uncount();
    this.#handle?.close();
  }

  #end(error?: ParleyError): void {
    this.#uncount();
    this.#ended = { error };
    if (!this.#closed && this.#held === undefined) this.deps.onEnd(error);
  }

  #cut(): void {
    const detail = `nothing was taken for too long: come back with the cursor ${this.cursor() ?? '0'}`;
    this.deps.socket.fail(new ParleyError('slow_consumer', detail));
  }
}
