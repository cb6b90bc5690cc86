import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Caller } from '../../auth/caller.js';
import type { SharedFrames } from '../../core/events/shared-frames.js';
import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';
import type { Clock } from '../../core/ports/clock.js';
import { ERROR_TABLE } from '../wire/error-table.js';
import { KEY_GONE } from '../wire/projection.js';
import type { SocketGate } from '../wire/socket-gate.js';
import { FrameMeter } from '../wire/frame-meter.js';
import { takenBytes } from '../wire/taken-bytes.js';
import { textFrames } from '../wire/text-frame.js';
import { Liveness } from './liveness.js';
import { readAuthMessage } from './auth-message.js';
import type { DoorSocket, SocketDoor, SocketSession } from './socket-door.js';

/** A socket that came without a key has so long to send one, ms. */
const AUTH_MS = 5_000;
/** Messages that wait for the one before, and their bytes; beyond either the socket is not read. */
const MOST_WAITING = 32;
const WAITING_BYTES = 256 * 1024;
/** Answers that a client has not taken, bytes; beyond it nothing more is read from it. */
const UNREAD_BYTES = 256 * 1024;
/** RFC 6455 5.5.1: a close frame has 125 bytes, two of them the code. */
const REASON_BYTES = 123;
const UNSUPPORTED_DATA = 1003;

export interface DoorConnectionDeps {
  readonly ws: WebSocket;
  /** What `ws` runs on. */
  readonly socket: Socket;
  readonly request: IncomingMessage;
  readonly door: SocketDoor;
  readonly params: Readonly<Record<string, string>>;
  readonly gate: SocketGate;
  readonly clock: Clock;
  readonly frames_per_second: number;
  /** Counts the socket out. */
  readonly release: () => void;
  /** For the log: what went wrong inside, and what a client did wrong. */
  readonly report: (error: ParleyError) => void;
}

/** One open socket: what is the same for every protocol on it. Messages reach its door one at a time. */
export class DoorConnection implements DoorSocket {
  readonly #meter: FrameMeter;
  readonly #liveness: Liveness;
  #caller: Caller | undefined;
  #session: SocketSession | undefined;
  #release: () => void;
  #unbind: () => void = () => undefined;
  #disarm: () => void = () => undefined;
  #tail: Promise<void> = Promise.resolve();
  /** One listener for all that wait: a socket may carry many streams. */
  readonly #onDrained: (() => void)[] = [];
  #waiting = 0;
  #waitingBytes = 0;

  /** @param caller undefined: the first message has to bring a key */
  constructor(
    private readonly deps: DoorConnectionDeps,
    caller: Caller | undefined,
  ) {
    this.#release = deps.release;
    const { ws, clock } = deps;
    this.#meter = new FrameMeter(deps.frames_per_second, clock.now());
    this.#liveness = new Liveness(clock, {
      ping: () => ws.ping(),
      queued: () => this.queued(),
      progress: () => this.progress(),
      lost: () => ws.terminate(),
    });
    ws.on('message', (data, isBinary) => this.#onMessage(data as Buffer, isBinary));
    ws.on('ping', () => this.#count());
    ws.on('pong', () => this.#count());
    ws.on('error', (error) =>
      deps.report(new ParleyError('malformed_request', error.message, { level: 'debug', cause: error })),
    );
    ws.once('close', () => this.#onClose());
    if (caller === undefined) this.#disarm = clock.after(AUTH_MS, () => this.fail(noKey()));
    else {
      this.#bind(caller);
      this.#open();
    }
  }

  get caller(): Caller {
    if (this.#caller === undefined) throw noKey();
    return this.#caller;
  }

  send(frames: string): void {
    const { ws, socket } = this.deps;
    if (ws.readyState !== WebSocket.OPEN) return;
    if (!frames.includes('\n')) {
      ws.send(frames);
      return;
    }
    socket.cork();
    for (const frame of frames.split('\n')) ws.send(frame);
    socket.uncork();
  }

  sendShared(frames: SharedFrames): void {
    const { ws, socket } = this.deps;
    // Without compression, what `ws` sends goes to the socket at once: there is nothing this could overtake.
    if (ws.readyState === WebSocket.OPEN) socket.write(frames.as(framed));
  }

  queued(): number {
    return this.deps.socket.writableLength;
  }

  onDrained(callback: () => void): void {
    const { socket } = this.deps;
    if (!socket.writableNeedDrain) setImmediate(callback);
    else if (this.#onDrained.push(callback) === 1) {
      socket.once('drain', () => {
        for (const waiting of this.#onDrained.splice(0)) waiting();
      });
    }
  }

  progress(): number {
    return takenBytes(this.deps.socket);
  }

  close(code: number, reason: string): void {
    this.deps.ws.close(code, shortened(reason));
  }

  fail(error: ParleyError): void {
    this.send(this.deps.door.errorFrame(error));
    this.close(ERROR_TABLE[error.code].close, error.message);
  }

  async authenticate(key: string): Promise<void> {
    const { gate, request } = this.deps;
    const caller = await gate.authenticate(request, key);
    if (caller === undefined) throw noKey();
    if (this.#caller?.key_id !== undefined && this.#caller.tenant !== caller.tenant)
      throw new ParleyError('forbidden', 'this socket was opened with another API key');
    if (this.#caller?.key_id === caller.key_id) return;
    const release = await gate.admit(request, caller);
    this.#release();
    this.#release = release;
    this.#bind(caller);
  }

  countRequest(): Promise<void> {
    return this.deps.gate.countRequest(this.deps.request, this.#caller);
  }

  /** The server goes away. */
  goAway(): void {
    const { code, reason } = GOING_AWAY;
    this.#session?.farewell?.();
    this.close(code, reason);
  }

  #open(): void {
    this.#session = this.deps.door.open(this, this.deps.params);
  }

  /** The socket lives as long as the key it came with. */
  #bind(caller: Caller): void {
    this.#unbind();
    this.#caller = caller;
    this.#unbind = this.deps.gate.whenGone(caller, () => this.fail(new ParleyError('unauthenticated', KEY_GONE)));
  }

  #onClose(): void {
    this.#liveness.stop();
    this.#disarm();
    this.#unbind();
    this.#release();
    this.#session?.closed();
  }

  /** Whether one more frame is allowed. */
  #count(): boolean {
    const { ws, clock, frames_per_second } = this.deps;
    if (ws.readyState !== WebSocket.OPEN) return false;
    this.#liveness.heard();
    if (this.#meter.take(clock.now())) return true;
    this.fail(new ParleyError('rate_limited', `more than ${frames_per_second} frames a second`, { level: 'debug' }));
    return false;
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (!this.#count()) return;
    if (isBinary) {
      this.close(UNSUPPORTED_DATA, 'text frames only');
      return;
    }
    this.#waiting++;
    this.#waitingBytes += data.length;
    const isBehind = this.#waiting > MOST_WAITING || this.#waitingBytes > WAITING_BYTES;
    if (isBehind || this.queued() > UNREAD_BYTES) this.deps.ws.pause();
    this.#tail = this.#tail.then(() => this.#handle(data));
  }

  /** Never rejects. */
  async #handle(data: Buffer): Promise<void> {
    const { ws, door } = this.deps;
    try {
      if (ws.readyState !== WebSocket.OPEN) return;
      if (this.#session === undefined) await this.#firstMessage(data);
      else await this.#session.receive(data);
    } catch (thrown) {
      const error = toParleyError(thrown);
      this.deps.report(error);
      if (this.#session === undefined) this.fail(error);
      else this.send(door.errorFrame(error));
    } finally {
      this.#waiting--;
      this.#waitingBytes -= data.length;
      this.#readOn();
    }
  }

  /** Reads again from a client that takes its answers. */
  #readOn(): void {
    const { ws } = this.deps;
    if (!ws.isPaused || this.#waiting > 0) return;
    if (this.queued() > UNREAD_BYTES) this.onDrained(() => this.#readOn());
    else ws.resume();
  }

  async #firstMessage(data: Buffer): Promise<void> {
    const key = readAuthMessage(data);
    if (key === undefined) throw noKey();
    await this.authenticate(key);
    this.#disarm();
    if (this.deps.ws.readyState === WebSocket.OPEN) this.#open();
  }
}

const framed = (text: string): Buffer => textFrames(text);

const GOING_AWAY = { code: ERROR_TABLE.draining.close, reason: 'the server is restarting: come back with your cursor' };

function noKey(): ParleyError {
  return new ParleyError(
    'unauthenticated',
    'send an API key with the handshake, or as the first message: {"type":"auth","data":{"api_key":"…"}}',
    { level: 'debug' },
  );
}

function shortened(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > REASON_BYTES) text = text.slice(0, -1);
  return text;
}
