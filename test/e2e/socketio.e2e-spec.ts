import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { api } from '../support/api.js';
import { configFor } from '../support/models.js';
import { sendRaw } from '../support/raw.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { SocketIoClient } from '../support/socketio-client.js';
import { CanonicalReader } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';
import { closeCodeOf, rawSocket, upgradeStatus, wsFrame } from '../support/ws-client.js';

type Json = Record<string, unknown>;

const KEY = 'key-of-team';
const AUTH = { auth: { apiKey: KEY } };
const HEADERS = { 'x-api-key': KEY };
const WS_PATH = '/socket.io/?EIO=4&transport=websocket';
const AGENTS = [
  { name: 'Alice', goal: 'to agree' },
  { name: 'Bob', goal: 'to agree' },
];

let upstream: Upstream;
let server: RunningServer;
let origin: string;
let folder: string;

beforeAll(async () => {
  upstream = await startUpstream();
  folder = await temporaryFolder();
  const rest =
    "server: {base_path: /api, cors_origins: ['https://good.example.org']}\nauth: {keys_file: keys.txt}\nlimits: {sockets_per_key: 4}\n";
  const keys = ['team', 'others', 'the-crowd', 'websocket', 'polling'].map((name) => `${name}:key-of-${name}\n`);
  await writeFile(join(folder, 'keys.txt'), keys.join(''), { mode: 0o600 });
  server = await startServer({
    cwd: folder,
    config: configFor(upstream.url, ['scripted', 'long', 'pace:10:scripted', 'pace:40:scripted'], rest),
  });
  origin = new URL(server.url).origin;
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

async function using<T>(client: SocketIoClient, work: (client: SocketIoClient) => Promise<T>): Promise<T> {
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

function readerOf(events: readonly Json[]): CanonicalReader {
  const reader = new CanonicalReader();
  reader.take(events.map((event) => ({ id: String(event['cursor']), data: JSON.stringify(event) })));
  return reader;
}

const isRunEnd = (event: Json): boolean => event['type'] === 'run_end';

describe.each([['websocket'], ['polling']])('a client of Socket.IO over %s', (transport) => {
  const options = { transports: [transport], ...AUTH };

  it('chats: the answer to the event comes first, then every event of the log', async () => {
    await using(await SocketIoClient.connect(origin, options), async (client) => {
      const [ack, before] = await new Promise<[Json, number]>((resolve) => {
        client.socket.emit('chat', { message: 'Hello', reset_history: true }, (answer: Json) =>
          resolve([answer, client.got.length]),
        );
      });
      expect(ack).toEqual({ ok: true, conversation_id: expect.any(String), run_id: expect.any(String) });
      expect(before).toBe(0);
      await client.next('event', isRunEnd);
      const id = String(ack['conversation_id']);
      const reader = readerOf(client.events(id));
      expect(reader.facts.map((fact) => fact['seq'])).toEqual(reader.facts.map((_fact, index) => index + 1));
      const ended = reader.facts.filter((fact) => fact['type'] === 'message_end' && fact['role'] === 'assistant');
      for (const fact of ended) expect(reader.texts.get(String(fact['message_id']))).toBe(fact['text']);
      // Joined is joined: the next run of the conversation comes too, whoever begins it.
      await api(`${server.url}/chat`, 'POST', { message: 'Again', conversation_id: id }, HEADERS);
      await client.next('event', isRunEnd);
      const facts = client.events(id).filter((event) => event['seq'] !== undefined);
      expect(facts.at(-1)?.['seq']).toBe(facts.length);
    });
  });

  it('creates a conversation of agents, leaves it, and joins it again where it was', async () => {
    await using(await SocketIoClient.connect(origin, options), async (client) => {
      const body = { agent_configs: AGENTS, max_turns: 2, model_name: 'pace:10:scripted' };
      const { conversation_id } = await client.ask('conversation:create', body);
      await client.next('event', (event) => event['type'] === 'message_update');
      expect(await client.ask('leave', { conversation_id })).toEqual({ ok: true, conversation_id, left: true });
      const before = client.events(conversation_id);
      const again = await client.ask('join', { conversation_id, after: before.at(-1)?.['cursor'] });
      expect(again).toMatchObject({ ok: true, conversation_id });
      await client.next('event', isRunEnd);
      const reader = readerOf(client.events(conversation_id));
      const { body: page } = await api(
        `${server.url}/conversations/${String(conversation_id)}/events?limit=1000`,
        'GET',
        undefined,
        { ...HEADERS, accept: 'application/json' },
      );
      const stored = (page['events'] as Json[]).map(({ cursor: _cursor, ...fact }) => fact);
      expect(reader.comparable()).toEqual(stored);
    });
  });

  it('gets what is long and goes to others too', async () => {
    const held = Promise.withResolvers<void>();
    // Not ASCII and with line breaks: bytes, units and lines of it are counted differently.
    const pieces = Array.from({ length: 8 }, (_, index) => `${index} é\n`.padEnd(20_000, 'x'));
    upstream.script('long', [{ text: ['Well: ', { until: held.promise }, ...pieces] }]);
    const others = [['websocket'], ['polling', 'websocket'], ['websocket']];
    // As many as one key may have: each has its own.
    const auth = { apiKey: `key-of-${transport}` };
    const clients = await Promise.all(
      [[transport], ...others].map((transports) => SocketIoClient.connect(origin, { transports, auth })),
    );
    const [first] = clients;
    const { conversation_id } = (await first?.ask('chat', { message: 'Hi', model: 'long', reset_history: true })) ?? {};
    for (const other of clients.slice(1)) await other.ask('join', { conversation_id });
    held.resolve();
    for (const client of clients) {
      await client.next('event', isRunEnd);
      const { texts } = readerOf(client.events(conversation_id));
      expect([...texts.values()].at(-1)).toBe(`Well: ${pieces.join('')}`);
      client.close();
    }
  });

  it('cancels', async () => {
    await using(await SocketIoClient.connect(origin, options), async (client) => {
      const body = { agent_configs: AGENTS, max_turns: 50, model_name: 'pace:40:scripted' };
      const { conversation_id } = await client.ask('conversation:create', body);
      const ack = await client.ask('cancel', { conversation_id });
      expect(ack).toEqual({ ok: true, conversation_id, status: 'cancelled' });
      expect(await client.next('event', isRunEnd)).toMatchObject({ outcome: 'cancelled' });
    });
  });

  it('is told what is wrong with an event, and is still there', async () => {
    await using(await SocketIoClient.connect(origin, options), async (client) => {
      for (const [event, data, code] of [
        ['join', { conversation_id: 'nothing' }, 'not_found'],
        ['join', {}, 'invalid_request'],
        ['join', 'text', 'invalid_request'],
        ['join', { conversation_id: 'x', more: 1 }, 'invalid_request'],
        ['chat', { message: 1 }, 'invalid_request'],
        ['chat', { message: 'Hello', agent_name: 'nobody' }, 'not_found'],
        ['conversation:create', { agent_configs: [] }, 'invalid_request'],
        ['cancel', { conversation_id: 'nothing' }, 'not_found'],
        ['leave', { conversation_id: 'nothing' }, 'not_found'],
        ['nothing', {}, 'not_found'],
        ['__proto__', {}, 'not_found'],
        ['error', {}, 'not_found'],
        ['constructor', {}, 'not_found'],
      ] as const) {
        const ack = await client.ask(event, data);
        expect(ack).toMatchObject({ ok: false, error: { code, message: expect.any(String), retryable: false } });
      }
      client.socket.emit('error', {});
      expect(await client.next('error')).toMatchObject({ code: 'not_found' });
      client.socket.emit('join', ...Array.from({ length: 100 }, () => ({})));
      expect(await client.next('error')).toMatchObject({ code: 'invalid_request' });
      client.socket.emit('join');
      expect(await client.next('error')).toMatchObject({ code: 'invalid_request' });
      expect(client.socket.connected).toBe(true);
    });
  });

  it('is let in with a key in a header too, and not with a wrong one or none', async () => {
    const { auth: _auth, ...plain } = options;
    await using(await SocketIoClient.connect(origin, { ...plain, extraHeaders: HEADERS }), async (client) => {
      expect(client.socket.connected).toBe(true);
    });
    await expect(SocketIoClient.connect(origin, plain)).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
    await expect(SocketIoClient.connect(origin, { ...plain, auth: { apiKey: 'wrong' } })).rejects.toMatchObject({
      data: { code: 'forbidden' },
    });
    await expect(SocketIoClient.connect(origin, { ...plain, auth: { apiKey: {} } })).rejects.toMatchObject({
      data: { code: 'invalid_request' },
    });
    await expect(
      SocketIoClient.connect(origin, { ...plain, extraHeaders: { 'x-api-key': 'wrong' } }),
    ).rejects.toThrow();
    await expect(SocketIoClient.connect(`${origin}/other`, options)).rejects.toThrow('Invalid namespace');
  });

  it('gets nothing of what belongs to another key', async () => {
    const made = await api(`${server.url}/chat`, 'POST', { message: 'Hello', reset_history: true }, HEADERS);
    const conversation_id = String(made.body['conversation_id']);
    const others = { ...options, auth: { apiKey: 'key-of-others' } };
    await using(await SocketIoClient.connect(origin, others), async (client) => {
      for (const event of ['join', 'cancel']) {
        expect(await client.ask(event, { conversation_id })).toMatchObject({ error: { code: 'not_found' } });
      }
      const chat = await client.ask('chat', { message: 'Hello', conversation_id });
      expect(chat).toMatchObject({ error: { code: 'not_found' } });
    });
  });

  it('behind the base path', async () => {
    const path = '/api/socket.io';
    await using(await SocketIoClient.connect(origin, { ...options, path }), async (client) => {
      expect(await client.ask('leave', {})).toMatchObject({ ok: false });
    });
  });
});

describe('the handshake', () => {
  it.each([
    ['https://good.example.org', 101],
    ['https://evil.example', 403],
    ['https://good.example.org.evil.example', 403],
    ['null', 403],
  ])('a page of %s: %i over WebSocket', async (page, status) => {
    expect(await upgradeStatus(origin, WS_PATH, { origin: page, headers: HEADERS })).toBe(status);
  });

  it.each([
    ['https://good.example.org', 200],
    ['https://evil.example', 403],
  ])('a page of %s: %i over polling', async (page, status) => {
    const path = '/socket.io/?EIO=4&transport=polling';
    const answer = await sendRaw(origin, { path, headers: { ...HEADERS, origin: page } });
    expect(answer.status).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBe(status === 200 ? page : undefined);
  });

  it('is refused by status: a wrong key, a foreign host, another revision', async () => {
    expect(await upgradeStatus(origin, WS_PATH, { headers: { 'x-api-key': 'wrong' } })).toBe(403);
    expect(await upgradeStatus(origin, WS_PATH, { headers: { ...HEADERS, host: 'evil.example' } })).toBe(421);
    expect((await sendRaw(origin, { path: '/socket.io/?EIO=3&transport=polling', headers: HEADERS })).status).toBe(400);
    expect(await upgradeStatus(origin, '/socket.io/?EIO=3&transport=websocket', { headers: HEADERS })).toBe(400);
    expect(await upgradeStatus(origin, '/socket.io/?transport=websocket', { headers: HEADERS })).toBe(400);
    expect(
      (await sendRaw(origin, { path: '/socket.io/?EIO=4&transport=polling&sid=x', headers: HEADERS })).status,
    ).toBe(400);
    const wrong = await sendRaw(origin, {
      path: '/socket.io/?EIO=4&transport=polling',
      headers: { 'x-api-key': 'wrong' },
    });
    expect([wrong.status, wrong.body['code']]).toEqual([403, 'forbidden']);
  });

  it('does not say a key back', async () => {
    const headers = { 'sec-websocket-protocol': `parley, parley.key.${KEY}` };
    const ws = new WebSocket(origin.replace('http', 'ws') + WS_PATH, ['parley', `parley.key.${KEY}`], { headers });
    await new Promise((resolve) => ws.once('open', resolve));
    expect(ws.protocol).toBe('parley');
    ws.terminate();
  });

  it('lets in no more sockets of one key than may be, by whatever door', async () => {
    const crowd = { auth: { apiKey: 'key-of-the-crowd' } };
    const clients = await Promise.all([1, 2, 3, 4].map(() => SocketIoClient.connect(origin, crowd)));
    await expect(SocketIoClient.connect(origin, crowd)).rejects.toMatchObject({ data: { code: 'rate_limited' } });
    expect(await upgradeStatus(origin, '/ws', { headers: { 'x-api-key': 'key-of-the-crowd' } })).toBe(429);
    for (const client of clients) client.close();
  });

  it('ends a connection that names no namespace', async () => {
    const socket = await rawSocket(origin, WS_PATH);
    expect(await closeCodeOf(socket)).toBe(1005);
  }, 120_000);
});

describe('packets that are not as they should be', () => {
  it.each([
    ['an unknown engine packet', '9'],
    ['an unknown packet', '49'],
    ['no JSON', '42{'],
    ['no list', '42{"a":1}'],
    ['a million attachments', '451000000-["join",{"_placeholder":true,"num":0}]'],
    ['too deep a nesting', `42["join",${'['.repeat(1000)}]`],
    ['too many values', `42["join",[${'1,'.repeat(50_000)}1]]`],
    ['an event before the namespace is entered', '42["join",{}]'],
  ])('end the connection and nothing else: %s', async (_what, packet) => {
    const socket = await rawSocket(origin, WS_PATH, [`X-API-Key: ${KEY}`]);
    if (!packet.startsWith('42["join",{}]')) socket.write(wsFrame('40'));
    socket.write(wsFrame(packet));
    expect([1000, 1005]).toContain(await closeCodeOf(socket));
    expect((await api(`${server.url}/health`)).status).toBe(200);
  });

  it.each([
    ['binary', wsFrame('x', { opcode: 2 }), [1003, 1005]],
    ['60 MB', wsFrame('x', { length: 60_000_000 }), [1009]],
    ['a thousand packets', Buffer.concat(Array.from({ length: 1000 }, () => wsFrame('3'))), [1005]],
    ['a thousand pings', Buffer.concat(Array.from({ length: 1000 }, () => wsFrame('', { opcode: 9 }))), [4429]],
  ])('of another kind, size or number: %s', async (_what, bytes, codes) => {
    const socket = await rawSocket(origin, WS_PATH, [`X-API-Key: ${KEY}`]);
    socket.write(bytes);
    expect(codes).toContain(await closeCodeOf(socket));
  });

  it.each([
    ['an answer to nothing', '431[{}]'],
    ['an answer to nothing by a number that is none', '4399999999999999999999[{}]'],
    ['an answer that is no list', '431{}'],
    ['an answer without a number', '43[]'],
    ['an event that wants to be answered by a number that is none', '4299999999999999999999["leave",{}]'],
    ['an event without a name', '42[]'],
    ['an event whose name is no text', '42[{}]'],
    ['an event of the protocol itself', '42["disconnect",{}]'],
    ['an end of a namespace that was not entered', '41/other,'],
    ['a namespace twice', '40{"apiKey":"wrong"}'],
  ])('B17: %s is nothing, or the end of its connection only', async (_what, packet) => {
    const socket = await rawSocket(origin, WS_PATH, [`X-API-Key: ${KEY}`]);
    const gone = once(socket, 'close');
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        if (chunk.includes('432[')) resolve();
        if (chunk.includes(0x88)) socket.destroy();
      });
    });
    for (const one of ['40', packet, '422["leave",{"conversation_id":"x"}]']) socket.write(wsFrame(one));
    await Promise.race([answered, gone]);
    socket.destroy();
    await using(await SocketIoClient.connect(origin, AUTH), async (client) => {
      expect(await client.ask('leave', {})).toMatchObject({ ok: false });
    });
  });

  it('of more than may be over polling', async () => {
    const path = '/socket.io/?EIO=4&transport=polling';
    const open = await sendRaw(origin, { path, headers: HEADERS });
    const { sid } = JSON.parse(open.text.slice(1)) as { sid: string };
    const answer = await sendRaw(origin, { method: 'POST', path: `${path}&sid=${sid}`, body: 'x'.repeat(300_000) });
    expect(answer.status).toBe(413);
  });
});

describe('a connection that is ended by the server', () => {
  it('because its key is gone: it is told, cut off, and not let in again', async () => {
    const others = { auth: { apiKey: 'key-of-others' } };
    const client = await SocketIoClient.connect(origin, others);
    await writeFile(join(folder, 'keys.txt'), `team:${KEY}\n`, { mode: 0o600 });
    expect(await client.next('error')).toMatchObject({ code: 'unauthenticated' });
    await client.next('disconnect');
    await expect(SocketIoClient.connect(origin, others)).rejects.toMatchObject({ data: { code: 'forbidden' } });
  }, 120_000);

  it('because the server goes away: with the cursor to come back with', async () => {
    const config = configFor(upstream.url, ['scripted', 'pace:40:scripted']);
    const own = await startServer({ config });
    const client = await SocketIoClient.connect(own.url);
    const body = { agent_configs: AGENTS, max_turns: 50, model_name: 'pace:40:scripted' };
    const { conversation_id } = await client.ask('conversation:create', body);
    await client.next('event', (event) => event['type'] === 'message_update');
    const stopped = own.stop();
    const end = await client.next('end');
    expect(end).toMatchObject({ conversation_id, error: { code: 'draining', retryable: true } });
    expect(end['cursor']).toBe(client.events(conversation_id).at(-1)?.['cursor']);
    expect(await stopped).toBe(0);
    const second = await startServer({ config, dataDir: own.dataDir });
    const again = await SocketIoClient.connect(second.url);
    expect(await again.ask('join', { conversation_id, after: end['cursor'] })).toMatchObject({ ok: true });
    await again.next('event');
    expect(await again.ask('cancel', { conversation_id })).toMatchObject({ ok: true });
    again.close();
  }, 120_000);
});
