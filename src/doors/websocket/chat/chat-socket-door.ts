import { ParleyError } from '../../../core/kernel/parley-error.js';
import type { Clock } from '../../../core/ports/clock.js';
import { parseJson, type MessageLimits } from '../../wire/parse-json.js';
import type { DoorSocket, SocketDoor, SocketSession } from '../socket-door.js';
import { chatErrorFrame, chatFrame } from './chat-frame.js';
import { requireMessage, type ChatMessage } from './chat-message.js';

const NORMAL = 1000;

export interface ChatSocketDoorDeps {
  readonly clock: Clock;
  readonly limits: MessageLimits;
}

/** `/ws`: streaming chat over a WebSocket. */
export class ChatSocketDoor implements SocketDoor {
  readonly pattern = /^\/ws\/?$/;

  constructor(private readonly deps: ChatSocketDoorDeps) {}

  open(socket: DoorSocket): SocketSession {
    return new ChatSocketSession(socket, this.deps);
  }

  errorFrame(error: ParleyError): string {
    return chatErrorFrame(error, this.deps.clock.now());
  }
}

class ChatSocketSession implements SocketSession {
  constructor(
    private readonly socket: DoorSocket,
    private readonly deps: ChatSocketDoorDeps,
  ) {}

  async receive(bytes: Buffer): Promise<void> {
    const message = requireMessage(parseJson(bytes, this.deps.limits));
    switch (message.type) {
      case 'ping':
        this.#pong();
        return;
      case 'auth':
        await this.#authenticate(message);
        return;
      case 'disconnect':
        this.socket.close(NORMAL, 'disconnected as asked');
        return;
    }
  }

  closed(): void {
    // Nothing is watched yet.
  }

  /** With a key that the handshake brought already, the message proves that it is good. */
  async #authenticate({ data }: ChatMessage): Promise<void> {
    const key = data['api_key'];
    if (typeof key !== 'string')
      throw new ParleyError('invalid_request', '/data/api_key: must be a string', {
        problems: [{ pointer: '/data/api_key', message: 'must be a string' }],
      });
    await this.socket.authenticate(key);
    this.#pong();
  }

  #pong(): void {
    this.socket.send(chatFrame('pong', {}, { at: this.deps.clock.now() }));
  }
}
