import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Server, Socket } from 'socket.io';
import { setCaller, type Caller } from '../../auth/caller.js';
import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';
import type { Clock } from '../../core/ports/clock.js';
import { ERROR_TABLE } from '../wire/error-table.js';
import { FrameMeter } from '../wire/frame-meter.js';
import { checkJson, type JsonLimits } from '../wire/json-body.js';
import { toProblem } from '../wire/problem.js';
import { answerRaw } from '../wire/raw-answer.js';
import { requestId } from '../wire/request-id.js';
import { socketCredential, type SocketGate } from '../wire/socket-gate.js';
import { errorBody } from './socketio-packets.js';
import { SocketIoPeer } from './socketio-peer.js';

export interface HandshakeDeps {
  readonly gate: SocketGate;
  readonly clock: Clock;
  readonly limits: JsonLimits & { readonly frames_per_second: number };
  readonly draining: () => boolean;
  readonly report: (error: ParleyError) => void;
}

type Connection = Socket['conn'];

/** Of the Engine.IO protocol. */
const REVISION = '4';

/** What is known of a connection by the request it began with. */
interface Guest {
  readonly caller: Caller | undefined;
  release: () => void;
}

/**
 * Who may open a connection, and who its client is. Nest's guards do not see the handshake, and CORS does not hold for
 * WebSockets: both are looked at here, before there is a session.
 */
export class SocketIoHandshake {
  readonly #guests = new WeakMap<IncomingMessage, Guest>();

  constructor(private readonly deps: HandshakeDeps) {}

  /** To be called before the server listens. */
  guard(io: Server): void {
    io.engine.use((request: IncomingMessage, response: unknown, next: () => void) => {
      void this.#pass(request, response, next);
    });
    io.engine.on('connection', (connection: Connection) => this.#limit(connection));
    io.use((socket, next) => void this.#enter(socket, next));
  }

  /** Never rejects: what is refused is answered, and nothing comes after. */
  async #pass(request: IncomingMessage, response: unknown, next: () => void): Promise<void> {
    try {
      await this.#admit(request, response);
    } catch (thrown) {
      refuse(request, response, this.#reported(thrown));
      return;
    }
    next();
  }

  /** Never rejects. */
  async #enter(socket: Socket, next: (refusal?: Error) => void): Promise<void> {
    try {
      await this.#identify(socket);
    } catch (thrown) {
      const error = this.#reported(thrown);
      next(Object.assign(new Error(error.message), { data: errorBody(error) }));
      return;
    }
    next();
  }

  #reported(thrown: unknown): ParleyError {
    const error = toParleyError(thrown);
    this.deps.report(error);
    return error;
  }

  /** Only the request that begins a session; later ones name it, and nobody else knows its name. */
  async #admit(request: IncomingMessage, response: unknown): Promise<void> {
    const { gate, draining } = this.deps;
    gate.checkHead(request);
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    if (query.has('sid')) return;
    requireRevision(query);
    if (draining()) throw new ParleyError('draining', 'the server is shutting down', { retryAfter: 5 });
    const caller = await gate.authenticate(request, socketCredential(request));
    const release = await gate.admit(request, caller);
    this.#guests.set(request, { caller, release });
    // Of an upgrade this is the end of the socket, of a request that of its answer: then a session has begun, or never will.
    const ended = (): void => {
      if (!this.#begun.has(request)) release();
    };
    if (isEmitter(response)) response.once('close', ended);
  }

  readonly #begun = new WeakSet<IncomingMessage>();

  /** Counts the packets of a connection, and looks at their shape before they are parsed. */
  #limit(connection: Connection): void {
    const { clock, limits } = this.deps;
    const { request } = connection;
    this.#begun.add(request);
    connection.once('close', () => this.#guests.get(request)?.release());
    const meter = new FrameMeter(limits.frames_per_second, clock.now());
    connection.on('packet', (packet: { readonly data?: unknown }) => {
      try {
        if (!meter.take(clock.now()))
          throw new ParleyError('rate_limited', `more than ${limits.frames_per_second} packets a second`);
        if (typeof packet.data === 'string') checkJson(Buffer.from(packet.data), limits);
        else if (packet.data !== undefined) throw new ParleyError('invalid_request', 'packets must be text');
      } catch (thrown) {
        new SocketIoPeer(connection, clock).fail(this.#reported(thrown));
      }
    });
  }

  /** The key came with the handshake, or in the client's `auth`. The guard of the events looks at the caller noted here. */
  async #identify(socket: Socket): Promise<void> {
    const { gate } = this.deps;
    const { request } = socket;
    const guest = this.#guests.get(request);
    const { apiKey } = socket.handshake.auth as { readonly apiKey?: unknown };
    if (apiKey !== undefined && typeof apiKey !== 'string')
      throw new ParleyError('invalid_request', 'auth.apiKey must be a string');
    const known = guest?.caller;
    const caller =
      known?.key_id === undefined && apiKey !== undefined ? await gate.authenticate(request, apiKey) : known;
    if (caller === undefined)
      throw new ParleyError('unauthenticated', 'send an API key as auth.apiKey, or in the X-API-Key header');
    if (guest !== undefined && known?.key_id !== caller.key_id) {
      const release = await gate.admit(request, caller);
      guest.release();
      guest.release = release;
    }
    setCaller(socket, caller);
  }
}

/** Engine.io would tell a WebSocket so behind its handshake, by what is no frame. */
function requireRevision(query: URLSearchParams): void {
  if (query.get('EIO') === REVISION) return;
  throw new ParleyError('malformed_request', `EIO must be ${REVISION}: connect with a client of Socket.IO 3 or newer`, {
    level: 'debug',
  });
}

function refuse(request: IncomingMessage, response: unknown, error: ParleyError): void {
  if (!(response instanceof ServerResponse)) {
    answerRaw(request.socket, error);
    return;
  }
  const id = requestId(request);
  const retry = error.retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfter)) };
  response
    .writeHead(ERROR_TABLE[error.code].http, {
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': id,
      ...retry,
    })
    .end(JSON.stringify(toProblem(error, id)));
}

function isEmitter(value: unknown): value is { once(event: 'close', listener: () => void): unknown } {
  return typeof value === 'object' && value !== null && 'once' in value && typeof value.once === 'function';
}
