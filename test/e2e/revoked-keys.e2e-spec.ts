import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { api } from '../support/api.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { createSession } from '../support/session-client.js';
import { SocketIoClient } from '../support/socketio-client.js';
import { upgradeStatus, WsClient } from '../support/ws-client.js';

const CONFIG = 'models:\n  demo: {name: demo, type: demo}\nevaluators: []\nauth: {keys_file: keys.json}\n';
/** How long a key that is gone may live on in what is open. */
const MOST_MS = 60_000;

let folder: string;
let server: RunningServer;

interface Key {
  readonly name: string;
  readonly key: string;
  readonly expires?: string;
}

/** In one step: a file that is written to may be read half-written. */
async function setKeys(...keys: readonly Key[]): Promise<void> {
  const path = join(folder, 'keys.json');
  await writeFile(`${path}.new`, JSON.stringify(keys), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await setKeys({ name: 'team', key: 'secret-of-the-team' }, { name: 'others', key: 'secret-of-others' });
  server = await startServer({ config: CONFIG, cwd: folder });
});

afterAll(stopAllServers);

const head = (key: string): Record<string, string> => ({ 'x-api-key': key });
const status = async (key: string): Promise<number> =>
  (await api(`${server.url}/models`, 'GET', undefined, head(key))).status;

async function until(key: string, wanted: number): Promise<void> {
  while ((await status(key)) !== wanted) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Everything of a server that stays open, opened with one key. */
interface Open {
  readonly sockets: readonly WsClient[];
  readonly io: SocketIoClient;
  /** Text of a stream that follows a conversation, once it is cut. */
  readonly stream: Promise<string>;
  close(): Promise<void>;
}

async function openAll(key: string): Promise<Open> {
  const headers = head(key);
  const session = await createSession(server.url, {}, headers);
  const sockets = await Promise.all(
    ['/ws', `/ws/${session}`].map((path) => WsClient.open(server.url, path, { headers })),
  );
  const io = await SocketIoClient.connect(server.url, { auth: { apiKey: key } });
  const { body } = await api(`${server.url}/chat`, 'POST', { message: 'hi', reset_history: true }, headers);
  const leave = new AbortController();
  const path = `/conversations/${String(body['conversation_id'])}/events?follow=true`;
  const response = await fetch(server.url + path, { headers, signal: leave.signal });
  return {
    sockets,
    io,
    stream: textOf(response),
    async close() {
      leave.abort();
      io.close();
      for (const { ws } of sockets) ws.terminate();
      await Promise.all(sockets.map(({ closed }) => closed));
    },
  };
}

/** What a stream said until it was cut, by its server or by its reader. */
async function textOf(response: Response): Promise<string> {
  let text = '';
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  } catch {
    // Cut.
  }
  return text;
}

/** All that was opened with a key is closed, says why, and is not opened again. */
async function expectClosed({ sockets, io, stream }: Open, key: string, since: number): Promise<void> {
  const ends = await Promise.all(sockets.map(({ closed }) => closed));
  expect(ends.map(({ code }) => code)).toEqual([4401, 4401]);
  expect(sockets.map(({ frames }) => frames.length)).toEqual([1, 1]);
  expect(await io.next('error')).toMatchObject({ code: 'unauthenticated' });
  await io.next('disconnect');
  expect(await stream).toMatch(/: the API key is not valid any more\n\n$/);
  expect(performance.now() - since).toBeLessThan(MOST_MS);
  for (const path of ['/ws', new URL(sockets[1]?.ws.url ?? '').pathname]) {
    expect(await upgradeStatus(server.url, path, { headers: head(key) })).toBe(403);
  }
  // What Socket.IO would take up again of a connection, it does not: who comes back shows its key.
  const recovery = { pid: 'x', offset: 'y' };
  await expect(SocketIoClient.connect(server.url, { auth: { apiKey: key, ...recovery } })).rejects.toMatchObject({
    data: { code: 'forbidden' },
  });
  await expect(SocketIoClient.connect(server.url, { auth: recovery })).rejects.toMatchObject({
    data: { code: 'unauthenticated' },
  });
}

it(
  'S03: a key that is taken back dies with all it has open; the others live on',
  async () => {
    const old = await openAll('secret-of-the-team');
    const others = await openAll('secret-of-others');
    await setKeys({ name: 'others', key: 'secret-of-others' });
    await expectClosed(old, 'secret-of-the-team', performance.now());
    for (const client of others.sockets) client.send({ jsonrpc: '2.0', id: 1, type: 'ping', method: 'ping' });
    expect(await others.sockets[0]?.next()).toMatchObject({ type: 'pong' });
    expect(await others.sockets[1]?.next()).toMatchObject({ result: { status: 'pong' } });
    expect(await others.io.ask('leave', {})).toMatchObject({ ok: false });
    await others.close();
  },
  2 * MOST_MS,
);

it(
  'S03: a key that expires dies with all it has open',
  async () => {
    const soon = Date.now() + 12_000;
    await setKeys({ name: 'guest', key: 'secret-of-a-guest', expires: new Date(soon).toISOString() });
    await until('secret-of-a-guest', 200);
    const open = await openAll('secret-of-a-guest');
    await expectClosed(open, 'secret-of-a-guest', performance.now());
    expect(Date.now()).toBeGreaterThanOrEqual(soon);
  },
  2 * MOST_MS,
);

it('S03: what a client of Socket.IO says of an earlier connection is not looked at', async () => {
  await setKeys({ name: 'team', key: 'secret-of-the-team-again' });
  await until('secret-of-the-team-again', 200);
  const auth = { apiKey: 'secret-of-the-team-again', pid: 'x', offset: 'y' };
  const client = await SocketIoClient.connect(server.url, { auth });
  expect(client.socket.recovered ?? false).toBe(false);
  client.close();
});
