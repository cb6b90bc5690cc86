import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server, ServerOptions } from 'socket.io';
import type { OriginPolicy } from '../wire/origins.js';
import { boundedEngine, type EngineLimits } from './socketio-engine.js';
import type { SocketIoHandshake } from './socketio-handshake.js';

const PATH = '/socket.io';
/** A client that has named itself to no namespace by then is closed, ms. */
const CONNECT_MS = 5_000;
/** A client is asked for a sign of life so often, and has as long to give it, ms. With the wait for its close frame that is less than 45 s. */
const PING_MS = 20_000;

export interface SocketIoAdapterDeps {
  readonly handshake: SocketIoHandshake;
  readonly origins: OriginPolicy;
  readonly base_path: string;
  readonly limits: EngineLimits & { readonly socket_frame_bytes: number };
  readonly now: () => number;
}

interface PollingCors {
  readonly origin: string | false;
  readonly allowedHeaders: string[];
}

/** Socket.IO on the port of the HTTP server, with our limits and our doorkeeper. */
export class SocketIoAdapter extends IoAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly deps: SocketIoAdapterDeps,
  ) {
    super(app);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { limits, handshake, now } = this.deps;
    const own: Partial<ServerOptions> = {
      path: PATH,
      serveClient: false,
      connectTimeout: CONNECT_MS,
      pingInterval: PING_MS,
      pingTimeout: PING_MS,
      maxHttpBufferSize: limits.socket_frame_bytes,
      perMessageDeflate: false,
      httpCompression: false,
      allowEIO3: false,
      cors: (request: Pick<IncomingMessage, 'headers'>, callback: (error: null, cors: PollingCors) => void) =>
        callback(null, this.#cors(request)),
      wsEngine: boundedEngine(limits, now),
    };
    const io = super.createIOServer(port, { ...options, ...own } as ServerOptions);
    handshake.guard(io);
    this.#stripBasePath();
    return io;
  }

  /** Polling is plain HTTP: pages that are let in may read its answers. */
  #cors({ headers: { origin, host } }: Pick<IncomingMessage, 'headers'>): PollingCors {
    const isAllowed = origin !== undefined && this.deps.origins.allows(origin, host);
    return { origin: isAllowed ? origin : false, allowedHeaders: ['X-API-Key', 'Authorization', 'Content-Type'] };
  }

  /** Engine.io looks at addresses before anything else does, as they were sent. */
  #stripBasePath(): void {
    const { base_path } = this.deps;
    if (base_path === '') return;
    const server = this.httpServer as HttpServer;
    const strip = (request: IncomingMessage): void => {
      if (request.url?.startsWith(`${base_path}${PATH}/`) === true) request.url = request.url.slice(base_path.length);
    };
    server.prependListener('request', strip);
    server.prependListener('upgrade', strip);
  }
}
