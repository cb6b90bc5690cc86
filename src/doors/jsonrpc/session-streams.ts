import type { OpenSockets } from '../../auth/open-sockets.js';
import type { Encoder } from '../../core/events/encoder.js';
import type { ConversationId } from '../../core/kernel/ids.js';
import { conversationIdOf, isSessionId } from '../../core/kernel/ids.js';
import type { ParleyError } from '../../core/kernel/parley-error.js';
import { SocketStream } from '../wire/socket-stream.js';
import type { AnswerGate } from './answer-gate.js';
import { notification } from './notification.js';
import { rpcError } from '../wire/json-rpc.js';

export interface SessionStreamsDeps {
  readonly socket: AnswerGate;
  readonly encoder: Encoder;
  readonly sockets: OpenSockets;
  readonly session_id: string;
}

/** A stream that is open, and whether more than one task comes over it. */
interface Open {
  readonly stream: SocketStream;
  readonly follows: boolean;
  readonly ended: Promise<void>;
}

/**
 * What comes over one socket of a session, in one order: either the task that it began or asked for, or, once it has
 * resumed, the session from there on.
 */
export class SessionStreams {
  #open: Open | undefined;
  #gone = false;

  constructor(private readonly deps: SessionStreamsDeps) {}

  /** The end of what is still to come of an earlier task; undefined: nothing is. */
  get rest(): Promise<void> | undefined {
    return this.#open?.follows === false ? this.#open.ended : undefined;
  }

  /** For a task that begins; undefined if it comes over what is open anyway. */
  forTask(): SocketStream | undefined {
    return this.#open?.follows === true ? undefined : this.#begin(false);
  }

  /** For one task, from where the client was. */
  forPast(): SocketStream {
    return this.#begin(false);
  }

  /** For the session, from where the client was. */
  forSession(): SocketStream {
    return this.#begin(true);
  }

  /** The task of a stream was refused: nobody is to wait for its end. */
  forget(stream: SocketStream): void {
    stream.close();
    if (this.#open?.stream === stream) this.#open = undefined;
  }

  /** The socket is gone: what is opened from now on is closed at once. */
  leave(): void {
    this.#gone = true;
    this.#close();
  }

  /** Says where the client stands. */
  farewell(): void {
    const open = this.#open;
    const conversation_id = this.#conversation();
    if (open === undefined || conversation_id === undefined) return;
    this.deps.socket.send(this.deps.encoder.farewell(open.stream.cursor() ?? '0', conversation_id));
  }

  #close(): void {
    this.#open?.stream.close();
    this.#open = undefined;
  }

  #begin(follows: boolean): SocketStream {
    this.#close();
    const { socket, encoder, sockets } = this.deps;
    const over = Promise.withResolvers<void>();
    const stream: SocketStream = new SocketStream({
      socket,
      encoder,
      sockets,
      onEnd: (error) => {
        over.resolve();
        if (this.#open?.stream === stream) this.#open = undefined;
        if (error !== undefined) this.#brokeOff(error, stream.cursor() ?? '0');
      },
    });
    this.#open = { stream, follows, ended: over.promise };
    if (this.#gone) this.#close();
    return stream;
  }

  /** The tasks go on; this socket has to resume. */
  #brokeOff(error: ParleyError, cursor: string): void {
    const conversation_id = this.#conversation();
    if (conversation_id === undefined) return;
    this.deps.socket.send(notification('error', { conversation_id, cursor }, { error: rpcError(error) }));
  }

  #conversation(): ConversationId | undefined {
    const { session_id } = this.deps;
    return isSessionId(session_id) ? conversationIdOf(session_id) : undefined;
  }
}
