import { WsClient } from '../ws-client.js';
import { SocketIoClient } from '../socketio-client.js';
import { Refused, type Door, type Json, type Place, type Target } from './door.js';
import { DoorStream } from './door-stream.js';
import { chatBody } from './http-doors.js';
import { canonicalItems, chatItems } from './items.js';

async function openWs({ server, key }: Target): Promise<WsClient> {
  return WsClient.open(server.url, '/ws', { headers: { 'x-api-key': key } });
}

/** Frames of one run from a socket that carries nothing else, and that has been let in. */
function wsStream(client: WsClient): DoorStream {
  const { ws } = client;
  const stream = new DoorStream({
    drop: () => ws.terminate(),
    pause: () => ws.pause(),
    resume: () => ws.resume(),
  });
  const over = (): void => {
    stream.stop('over');
    ws.terminate();
  };
  ws.on('ping', () => stream.sign());
  void client.closed.then(() => stream.stop('broken'));
  client.tap((frame) => {
    const data = frame['data'] as Json;
    if (frame['type'] === 'pong') {
      if (data['exhausted'] === true) over();
      return;
    }
    if (stream.run_id === '') {
      stream.conversation_id = String(data['conversation_id']);
      stream.run_id = String(data['run_id']);
    }
    const away = data['error_code'] === 'draining';
    const items = away ? ([{ kind: 'away' }] as const) : chatItems(data);
    stream.push({ cursor: frame['cursor'] as string | undefined, raw: frame, items });
    if (items.some(({ kind }) => kind === 'end' || kind === 'away')) over();
  });
  return stream;
}

/** The first frame; rejects if it belongs to no run. */
async function accepted(client: WsClient): Promise<void> {
  const first = await client.next();
  const data = first['data'] as Json;
  if (first['type'] !== 'error' || data['run_id'] !== undefined) return;
  client.ws.terminate();
  throw new Refused(data['error_code'], first);
}

/** `/ws`: streaming chat over a WebSocket. */
export const WS: Door = {
  name: 'ws',
  shows: ['text', 'tool_start', 'tool_end', 'discard', 'end'],
  async begin(target, ask) {
    const client = await openWs(target);
    client.send({ type: 'chat', data: chatBody(ask) });
    await accepted(client);
    return wsStream(client);
  },
  async watch(target, { conversation_id, run_id, cursor }) {
    const client = await openWs(target);
    client.send({ type: 'resume', data: { conversation_id, run_id, after: cursor } });
    // A stream that begins says nothing until there is something: what is answered after it says that it was let in.
    client.send({ type: 'ping' });
    await accepted(client);
    return wsStream(client);
  },
  async cancel(target, { conversation_id }) {
    const client = await openWs(target);
    client.send({ type: 'cancel', data: { conversation_id } });
    const answer = await client.next();
    client.ws.terminate();
    if (answer['type'] !== 'pong') throw new Refused((answer['data'] as Json)['error_code'], answer);
  },
};

async function openSocketIo({ server, key }: Target): Promise<SocketIoClient> {
  return SocketIoClient.connect(new URL(server.url).origin, { auth: { apiKey: key } });
}

function socketIoStream(client: SocketIoClient, ids: Json): DoorStream {
  // The socket under the client.
  const { socket } = client;
  const transport = (): { readonly pause: () => void; readonly resume: () => void } | undefined =>
    (socket.io.engine.transport as unknown as { readonly ws?: { pause(): void; resume(): void } }).ws;
  const stream = new DoorStream({
    drop: () => socket.disconnect(),
    pause: () => transport()?.pause(),
    resume: () => transport()?.resume(),
  });
  stream.conversation_id = String(ids['conversation_id']);
  stream.run_id = String(ids['run_id']);
  socket.io.engine.on('packet', ({ type }) => {
    if (type === 'ping') stream.sign();
  });
  client.tap(({ name, data }) => {
    if (name === 'event' && data['run_id'] === stream.run_id) {
      const items = canonicalItems(data);
      stream.push({ cursor: data['cursor'] as string | undefined, raw: data, items });
      if (!items.some(({ kind }) => kind === 'end')) return;
    } else if (name === 'end') {
      const error = data['error'] as Json | undefined;
      if (error?.['code'] === 'draining')
        stream.push({ cursor: data['cursor'] as string, raw: data, items: [{ kind: 'away' }] });
    } else if (name !== 'disconnect') return;
    stream.stop(name === 'disconnect' ? 'broken' : 'over');
    client.close();
  });
  return stream;
}

async function asked(client: SocketIoClient, event: string, data: unknown): Promise<Json> {
  const ack = await client.ask(event, data);
  if (ack['ok'] === true) return ack;
  client.close();
  throw new Refused((ack['error'] as Json)['code'], ack);
}

/** Socket.IO, one conversation a client. */
export const SOCKET_IO: Door = {
  name: 'socketio',
  shows: ['text', 'tool_start', 'tool_end', 'discard', 'end', 'fact', 'delta'],
  async begin(target, ask) {
    const client = await openSocketIo(target);
    return socketIoStream(client, await asked(client, 'chat', chatBody(ask)));
  },
  async watch(target, place: Place) {
    const client = await openSocketIo(target);
    const { conversation_id, run_id, cursor } = place;
    await asked(client, 'join', { conversation_id, run_id, after: cursor });
    return socketIoStream(client, { conversation_id, run_id });
  },
  async cancel(target, { conversation_id }) {
    const client = await openSocketIo(target);
    await asked(client, 'cancel', { conversation_id });
    client.close();
  },
};
