import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientOptions } from 'ws';
import { api } from '../support/api.js';
import { talk } from '../support/raw.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { closeCodeOf, rawSocket, upgradeStatus, WsClient, wsFrame, type FrameOptions } from '../support/ws-client.js';

const CONFIG = `
server: {base_path: /api, cors_origins: ['https://good.example.org']}
models:
  demo: {name: demo, type: demo}
auth:
  keys_file: keys.txt
limits: {sockets_per_key: 3, wrong_keys_per_minute: 20}
`;
const KEY = 'key-of-the-team';
const HEADER = { headers: { 'x-api-key': KEY } };

let folder: string;
let server: RunningServer;
let origin: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder, 'keys.txt'), `team:${KEY}\nother:key-of-others\n`, { mode: 0o600 });
  server = await startServer({
    config: CONFIG,
    cwd: folder,
    env: { PARLEY_API_KEYS: 'crowd:key-of-the-crowd' },
  });
  origin = new URL(server.url).origin;
});

afterAll(stopAllServers);

/** Sockets that one test leaves open do not count for the next. */
async function using<T>(client: WsClient, work: (client: WsClient) => Promise<T>): Promise<T> {
  try {
    return await work(client);
  } finally {
    client.ws.terminate();
    await client.closed;
  }
}

describe('who may open a socket', () => {
  const ways: readonly (readonly [string, ClientOptions & { protocols?: readonly string[] }])[] = [
    ['X-API-Key', HEADER],
    ['Bearer', { headers: { authorization: `Bearer ${KEY}` } }],
    ['a subprotocol', { protocols: ['parley', `parley.key.${KEY}`] }],
  ];

  it.each(ways)('one with a key in %s; the answer does not name it', async (_way, options) => {
    const client = await WsClient.open(origin, '/ws', options);
    await using(client, async () => {
      client.send({ type: 'ping' });
      expect(await client.next()).toMatchObject({ type: 'pong', data: {}, timestamp: expect.any(String) });
      expect(client.ws.protocol).toBe(options.protocols === undefined ? '' : 'parley');
      expect(client.ws.extensions).toBe('');
    });
  });

  it('nobody with a wrong key, at a wrong path or from a foreign page, by an HTTP answer', async () => {
    expect(await upgradeStatus(origin, '/ws', { headers: { 'x-api-key': 'wrong' } })).toBe(403);
    expect(await upgradeStatus(origin, '/ws', { protocols: ['parley.key.wrong'] })).toBe(403);
    expect(await upgradeStatus(origin, '/nothing')).toBe(401);
    expect(await upgradeStatus(origin, '/nothing', HEADER)).toBe(404);
    const answer = await talk(origin, [
      `GET /ws HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-API-Key: wrong\r\n\r\n`,
    ]);
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('"code":"forbidden"');
  });

  it.each([
    ['https://good.example.org', 101],
    ['https://good.example.org.evil.example', 403],
    ['https://evilgood.example.org', 403],
    ['http://good.example.org', 403],
    ['https://good.example.org:444', 403],
    ['null', 403],
    ['http://localhost:1', 403],
  ])('a page of %s: %i', async (page, status) => {
    expect(await upgradeStatus(origin, '/ws', { origin: page, ...HEADER })).toBe(status);
  });

  it('nobody under a foreign host name on a loopback address', async () => {
    const headers = { 'x-api-key': KEY, host: 'evil.example' };
    expect(await upgradeStatus(origin, '/ws', { headers })).toBe(421);
  });

  it('one behind the base path too', async () => {
    expect(await upgradeStatus(origin, '/api/ws', HEADER)).toBe(101);
  });

  it('no more than the limit of a key, and the others all the same', async () => {
    const key = { headers: { 'x-api-key': 'key-of-the-crowd' } };
    const open = await Promise.all([1, 2, 3].map(() => WsClient.open(origin, '/ws', key)));
    expect(await upgradeStatus(origin, '/ws', key)).toBe(429);
    expect(await upgradeStatus(origin, '/ws', HEADER)).toBe(101);
    const health = await api(`${server.url}/health`);
    expect(health.body['active_connections']).toBeGreaterThanOrEqual(3);
    for (const client of open) client.ws.close();
    expect(await Promise.all(open.map((client) => client.closed))).toEqual(
      open.map(() => ({ code: 1005, reason: '' })),
    );
    expect(await upgradeStatus(origin, '/ws', key)).toBe(101);
  });

  it('upgrades to other protocols are plain requests', async () => {
    const answer = await talk(origin, [
      `GET /health HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a socket without a key', () => {
  it('is let in by its first message', async () => {
    await using(await WsClient.open(origin, '/ws'), async (client) => {
      client.send({ type: 'auth', data: { api_key: KEY } });
      client.send({ type: 'ping' });
      expect(await client.next()).toMatchObject({ type: 'pong' });
    });
  });

  it.each([
    ['a wrong key', { type: 'auth', data: { api_key: 'wrong' } }, 4403],
    ['no key', { type: 'ping' }, 4401],
    ['nonsense', 'nonsense', 4401],
  ])('is closed on a first message with %s', async (_what, message, code) => {
    const client = await WsClient.open(origin, '/ws');
    client.send(message);
    expect((await client.closed).code).toBe(code);
    expect(client.frames).toEqual([expect.objectContaining({ type: 'error' })]);
  });

  it.each(['/ws', '/ws/sess_01a1fd61-2742-75b2-84dd-000000000000', '/ws/nothing'])(
    'S02: at %s it is told nothing, and closed when it stays silent for 5 s',
    async (path) => {
      const opened = performance.now();
      const socket = await rawSocket(origin, path);
      const first = once(socket, 'data').then(() => performance.now() - opened);
      expect(await closeCodeOf(socket)).toBe(4401);
      expect(await first).toBeGreaterThan(4_500);
    },
    120_000,
  );
});

describe('a socket whose key is gone', () => {
  it('is closed, and its key opens no other', async () => {
    const client = await WsClient.open(origin, '/ws', { headers: { 'x-api-key': 'key-of-others' } });
    await writeFile(join(folder, 'keys.txt'), `team:${KEY}\n`, { mode: 0o600 });
    expect((await client.closed).code).toBe(4401);
    expect(client.frames).toEqual([expect.objectContaining({ type: 'error' })]);
    expect(await upgradeStatus(origin, '/ws', { headers: { 'x-api-key': 'key-of-others' } })).toBe(403);
  }, 120_000);
});

describe('messages', () => {
  it.each([
    ['an unknown type', { type: 'nothing' }, 'invalid_request'],
    ['no object', [1], 'invalid_request'],
    ['no JSON', '{', 'invalid_json'],
    ['too deep a nesting', '['.repeat(100), 'invalid_request'],
    ['a key that is no text', { type: 'auth', data: { api_key: 1 } }, 'invalid_request'],
    ['another prototype', '{"type":"__proto__","data":{"__proto__":{"a":1}}}', 'invalid_request'],
  ])('of %s are answered with an error, and the socket stays', async (_what, message, error_code) => {
    await using(await WsClient.open(origin, '/ws', HEADER), async (client) => {
      client.send(message);
      client.send({ type: 'ping' });
      expect(await client.next()).toMatchObject({ type: 'error', data: { event_type: 'error', error_code } });
      expect(await client.next()).toMatchObject({ type: 'pong' });
    });
  });

  it('end the socket when they say so', async () => {
    const client = await WsClient.open(origin, '/ws', HEADER);
    client.send({ type: 'disconnect' });
    expect((await client.closed).code).toBe(1000);
  });
});

describe('frames that are not as they should be', () => {
  const auth = [`X-API-Key: ${KEY}`];
  const cases: readonly (readonly [string, string | Buffer, FrameOptions, number])[] = [
    ['a binary frame', 'x', { opcode: 2 }, 1003],
    ['bad UTF-8', Buffer.from([0xc3, 0x28]), {}, 1007],
    ['a reserved bit', '{}', { reserved: 2 }, 1002],
    ['no mask', '{}', { masked: false }, 1002],
    ['an unknown opcode', '{}', { opcode: 5 }, 1002],
    ['a continuation of nothing', '{}', { opcode: 0 }, 1002],
    ['60 MB', 'x', { length: 60_000_000 }, 1009],
    ['a length beyond all numbers', 'x', { length: Number.MAX_SAFE_INTEGER }, 1009],
  ];

  it.each(cases)('close the socket: %s', async (_what, payload, options, code) => {
    const socket = await rawSocket(origin, '/ws', auth);
    socket.write(wsFrame(payload, options));
    expect(await closeCodeOf(socket)).toBe(code);
  });

  it('a message in too many fragments', async () => {
    const socket = await rawSocket(origin, '/ws', auth);
    const rest = Buffer.concat(Array.from({ length: 100 }, () => wsFrame('a', { opcode: 0, fin: false })));
    socket.write(Buffer.concat([wsFrame('a', { fin: false }), rest]));
    expect(await closeCodeOf(socket)).toBe(1008);
  });

  it.each([
    ['messages', wsFrame('{"type":"ping"}')],
    ['pings', wsFrame('', { opcode: 9 })],
    ['pongs', wsFrame('', { opcode: 10 })],
  ])('too many %s a second', async (_what, frame) => {
    const socket = await rawSocket(origin, '/ws', auth);
    socket.write(Buffer.concat(Array.from({ length: 1000 }, () => frame)));
    expect(await closeCodeOf(socket)).toBe(4429);
  });

  it('a client that goes on after that is cut off', async () => {
    const socket = await rawSocket(origin, '/ws', auth);
    socket.resume();
    socket.write(wsFrame('x', { opcode: 2 }));
    await once(socket, 'close');
    expect(socket.destroyed).toBe(true);
  }, 120_000);
});

test('a socket is told when the server goes away', async () => {
  const own = await startServer({ config: 'models:\n  demo: {name: demo, type: demo}\n' });
  const client = await WsClient.open(own.url, '/ws');
  const stopped = own.stop();
  expect((await client.closed).code).toBe(1012);
  expect(await stopped).toBe(0);
});
