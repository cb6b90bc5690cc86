import type { Caller } from '../../auth/caller.js';
import type { ParleyError } from '../../core/kernel/parley-error.js';
import type { StreamSocket } from '../wire/socket-stream.js';

/** One protocol on raw WebSockets (RFC 6455), at its own path. The host does all that is the same for every protocol. */
export interface SocketDoor {
  /** The path, without the base path; its named groups are the parameters. */
  readonly pattern: RegExp;
  /** Somebody who is let in has opened a socket. What is sent before this returns arrives after the handshake. */
  open(socket: DoorSocket, params: Readonly<Record<string, string>>): SocketSession;
  /** How the protocol tells of an error that belongs to no message: one line of JSON. */
  errorFrame(error: ParleyError): string;
}

/** What a door does with one open socket. */
export interface SocketSession {
  /**
   * A text message: valid UTF-8, of limited size. Messages come one at a time, the next once the promise is settled. What
   * it throws is told by the door's error frame; the socket stays open.
   */
  receive(message: Buffer): Promise<void> | void;
  /** The socket is gone. Must not throw. */
  closed(): void;
  /** The server goes away and the socket is about to be closed: the moment to say where its reader stands. */
  farewell?(): void;
}

/** An open socket as its door sees it. After its end all calls do nothing. */
export interface DoorSocket extends StreamSocket {
  /** Who is at the other end; may become another by `authenticate`. */
  readonly caller: Caller;
  /** Closes the socket behind what was sent. @param reason up to 123 bytes, what is more is cut off */
  close(code: number, reason: string): void;
  /** Tells of an error by the door's frame and closes with the code that the error table has for it. */
  fail(error: ParleyError): void;
  /**
   * Takes the key of somebody who was let in without one.
   *
   * @throws ParleyError `forbidden`, `rate_limited`
   */
  authenticate(key: string): Promise<void>;
  /** Counts what a message asks for like a request. @throws ParleyError `rate_limited` */
  countRequest(): Promise<void>;
}
