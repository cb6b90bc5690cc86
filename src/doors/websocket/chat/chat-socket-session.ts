import type { Encoder } from '../../../core/events/encoder.js';
import type { ConversationId } from '../../../core/kernel/ids.js';
import { ParleyError, toParleyError } from '../../../core/kernel/parley-error.js';
import type { ChatRequest } from '../../../conversations/start-chat.js';
import { toChatRequest } from '../../wire/chat-request.js';
import { ChatDto } from '../../wire/chat.dto.js';
import { conversationRef, runId } from '../../wire/conversation-ref.js';
import { parseJson } from '../../wire/parse-json.js';
import { CancelChatDto, ResumeDto } from '../../wire/socket.dto.js';
import { validateBody } from '../../wire/validate-body.js';
import { fieldsWithin } from '../../wire/validation.js';
import type { DoorSocket, SocketSession } from '../socket-door.js';
import { SocketStream } from '../../wire/socket-stream.js';
import { chatErrorFrame, pongFrame } from './chat-frame.js';
import { AuthDto, requireMessage, type ChatMessage } from './chat-message.js';
import type { ChatSocketDeps } from './chat-socket-door.js';

const NORMAL = 1000;
const DATA = '/data';

/** One socket of `/ws`: what runs over it are streams of conversations, one of each. */
export class ChatSocketSession implements SocketSession {
  readonly #streams = new Map<ConversationId, SocketStream>();
  readonly #gone = new AbortController();

  constructor(
    private readonly socket: DoorSocket,
    private readonly encoder: Encoder,
    private readonly deps: ChatSocketDeps,
  ) {}

  async receive(bytes: Buffer): Promise<void> {
    const message = requireMessage(parseJson(bytes, this.deps.limits));
    await this.#answer(message);
  }

  closed(): void {
    this.#gone.abort();
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  farewell(): void {
    for (const [conversation_id, stream] of this.#streams) {
      this.socket.send(this.encoder.farewell(stream.cursor() ?? '0', conversation_id));
    }
  }

  #answer({ type, data }: ChatMessage): Promise<void> | void {
    switch (type) {
      case 'ping':
        return this.#pong();
      case 'auth':
        return this.#authenticate(data);
      case 'chat':
        return this.#chat(data);
      case 'resume':
        return this.#resume(data);
      case 'cancel':
        return this.#cancel(data);
      case 'disconnect':
        return this.socket.close(NORMAL, 'disconnected as asked');
    }
  }

  /** Also with a key that the handshake brought already: then it has to be good. */
  async #authenticate(data: unknown): Promise<void> {
    const { api_key } = await validateBody(AuthDto, data, DATA);
    await this.socket.authenticate(api_key);
    this.#pong();
  }

  /** The run is the answer. One that waits for its turn keeps no later message waiting. */
  async #chat(data: unknown): Promise<void> {
    await this.socket.countRequest();
    const { history_messages } = this.deps.limits;
    const chat = this.#chatRequest(await validateBody(ChatDto, data, DATA, history_messages));
    const begun = this.#begin(chat);
    if (chat.on_busy !== 'queue') return begun;
    begun.catch((thrown: unknown) => {
      this.socket.send(chatErrorFrame(toParleyError(thrown), { at: this.deps.clock.now() }));
    });
  }

  async #begin(chat: ChatRequest): Promise<void> {
    const stream = this.#stream();
    try {
      const { tenant } = this.socket.caller;
      const { signal } = this.#gone;
      const started = await this.deps.start.execute(tenant, chat, { route: '/ws chat', attach: stream, signal });
      stream.handle = started.watch;
      if (signal.aborted) stream.close();
      else this.#keep(started.conversation_id, stream);
    } catch (error) {
      stream.close();
      throw fieldsWithin(error, DATA);
    }
  }

  #chatRequest(body: ChatDto): ChatRequest {
    const { history_messages } = this.deps.limits;
    try {
      return toChatRequest(body, { on_disconnect: 'continue', history_messages });
    } catch (error) {
      throw fieldsWithin(error, DATA);
    }
  }

  async #resume(data: unknown): Promise<void> {
    const { conversation_id, after, run_id } = await validateBody(ResumeDto, data, DATA);
    const ref = conversationRef(this.socket.caller, conversation_id);
    const watchable = await this.deps.watch.open({ ref, cursor: after, run_id: runId(run_id ?? undefined) });
    if (watchable.exhausted) {
      this.#pong({ conversation_id, exhausted: true }, after === undefined ? undefined : String(after));
      return;
    }
    // The client may have left meanwhile.
    if (this.#gone.signal.aborted) return;
    const stream = this.#stream();
    this.#keep(ref.conversation_id, stream);
    stream.handle = watchable.watch(stream.encoder, stream.sink);
  }

  /** Without a name: what runs over this socket. The ends of the runs are the answer to who watches them. */
  async #cancel(data: unknown): Promise<void> {
    const { conversation_id, mode } = await validateBody(CancelChatDto, data, DATA);
    const named = conversation_id ?? undefined;
    const refs = (named === undefined ? [...this.#streams.keys()] : [named]).map((id) =>
      conversationRef(this.socket.caller, id),
    );
    if (refs.length === 0) throw new ParleyError('conflict', 'nothing runs over this socket: name a conversation_id');
    for (const ref of refs) {
      const isWatched = this.#streams.has(ref.conversation_id);
      const status = await this.deps.cancel.execute(ref, mode ?? 'now');
      if (!isWatched) this.#pong({ conversation_id: ref.conversation_id, status });
    }
  }

  #stream(): SocketStream {
    const stream: SocketStream = new SocketStream({
      socket: this.socket,
      encoder: this.encoder,
      sockets: this.deps.sockets,
      onEnd: (error) => {
        const named = [...this.#streams].find(([, kept]) => kept === stream)?.[0];
        if (named !== undefined) this.#streams.delete(named);
        if (error === undefined) return;
        const place = { at: this.deps.clock.now(), cursor: stream.cursor(), conversation_id: named };
        this.socket.send(chatErrorFrame(error, place));
      },
    });
    return stream;
  }

  /** A conversation has one stream: it takes the place of one that was there. */
  #keep(conversation_id: ConversationId, stream: SocketStream): void {
    this.#streams.get(conversation_id)?.close();
    if (stream.over) this.#streams.delete(conversation_id);
    else this.#streams.set(conversation_id, stream);
  }

  #pong(data: Readonly<Record<string, unknown>> = {}, cursor?: string): void {
    this.socket.send(pongFrame(data, { at: this.deps.clock.now(), cursor }));
  }
}
