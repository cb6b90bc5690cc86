import type { IncomingMessage } from 'node:http';
import { refusal } from '../../auth/authenticate.middleware.js';
import type { Authenticator } from '../../auth/authenticator.js';
import type { Caller } from '../../auth/caller.js';
import { clientAddress } from '../../auth/client-address.js';
import { credentialOf } from '../../auth/credential.js';
import type { OpenSockets } from '../../auth/open-sockets.js';
import { tooMany } from '../../auth/rate-limit.middleware.js';
import { ANONYMOUS } from '../../core/kernel/ids.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { RateLimiter } from '../../core/ports/rate-limiter.js';
import { checkRequest } from './check-request.js';
import type { OriginPolicy } from './origins.js';

/** What a client that can set no header offers beside its key, and is answered with. */
export const SUBPROTOCOL = 'parley';
/** How a key is offered as a subprotocol. Never answered with. */
const KEY_PROTOCOL = 'parley.key.';

export interface SocketGateDeps {
  readonly authenticator: Authenticator;
  readonly limiter: RateLimiter;
  readonly sockets: OpenSockets;
  readonly origins: OriginPolicy;
  /** The server listens on this machine only. */
  readonly loopback: boolean;
  readonly limits: {
    readonly wrong_keys_per_minute: number;
    readonly requests_per_minute: number;
    readonly sockets_per_key: number;
  };
  /** Nobody's requests and sockets are counted. */
  readonly unlimited: boolean;
}

/** Who may open a socket, whatever protocol it speaks: the guards and steps of requests do not see its handshake. */
export class SocketGate {
  readonly #checkHead: (request: IncomingMessage) => void;

  constructor(private readonly deps: SocketGateDeps) {
    this.#checkHead = checkRequest({ loopback: deps.loopback });
  }

  /**
   * Looks at where a handshake comes from: browsers let every page open a socket.
   *
   * @throws ParleyError `misdirected_request`, `forbidden` for a foreign page
   */
  checkHead(request: IncomingMessage): void {
    this.#checkHead(request);
    const { origin, host } = request.headers;
    if (origin !== undefined && !this.deps.origins.allows(origin, host))
      throw new ParleyError('forbidden', 'pages of this origin are not let in: add it to server.cors_origins');
  }

  /**
   * @param credential the key as it was sent
   * @returns undefined: no key came, and nobody is let in without one
   * @throws ParleyError `forbidden` for a wrong key or one that may not chat, `rate_limited` after too many wrong ones
   */
  async authenticate(request: IncomingMessage, credential: string | undefined): Promise<Caller | undefined> {
    const { authenticator, limiter, limits } = this.deps;
    let caller: Caller;
    try {
      caller = authenticator.authenticate(credential);
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'unauthenticated') return undefined;
      throw await refusal(request, error, { limiter, wrong_keys_per_minute: limits.wrong_keys_per_minute });
    }
    if (!caller.scopes.includes('chat'))
      throw new ParleyError('forbidden', 'the API key is not allowed to do this (it lacks the scope "chat")');
    return caller;
  }

  /** Calls back once the caller's key is gone, unless the returned function is called before. */
  whenGone(caller: Caller, onGone: () => void): () => void {
    return this.deps.authenticator.whenGone(caller, onGone);
  }

  /**
   * Counts a socket.
   *
   * @param caller undefined: somebody who has not shown a key yet
   * @returns counts it out, when it is closed
   * @throws ParleyError `rate_limited`
   */
  async admit(request: IncomingMessage, caller: Caller | undefined): Promise<() => void> {
    const { sockets, limits, unlimited } = this.deps;
    const owner = caller?.key_id === undefined ? `address ${clientAddress(request)}` : caller.tenant;
    await this.countRequest(request, caller);
    if (!unlimited && sockets.of(owner) >= limits.sockets_per_key) {
      const detail = `${limits.sockets_per_key} sockets of this key are open: close one first`;
      throw new ParleyError('rate_limited', detail, { retryAfter: 5 });
    }
    return sockets.add(owner);
  }

  /**
   * Counts what a caller asks for as the request that it would be over HTTP.
   *
   * @throws ParleyError `rate_limited`
   */
  async countRequest(request: IncomingMessage, caller: Caller | undefined): Promise<void> {
    const { limiter, limits, unlimited } = this.deps;
    if (unlimited) return;
    const known = caller !== undefined && caller.tenant !== ANONYMOUS;
    const bucket = known ? `key ${caller.tenant}` : `address ${clientAddress(request)}`;
    const verdict = await limiter.take(bucket, limits.requests_per_minute);
    if (!verdict.allowed) throw tooMany(verdict, `more than ${verdict.limit} requests a minute`);
  }
}

/** The key that came with a handshake: in a header, or as a subprotocol, which is all that a browser lets a page set. */
export function socketCredential(request: IncomingMessage): string | undefined {
  const header = credentialOf(request);
  if (header !== undefined) return header;
  const keys = offeredProtocols(request).filter((protocol) => protocol.startsWith(KEY_PROTOCOL));
  // Several are joined to what is no key, as several headers are.
  return keys.length === 0 ? undefined : keys.map((protocol) => protocol.slice(KEY_PROTOCOL.length)).join(', ');
}

/** The subprotocol to answer with: never one with a key in it. */
export function answeredProtocol(offered: Iterable<string>): string | false {
  const plain = [...offered].filter((protocol) => !protocol.startsWith(KEY_PROTOCOL));
  return plain.find((protocol) => protocol === SUBPROTOCOL) ?? plain[0] ?? false;
}

function offeredProtocols({ headers }: IncomingMessage): readonly string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
}
