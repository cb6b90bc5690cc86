import { connect, type Socket } from 'node:net';
import type { Target } from '../doors/door.js';
import { createSession } from '../session-client.js';
import { wsFrame } from '../ws-client.js';

/** What is asked for before it is left. */
export interface LeftAsk {
  readonly message: string;
  readonly model: string;
  readonly on_disconnect: 'cancel' | 'continue';
}

/** A way to ask and to leave. */
export interface Leaver {
  readonly name: string;
  /** Whether it can say that the run ends with it. */
  readonly binds: boolean;
  /** Asks on a connection of its own; resolves as soon as that was sent, whatever comes of it. */
  readonly ask: (target: Target, ask: LeftAsk) => Promise<Socket>;
}

/** A connection that reads everything and keeps nothing. */
function open({ server }: Target): Socket {
  const { hostname, port } = new URL(server.url);
  return connect({ host: hostname, port: Number(port), noDelay: true })
    .on('error', () => undefined)
    .resume();
}

function head({ server, key }: Target, line: string, ...fields: readonly string[]): string {
  return [`${line} HTTP/1.1`, `Host: ${new URL(server.url).host}`, `X-API-Key: ${key}`, ...fields, '', ''].join('\r\n');
}

function poster(path: string, bodyOf: (ask: LeftAsk) => object): Leaver['ask'] {
  return async (target, ask) => {
    const body = JSON.stringify({ ...bodyOf(ask), on_disconnect: ask.on_disconnect });
    const socket = open(target);
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    socket.write(`${head(target, `POST ${path}`, 'Content-Type: application/json', length)}${body}`);
    return socket;
  };
}

const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** Handshake and frames in one, but for those that wait for a word of the server. */
function upgraded(target: Target, path: string, frame: string, after?: string): Socket {
  const socket = open(target);
  socket.write(head(target, `GET ${path}`, ...HANDSHAKE));
  if (after === undefined) {
    socket.write(wsFrame(frame));
    return socket;
  }
  socket.write(wsFrame('40'));
  const look = (chunk: Buffer): void => {
    if (!chunk.includes(after)) return;
    socket.off('data', look);
    socket.write(wsFrame(frame));
  };
  return socket.on('data', look);
}

const chat = ({ message, model }: LeftAsk): object => ({ message, model, reset_history: true });
const completion =
  (stream: boolean) =>
  ({ message, model }: LeftAsk): object => ({ model, messages: [{ role: 'user', content: message }], stream });

/** Every transport that begins runs. */
export const LEAVERS: readonly Leaver[] = [
  { name: 'POST /chat', binds: true, ask: poster('/chat', chat) },
  { name: 'POST /chat/stream', binds: true, ask: poster('/chat/stream', chat) },
  {
    name: 'POST /chat/stream with a prompt',
    binds: true,
    ask: poster('/chat/stream', ({ message, model }) => ({ prompt: message, model })),
  },
  { name: 'POST /v1/chat/completions', binds: true, ask: poster('/v1/chat/completions', completion(false)) },
  { name: 'POST /v1/chat/completions, streamed', binds: true, ask: poster('/v1/chat/completions', completion(true)) },
  {
    name: '/ws',
    binds: true,
    ask: async (target, ask) => {
      const data = { ...chat(ask), on_disconnect: ask.on_disconnect };
      return upgraded(target, '/ws', JSON.stringify({ type: 'chat', data }));
    },
  },
  {
    name: 'Socket.IO',
    binds: true,
    ask: async (target, ask) => {
      const data = { ...chat(ask), on_disconnect: ask.on_disconnect };
      const path = '/socket.io/?EIO=4&transport=websocket';
      return upgraded(target, path, `420["chat",${JSON.stringify(data)}]`, '40{"sid"');
    },
  },
  {
    name: '/ws/{session_id}',
    binds: false,
    ask: async (target, { message, model }) => {
      const session_id = await createSession(target.server.url, {}, { 'x-api-key': target.key });
      const params = { message, model };
      return upgraded(
        target,
        `/ws/${session_id}`,
        JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'generate', params }),
      );
    },
  },
];
