import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Caller } from '../../auth/caller.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { Clock } from '../../core/ports/clock.js';
import { stripBasePath } from '../wire/check-request.js';
import { fromThrown } from '../wire/problem.filter.js';
import { answerRaw } from '../wire/raw-answer.js';
import { answeredProtocol, socketCredential, type SocketGate } from '../wire/socket-gate.js';
import { DoorConnection } from './door-connection.js';
import type { SocketDoor } from './socket-door.js';

/** What the types of `ws` do not name yet. */
const NEWER = {
  /** A client has so long to answer that it closes too, ms. */
  closeTimeout: 5_000,
  /** Answers to pings that a client has not taken: the rate of frames ends the flood of one that takes them before. */
  maxPendingAutoPongs: 1_000,
};
/** The same while the server goes away: nobody waits for a client that is stuck. */
const LEAVE_MS = 1_000;
/** TCP segments of one frame: an honest one of 256 KiB has fewer. */
const MOST_CHUNKS = 1_024;
/** Served by engine.io, which listens for itself. */
const SOCKET_IO = '/socket.io/';

export interface WebSocketHostDeps {
  readonly adapter: HttpAdapterHost;
  readonly gate: SocketGate;
  readonly clock: Clock;
  readonly base_path: string;
  readonly limits: {
    readonly socket_frame_bytes: number;
    readonly socket_fragments: number;
    readonly socket_frames_per_second: number;
  };
  /** Whether new sockets are refused because the server shuts down. */
  readonly draining: () => boolean;
  /** Resolves once every run has ended or was left to recovery, and every watcher was told. */
  readonly drained: () => Promise<void>;
  readonly report: (error: ParleyError) => void;
}

/**
 * Serves raw WebSockets (RFC 6455) on the port of the HTTP server: one host for all their doors. Refusals are HTTP
 * answers before the upgrade; what is open is limited, watched and closed here, whatever is spoken on it.
 */
export class WebSocketHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #server: WebSocketServer;
  readonly #strip: (request: IncomingMessage) => void;
  readonly #doors: SocketDoor[] = [];
  readonly #open = new Map<WebSocket, DoorConnection>();
  #http: Server | undefined;

  constructor(private readonly deps: WebSocketHostDeps) {
    const { limits } = deps;
    this.#strip = stripBasePath(deps.base_path);
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.socket_frame_bytes,
      maxFragments: limits.socket_fragments,
      maxBufferedChunks: MOST_CHUNKS,
      ...NEWER,
      handleProtocols: answeredProtocol,
    });
    this.#server.on('wsClientError', (error, socket) =>
      answerRaw(socket, new ParleyError('malformed_request', error.message, { level: 'debug' })),
    );
  }

  /** Adds a door; doors do so before the server listens. */
  register(door: SocketDoor): void {
    this.#doors.push(door);
  }

  onApplicationBootstrap(): void {
    this.#http = this.deps.adapter.httpAdapter.getHttpServer() as Server;
    // Node hands every upgrade over once somebody listens: those to other protocols are answered as plain requests.
    Object.assign(this.#http, { shouldUpgradeCallback: isToWebSocket });
    this.#http.on('upgrade', this.#onUpgrade);
  }

  /** Every socket is told where it stands and closed, before the HTTP server is: that one waits for them. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.deps.drained();
    this.#http?.off('upgrade', this.#onUpgrade);
    const gone = [...this.#open.keys()].map((ws) => new Promise((resolve) => ws.once('close', resolve)));
    for (const connection of this.#open.values()) connection.goAway();
    const cancel = this.deps.clock.after(LEAVE_MS, () => {
      for (const ws of this.#open.keys()) ws.terminate();
    });
    await Promise.all(gone);
    cancel();
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.#strip(request);
    if (request.url?.startsWith(SOCKET_IO) === true) return;
    socket.on('error', () => socket.destroy());
    this.#upgrade(request, socket, head).catch((thrown: unknown) => {
      const error = fromThrown(thrown);
      this.deps.report(error);
      if (socket.writable) answerRaw(socket, error);
    });
  };

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { gate, draining } = this.deps;
    gate.checkHead(request);
    const caller = await gate.authenticate(request, socketCredential(request));
    const found = this.#route(request.url ?? '/');
    // Who has no key yet learns nothing of what there is.
    if (found === undefined && caller === undefined)
      throw new ParleyError('unauthenticated', 'send an API key as X-API-Key: … or Authorization: Bearer …');
    if (found === undefined) throw new ParleyError('not_found', 'there is nothing at this address');
    if (draining()) throw new ParleyError('draining', 'the server is shutting down', { retryAfter: 5 });
    const release = await gate.admit(request, caller);
    socket.once('close', release);
    if (socket.destroyed || !(socket instanceof Socket)) {
      release();
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) =>
      this.#accept({ ws, socket, request, release, ...found }, caller),
    );
  }

  #route(url: string): { readonly door: SocketDoor; readonly params: Readonly<Record<string, string>> } | undefined {
    const path = url.split('?', 1)[0] ?? '';
    for (const door of this.#doors) {
      const match = door.pattern.exec(path);
      if (match !== null) return { door, params: match.groups ?? {} };
    }
    return undefined;
  }

  #accept(
    made: Pick<
      ConstructorParameters<typeof DoorConnection>[0],
      'ws' | 'socket' | 'request' | 'release' | 'door' | 'params'
    >,
    caller: Caller | undefined,
  ): void {
    const { gate, clock, limits, report } = this.deps;
    const frames_per_second = limits.socket_frames_per_second;
    made.ws.once('close', () => this.#open.delete(made.ws));
    const connection = new DoorConnection({ ...made, gate, clock, frames_per_second, report }, caller);
    this.#open.set(made.ws, connection);
  }
}

function isToWebSocket({ headers }: IncomingMessage): boolean {
  return /^\s*websocket\s*$/i.test(headers.upgrade ?? '');
}
