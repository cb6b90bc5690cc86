import type { Event, Socket } from 'socket.io';
import { callerOf } from '../../auth/caller.js';
import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';
import { thereIs } from '../../core/kernel/there-is.js';
import type { Clock } from '../../core/ports/clock.js';
import { KEY_GONE } from '../wire/projection.js';
import type { SocketGate } from '../wire/socket-gate.js';
import { errorBody } from './socketio-packets.js';
import { SocketIoPeer } from './socketio-peer.js';
import { SocketIoSession, type Answer, type LaterAnswer, type SocketIoSessionDeps } from './socketio-session.js';

/** How a client asked to be answered. */
export type Acknowledge = (answer: Readonly<Record<string, unknown>>) => void;

export const SOCKET_IO_EVENTS = ['join', 'leave', 'chat', 'conversation:create', 'cancel'] as const;
const KNOWN: ReadonlySet<string> = new Set(SOCKET_IO_EVENTS);
/** Answers that a client has not taken, in UTF-16 units: one that asks for more is sent away. */
const MOST_UNTAKEN = 256 * 1024;
/** Events of one client that wait for the one before. */
const MOST_WAITING = 100;

export interface SocketIoClientsDeps {
  readonly gate: SocketGate;
  readonly clock: Clock;
  readonly session: SocketIoSessionDeps;
  /** Resolves once every run has ended or was left to recovery, and every watcher was told. */
  readonly drained: () => Promise<void>;
  readonly report: (error: ParleyError) => void;
}

interface Client {
  readonly peer: SocketIoPeer;
  readonly session: SocketIoSession;
  readonly unbind: () => void;
  /** Events are answered one after the other. */
  tail: Promise<void>;
  waiting: number;
}

/** The clients of Socket.IO that are connected now. */
export class SocketIoClients {
  readonly #clients = new Map<Socket, Client>();

  constructor(private readonly deps: SocketIoClientsDeps) {}

  open(socket: Socket): void {
    const { gate, clock, session } = this.deps;
    const caller = callerOf(socket);
    if (caller === undefined) {
      socket.disconnect(true);
      return;
    }
    const peer = new SocketIoPeer(socket.conn, clock);
    const unbind = gate.whenGone(caller, () => peer.fail(new ParleyError('unauthenticated', KEY_GONE)));
    const countRequest = (): Promise<void> => gate.countRequest(socket.request, caller);
    this.#clients.set(socket, {
      peer,
      unbind,
      session: new SocketIoSession({ caller, peer, countRequest }, session),
      tail: Promise.resolve(),
      waiting: 0,
    });
    // Without a listener an event of this name would end the process.
    socket.on('error', () => undefined);
    socket.use((event, next) => this.#check(socket, event, next));
  }

  close(socket: Socket): void {
    const client = this.#clients.get(socket);
    this.#clients.delete(socket);
    client?.unbind();
    client?.session.close();
  }

  /** Answers an event: by its acknowledgement, or what was refused without one by an `error` event. Never rejects. */
  answer(
    socket: Socket,
    ack: Acknowledge | undefined,
    work: (session: SocketIoSession) => Promise<Answer | LaterAnswer>,
  ): Promise<void> {
    const client = this.#clients.get(socket);
    if (client === undefined) return Promise.resolve();
    if (client.waiting >= MOST_WAITING) {
      const detail = `${MOST_WAITING} events of this client wait for an answer`;
      this.#refuse(client, ack, new ParleyError('rate_limited', detail));
      return Promise.resolve();
    }
    client.waiting++;
    client.tail = client.tail.then(async () => {
      try {
        const answer = await work(client.session);
        if ('later' in answer) void this.#deliver(socket, ack, answer.later);
        else await this.#deliver(socket, ack, answer);
      } catch (thrown) {
        this.#refuse(client, ack, toParleyError(thrown));
      } finally {
        client.waiting--;
      }
    });
    return client.tail;
  }

  /** Never rejects. */
  async #deliver(socket: Socket, ack: Acknowledge | undefined, answer: Answer | Promise<Answer>): Promise<void> {
    try {
      const { body, after } = await answer;
      if (!this.#clients.has(socket)) return;
      ack?.(body);
      after?.();
    } catch (thrown) {
      // Who has left meanwhile is told nothing; that it failed is no surprise then.
      const client = this.#clients.get(socket);
      if (client !== undefined) this.#refuse(client, ack, toParleyError(thrown));
    }
  }

  /** The server goes away: whoever is connected is told where it stands. Resolves once runs and watchers are through. */
  async leave(): Promise<void> {
    await this.deps.drained();
    for (const { peer, session } of this.#clients.values()) {
      session.farewell();
      peer.close();
    }
  }

  /** An event has one argument, and its name is one that there is. */
  #check(socket: Socket, [name, ...args]: Event, next: () => void): void {
    const last: unknown = args.at(-1);
    const ack = typeof last === 'function' ? (last as Acknowledge) : undefined;
    const given = ack === undefined ? args.length : args.length - 1;
    const client = this.#clients.get(socket);
    if (client === undefined) return;
    if (client.peer.untakenAnswers() > MOST_UNTAKEN) {
      client.peer.fail(
        new ParleyError('slow_consumer', 'the answers are not taken: come back and join with the cursor'),
      );
    } else if (!KNOWN.has(name)) {
      const detail = `there is no such event; ${thereIs(SOCKET_IO_EVENTS)}`;
      this.#refuse(client, ack, new ParleyError('not_found', detail));
    } else if (given !== 1) {
      this.#refuse(client, ack, new ParleyError('invalid_request', 'an event takes one argument, an object'));
    } else next();
  }

  #refuse({ peer }: Client, ack: Acknowledge | undefined, error: ParleyError): void {
    this.deps.report(error);
    if (ack === undefined) peer.tell(error);
    else ack({ ok: false, error: errorBody(error) });
  }
}
