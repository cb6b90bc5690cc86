import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { recordAnswer } from './scan/record.js';

type Json = Record<string, unknown>;

export interface Got {
  readonly name: string;
  readonly data: Json;
}

/** A Socket.IO client that keeps what it got and lets a test wait for it. */
export class SocketIoClient {
  readonly socket: Socket;
  /** Canonical events, `end`s and `error`s, in their order. */
  readonly got: Got[] = [];
  #read = 0;
  #tap: ((got: Got) => void) | undefined;
  readonly #wake = new Set<() => void>();

  private constructor(socket: Socket, url: string) {
    this.socket = socket;
    for (const name of ['event', 'end', 'error', 'disconnect']) {
      socket.on(name, (data: Json) => {
        recordAnswer(url, JSON.stringify(data));
        this.got.push({ name, data });
        this.#tap?.({ name, data });
        for (const wake of this.#wake) wake();
        this.#wake.clear();
      });
    }
  }

  /** Connects; rejects with what the server says. */
  static connect(url: string, options: Partial<ManagerOptions & SocketOptions> = {}): Promise<SocketIoClient> {
    const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false, ...options });
    const client = new SocketIoClient(socket, url);
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(client));
      socket.once('connect_error', (error) => {
        socket.close();
        reject(error);
      });
    });
  }

  /** Sends an event and waits for its acknowledgement. */
  async ask(event: string, data: unknown): Promise<Json> {
    return (await this.socket.timeout(60_000).emitWithAck(event, data)) as Json;
  }

  /** Gives everything there was to a listener, and from then on each as it comes. */
  tap(listener: (got: Got) => void): void {
    for (const got of this.got) listener(got);
    this.#tap = listener;
  }

  /** The next of that name that a test looks for. */
  async next(name: string, wanted: (data: Json) => boolean = () => true): Promise<Json> {
    for (;;) {
      while (this.#read < this.got.length) {
        const next = this.got[this.#read++];
        if (next?.name === name && wanted(next.data)) return next.data;
      }
      await new Promise<void>((resolve) => this.#wake.add(resolve));
    }
  }

  /** Canonical events of a conversation. */
  events(conversation_id: unknown): Json[] {
    return this.got
      .filter(({ name, data }) => name === 'event' && data['conversation_id'] === conversation_id)
      .map(({ data }) => data);
  }

  close(): void {
    this.socket.close();
  }
}
