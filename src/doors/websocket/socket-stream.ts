import type { OpenSockets } from '../../auth/open-sockets.js';
import type { WatchHandle } from '../../conversations/watch-events.js';
import type { WatcherSink } from '../../conversations/watcher.js';
import type { Encoder } from '../../core/events/encoder.js';
import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';
import type { DoorSocket } from './socket-door.js';

export interface SocketStreamDeps {
  readonly socket: Pick<DoorSocket, 'send' | 'queued' | 'onDrained' | 'progress' | 'fail'>;
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
  #handle: WatchHandle | undefined;
  #closed = false;

  constructor(private readonly deps: SocketStreamDeps) {
    this.encoder = deps.encoder;
    this.#uncount = deps.sockets.addStream();
    const { socket } = deps;
    this.sink = {
      write: (frames) => socket.send(frames),
      queued: () => socket.queued(),
      onDrained: (callback) => socket.onDrained(callback),
      progress: () => socket.progress(),
      end: () => this.#end(),
      cut: (error) => (error === undefined ? this.#cut() : this.#end(toParleyError(error))),
    };
  }

  /** Sets what gives the stream; one that was closed meanwhile is closed. */
  set handle(handle: WatchHandle) {
    this.#handle = handle;
    if (this.#closed) handle.close();
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
    if (!this.#closed) this.deps.onEnd(error);
  }

  #cut(): void {
    const detail = `nothing was taken for too long: come back with the cursor ${this.cursor() ?? '0'}`;
    this.deps.socket.fail(new ParleyError('slow_consumer', detail));
  }
}
