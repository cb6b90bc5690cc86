import type { OpenSockets } from '../../../auth/open-sockets.js';
import type { CancelRun } from '../../../conversations/cancel-run.js';
import type { StartChat } from '../../../conversations/start-chat.js';
import type { WatchEvents } from '../../../conversations/watch-events.js';
import type { Encoder } from '../../../core/events/encoder.js';
import type { ParleyError } from '../../../core/kernel/parley-error.js';
import type { Clock } from '../../../core/ports/clock.js';
import { FrameEncoder } from '../../wire/frame-encoder.js';
import type { MessageLimits } from '../../wire/parse-json.js';
import type { DoorSocket, SocketDoor, SocketSession } from '../socket-door.js';
import { chatErrorFrame } from './chat-frame.js';
import { ChatSocketSession } from './chat-socket-session.js';
import { ChatSocketProjection } from './chat-socket.projection.js';

export interface ChatSocketDeps {
  readonly clock: Clock;
  readonly limits: MessageLimits & { readonly history_messages: number };
  readonly watch: WatchEvents;
  readonly start: StartChat;
  readonly cancel: CancelRun;
  readonly sockets: OpenSockets;
}

/** `/ws`: streaming chat over a WebSocket. */
export class ChatSocketDoor implements SocketDoor {
  readonly pattern = /^\/ws\/?$/;
  /** One for all sockets: they share what it serialises. */
  readonly #encoder: Encoder;

  constructor(private readonly deps: ChatSocketDeps) {
    this.#encoder = new FrameEncoder(new ChatSocketProjection(() => deps.clock.now()));
  }

  open(socket: DoorSocket): SocketSession {
    return new ChatSocketSession(socket, this.#encoder, this.deps);
  }

  errorFrame(error: ParleyError): string {
    return chatErrorFrame(error, { at: this.deps.clock.now() });
  }
}
