import { ServerResponse, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ParleyError, type ErrorCode } from '../../core/kernel/parley-error.js';
import { answerRaw } from './raw-answer.js';
import { closeUnheard } from './unheard-peers.js';

/** All ms. None of them ends an answer that is under way: streams may last. */
const TIMES = {
  /** For the head of a request. */
  headersTimeout: 10_000,
  /** For a whole request. */
  requestTimeout: 30_000,
  /** A connection without a request. Longer than the 60 s of usual proxies, so that they close first. */
  keepAliveTimeout: 65_000,
  /** How often the first two are looked at. */
  connectionsCheckingInterval: 1_000,
} as const;

/** The fields of a head are counted by us, and refused: Node would drop those beyond its limit without a word. */
const COUNTED_BY_US = 0;

/**
 * A peer that says nothing for so long is asked by TCP itself, every second, and given up after ten questions: within 30 s,
 * also where nothing is written meanwhile.
 */
const KEEP_ALIVE_MS = 20_000;

const LET_GO_EVERY_MS = 100;
/** What has not got its answer so long after the server stopped will not get it. */
const LET_GO_ALL_MS = 10_000;

const REASONS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'the head of the request is larger than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'the request took too long to arrive'],
};
const OTHERWISE: readonly [ErrorCode, string] = ['malformed_request', 'this is not a valid HTTP request'];

/** Limits the time of requests, and answers what is no request at all. To be called before the server listens. */
export function limitServer(server: Server, report: (error: ParleyError) => void): void {
  Object.assign(server, TIMES, { maxHeadersCount: COUNTED_BY_US });
  const sockets = openSockets(server);
  letGo(server, sockets);
  closeUnheard(server, sockets);
  server.on('clientError', (thrown: NodeJS.ErrnoException, socket) => {
    const [code, detail] = REASONS[thrown.code ?? ''] ?? OTHERWISE;
    const error = new ParleyError(code, detail, { level: 'debug', cause: thrown });
    if (thrown.code !== 'ECONNRESET') report(error);
    // Where an answer is under way, a second one would end up in the middle of it.
    if (thrown.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) socket.destroy();
    else answerRaw(socket, error);
  });
}

/** The connections that are open now. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/**
 * Once the server takes no more connections: closes those that have no request, one by one as they get their answers, and
 * in the end all. Node alone would wait for `keepAliveTimeout`, and for ever for one that was never used.
 */
function letGo(server: Server, sockets: ReadonlySet<Socket>): void {
  server.once('listening', () => {
    let waited = 0;
    const timer = setInterval(() => {
      if (server.listening) return;
      waited += LET_GO_EVERY_MS;
      server.closeIdleConnections();
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      if (waited >= LET_GO_ALL_MS) server.closeAllConnections();
    }, LET_GO_EVERY_MS).unref();
    server.once('close', () => clearInterval(timer));
  });
}

/** Node keeps the answer it is giving on a socket at the socket. */
function isAnswering(socket: Duplex): boolean {
  const answering: unknown = Reflect.get(socket, '_httpMessage');
  return answering instanceof ServerResponse && answering.headersSent;
}
