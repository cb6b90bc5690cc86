import type { OpenSockets } from '../../auth/open-sockets.js';
import type { Caller } from '../../auth/caller.js';
import type { CancelRun } from '../../conversations/cancel-run.js';
import type { CreateConversation } from '../../conversations/create-conversation.js';
import type { ChatRequest, StartChat } from '../../conversations/start-chat.js';
import type { Watchable, WatchEvents } from '../../conversations/watch-events.js';
import type { ConversationId, ConversationRef } from '../../core/kernel/ids.js';
import { toParleyError, type ParleyError } from '../../core/kernel/parley-error.js';
import { toRequest } from '../http/conversation.mapper.js';
import { CreateConversationDto } from '../http/create-conversation.dto.js';
import { toChatRequest } from '../wire/chat-request.js';
import { ChatDto } from '../wire/chat.dto.js';
import { conversationRef, runId } from '../wire/conversation-ref.js';
import { CancelConversationDto, ConversationDto, ResumeDto } from '../wire/socket.dto.js';
import { SocketStream } from '../wire/socket-stream.js';
import { validateBody } from '../wire/validate-body.js';
import { endPacket, SOCKET_IO_ENCODER } from './socketio-packets.js';
import type { SocketIoPeer } from './socketio-peer.js';

/** The answer to an event of a client, and what is to be done once it is sent. */
export interface Answer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly after?: () => void;
}

/** An answer that may take long: no later event waits for it. */
export interface LaterAnswer {
  readonly later: Promise<Answer>;
}

export interface SocketIoSessionDeps {
  readonly watch: WatchEvents;
  readonly create: CreateConversation;
  readonly start: StartChat;
  /** Messages of a history. */
  readonly history_messages: number;
  readonly cancel: CancelRun;
  readonly sockets: OpenSockets;
  /** The server shuts down: what ended is not followed any further. */
  readonly draining: () => boolean;
}

export interface SocketIoClient {
  readonly caller: Caller;
  readonly peer: SocketIoPeer;
  /** Counts what is asked for like a request. @throws ParleyError `rate_limited` */
  readonly countRequest: () => Promise<void>;
}

/** One client of Socket.IO: the conversations it has joined, and what it asks for. Joined is followed, run after run. */
export class SocketIoSession {
  readonly #streams = new Map<ConversationId, SocketStream>();
  /** Streams that began with a run: they end with it. */
  readonly #ofRun = new WeakSet<SocketStream>();
  readonly #gone = new AbortController();

  constructor(
    private readonly client: SocketIoClient,
    private readonly deps: SocketIoSessionDeps,
  ) {}

  async join(data: unknown): Promise<Answer> {
    const { conversation_id, after, run_id } = await validateBody(ResumeDto, data);
    const ref = conversationRef(this.client.caller, conversation_id);
    const run = runId(run_id ?? undefined);
    const watchable = await this.deps.watch.open({ ref, cursor: after, run_id: run, follow: run === undefined });
    const body = { ok: true, conversation_id, run_id: watchable.run_id ?? null };
    if (watchable.exhausted) return { body, after: () => this.#tellEnd(ref.conversation_id, String(after)) };
    return {
      body,
      after: () => this.#watch(ref.conversation_id, watchable),
    };
  }

  async leave(data: unknown): Promise<Answer> {
    const { conversation_id } = await validateBody(ConversationDto, data);
    const ref = conversationRef(this.client.caller, conversation_id);
    this.#streams.get(ref.conversation_id)?.close();
    const left = this.#streams.delete(ref.conversation_id);
    return { body: { ok: true, conversation_id, left } };
  }

  async create(data: unknown): Promise<Answer> {
    await this.client.countRequest();
    const body = await validateBody(CreateConversationDto, data);
    const { conversation_id, run_id, tenant } = await this.deps.create.execute(
      this.client.caller.tenant,
      toRequest(body),
    );
    return {
      body: { ok: true, conversation_id, run_id },
      after: () => this.#follow({ tenant, conversation_id }, '0'),
    };
  }

  async chat(data: unknown): Promise<Answer | LaterAnswer> {
    await this.client.countRequest();
    const { history_messages } = this.deps;
    const body = await validateBody(ChatDto, data, '', history_messages);
    const chat = toChatRequest(body, { on_disconnect: 'continue', history_messages });
    const begun = this.#begin(chat);
    return chat.on_busy === 'queue' ? { later: begun } : begun;
  }

  async cancel(data: unknown): Promise<Answer> {
    const { conversation_id, mode } = await validateBody(CancelConversationDto, data);
    const status = await this.deps.cancel.execute(conversationRef(this.client.caller, conversation_id), mode ?? 'now');
    return { body: { ok: true, conversation_id, status } };
  }

  /** The server goes away: says where the client stands in what it still gets. */
  farewell(): void {
    for (const [id, stream] of this.#streams) {
      this.client.peer.send(SOCKET_IO_ENCODER.farewell(stream.cursor() ?? '0', id));
    }
  }

  close(): void {
    this.#gone.abort();
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  /** What comes of the run is kept back until the client knows what it began. */
  async #begin(chat: ChatRequest): Promise<Answer> {
    const stream = this.#stream();
    this.#ofRun.add(stream);
    stream.hold();
    try {
      const { tenant } = this.client.caller;
      const { signal } = this.#gone;
      const options = { route: 'Socket.IO chat', attach: stream, signal };
      const { conversation_id, run_id, watch } = await this.deps.start.execute(tenant, chat, options);
      stream.handle = watch;
      if (signal.aborted) stream.close();
      return {
        body: { ok: true, conversation_id, run_id },
        after: () => {
          // Who has joined gets it already.
          if (this.#streams.has(conversation_id)) stream.close();
          else this.#streams.set(conversation_id, stream);
          stream.release();
        },
      };
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  /** Gives everything after the cursor, and stays. */
  #follow(ref: ConversationRef, cursor: string): void {
    const id = ref.conversation_id;
    this.deps.watch.open({ ref, cursor, follow: true }).then(
      (watchable) => {
        if (!this.#gone.signal.aborted) this.#watch(id, watchable);
      },
      (thrown: unknown) => this.#tellEnd(id, cursor, toParleyError(thrown)),
    );
  }

  /** A conversation has one stream: it takes the place of one that was there. */
  #watch(id: ConversationId, watchable: Watchable): void {
    this.#streams.get(id)?.close();
    const stream = this.#stream();
    this.#streams.set(id, stream);
    stream.handle = watchable.watch(stream.encoder, stream.sink);
  }

  #stream(): SocketStream {
    const stream: SocketStream = new SocketStream({
      socket: this.client.peer,
      encoder: SOCKET_IO_ENCODER,
      sockets: this.deps.sockets,
      onEnd: (error) => this.#ended(stream, error),
    });
    return stream;
  }

  /** A drain has said so itself. What ended with its run is followed further. */
  #ended(stream: SocketStream, error: ParleyError | undefined): void {
    const id = [...this.#streams].find(([, kept]) => kept === stream)?.[0];
    if (id === undefined) return;
    this.#streams.delete(id);
    if (this.deps.draining()) return;
    const cursor = stream.cursor();
    if (this.#ofRun.has(stream) && error === undefined && cursor !== undefined) {
      this.#follow({ tenant: this.client.caller.tenant, conversation_id: id }, cursor);
    } else this.#tellEnd(id, cursor, error);
  }

  #tellEnd(id: ConversationId, cursor: string | undefined, error?: ParleyError): void {
    this.client.peer.send(endPacket(id, cursor, error));
  }
}
