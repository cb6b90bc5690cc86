import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { allFacts, api, until } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { createSession, SessionClient } from '../support/session-client.js';
import { SocketIoClient } from '../support/socketio-client.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';
import { WsClient } from '../support/ws-client.js';
import { processorTime } from '../support/processor-time.js';

type Json = Record<string, unknown>;

const A = { 'x-api-key': 'key-of-team-a' };
const B = { 'x-api-key': 'key-of-team-b' };
const KEYS = { PARLEY_API_KEYS: 'team-a:key-of-team-a,team-b:key-of-team-b' };
/** Each of them is wrong in several ways. */
const MANY = Array.from({ length: 4_900 }, () => ({}));

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  const limits = 'limits: {requests_per_minute: 100000, running_runs_per_key: 3}\n';
  server = await startServer({ config: configFor(upstream.url, ['text:3', 'slow:60000:text:1'], limits), env: KEYS });
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

const errorsOf = (body: unknown): Json[] => ((body as Json)['errors'] ?? []) as Json[];

describe('lists that are too long are told by one sentence, whatever is in them', () => {
  it.each<[string, Json, string, number]>([
    ['/chat', { message: 'x', history: MANY }, '/history', 422],
    ['/chat/stream', { message: 'x', history: MANY }, '/history', 422],
    ['/chat/stream', { prompt: 'x', history: MANY }, '/history', 422],
    ['/chat/blocking', { prompt: 'x', history: MANY }, '/history', 422],
    ['/create_session', { tools: MANY }, '/tools', 422],
    ['/conversations', { agent_configs: MANY }, '/agent_configs', 422],
    ['/conversations', { agent_configs: [], background: { agent_configs: MANY } }, '/background/agent_configs', 422],
  ])('POST %s %#', async (path, body, pointer, status) => {
    const answer = await api(`${server.url}${path}`, 'POST', body, A);
    expect([answer.status, errorsOf(answer.body).map((one) => one['pointer'])]).toEqual([status, [pointer]]);
  });

  it('POST /v1/chat/completions', async () => {
    const body = { model: 'text:3', messages: MANY };
    const { status, body: answer } = await api(`${server.url}/v1/chat/completions`, 'POST', body, A);
    expect([status, (answer['error'] as Json)['message']]).toEqual([400, '/messages: may have 500 messages at most']);
  });

  it('on sockets', async () => {
    const chat = { message: 'x', history: MANY };
    const ws = await WsClient.open(server.url, '/ws', { headers: A });
    ws.send({ type: 'chat', data: chat });
    const { data } = await ws.next();
    expect(errorsOf(data)).toEqual([{ pointer: '/data/history', message: 'may have 500 messages at most' }]);
    const io = await SocketIoClient.connect(server.url, { auth: { apiKey: A['x-api-key'] } });
    const answer = await io.ask('chat', chat);
    expect(errorsOf(answer['error'])).toEqual([{ pointer: '/history', message: 'may have 500 messages at most' }]);
    const session = await SessionClient.open(server.url, await createSession(server.url, {}, A), { headers: A });
    const { error } = await session.call('generate', chat);
    const expected = { pointer: '/params/history', message: 'may have 500 messages at most' };
    expect(errorsOf((error as Json)['data'])).toEqual([expected]);
    for (const client of [ws.ws, session.client.ws]) client.terminate();
    io.close();
  });

  it('and of many problems the first hundred are told', async () => {
    const { body } = await api(`${server.url}/chat`, 'POST', { message: 'x', history: MANY.slice(0, 450) }, A);
    expect(errorsOf(body)).toHaveLength(101);
    expect(errorsOf(body).at(-1)).toEqual({ pointer: '', message: 'has 350 more problems' });
  });
});

it('names of fields are said back in part, and what is logged of them is looked through in no time', async () => {
  const name = 'a '.repeat(450_000);
  const started = processorTime(server.pid);
  const { status, body } = await api(`${server.url}/chat`, 'POST', { message: 'x', [name]: 1 }, A);
  expect([status, errorsOf(body)]).toEqual([
    422,
    [{ pointer: `/${'a '.repeat(100)}…`, message: 'is not a known field' }],
  ]);
  expect(processorTime(server.pid) - started).toBeLessThan(4_000);
});

it('schemas that would take for ever are refused at once, however many there are', async () => {
  const next = (n: number): Json => ({ $ref: `#/$defs/d${n}` });
  const doubling = Array.from({ length: 26 }, (_, n): [string, Json] => [
    `d${n}`,
    { anyOf: [next(n + 1), next(n + 1)] },
  ]);
  const parameters = { ...next(0), $defs: { ...Object.fromEntries(doubling), d26: { type: 'null' } } };
  const tools = Array.from({ length: 60 }, (_, n) => ({ name: `t${n}`, parameters }));
  const started = processorTime(server.pid);
  const { status, body } = await api(`${server.url}/create_session`, 'POST', { tools }, A);
  expect([status, errorsOf(body)[59]]).toMatchObject([
    422,
    { pointer: '/tools/59/parameters', message: 'has references that lead to more than 500 schemas' },
  ]);
  expect(processorTime(server.pid) - started).toBeLessThan(15_000);
});

it('an Idempotency-Key of a GET stands for its question', async () => {
  const ask = (prompt: string): ReturnType<typeof api> =>
    api(`${server.url}/chat/blocking?prompt=${prompt}`, 'GET', undefined, { ...A, 'idempotency-key': 'once' });
  expect((await ask('one')).status).toBe(200);
  expect((await ask('one')).status).toBe(200);
  const other = await ask('two');
  expect([other.status, other.body['code']]).toEqual([422, 'idempotency_mismatch']);
  expect(upstream.calls().filter(({ raw }) => raw.includes('"one"'))).toHaveLength(1);
});

it('what is asked on a socket counts as a request, also where it is no good', async () => {
  const config = configFor(upstream.url, ['text:3'], 'limits: {requests_per_minute: 30}\n');
  const counted = await startServer({ config, env: KEYS });
  const ws = await WsClient.open(counted.url, '/ws', { headers: A });
  for (let n = 0; n < 40; n++) ws.send({ type: 'chat', data: {} });
  const codes = new Set<unknown>();
  for (let n = 0; n < 40; n++) codes.add(((await ws.next())['data'] as Json)['error_code']);
  expect([...codes]).toEqual(['invalid_request', 'rate_limited']);
  ws.ws.terminate();
  await counted.stop();
});

it('so many chats of a key wait for busy conversations, more are 429; others of another key wait', async () => {
  const busy = async (key: Readonly<Record<string, string>>): Promise<unknown> => {
    const body = { message: 'x', model: 'slow:60000:text:1', on_disconnect: 'continue', reset_history: true };
    const response = await fetch(`${server.url}/chat/stream`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { ...key, 'content-type': 'application/json' },
    });
    await response.body?.cancel();
    return response.headers.get('x-conversation-id');
  };
  const [ofA, ofB] = [await busy(A), await busy(B)];
  const ws = await WsClient.open(server.url, '/ws', { headers: A });
  const other = await WsClient.open(server.url, '/ws', { headers: B });
  const ask = (conversation_id: unknown): Json => ({
    type: 'chat',
    data: { message: 'more', conversation_id, on_busy: 'queue' },
  });
  for (let n = 0; n < 4; n++) ws.send(ask(ofA));
  other.send(ask(ofB));
  other.send({ type: 'ping', data: {} });
  expect((await ws.next())['data']).toMatchObject({ error_code: 'too_many_runs' });
  expect((await other.next())['type']).toBe('pong');
  // Who leaves the line makes room.
  ws.ws.terminate();
  const answer = await until(
    async () => {
      const again = await WsClient.open(server.url, '/ws', { headers: A });
      again.send(ask(ofA));
      again.send({ type: 'ping', data: {} });
      const { type } = await again.next();
      again.ws.terminate();
      return type;
    },
    (type) => type === 'pong',
  );
  expect(answer).toBe('pong');
  other.ws.terminate();
});

/** A client of Socket.IO by hand. */
async function rawClient(key: Readonly<Record<string, string>>): Promise<WebSocket> {
  const ws = new WebSocket(`${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
    headers: key,
  });
  await new Promise<void>((resolve) => {
    ws.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text.startsWith('0')) ws.send('40');
      if (text.startsWith('40')) resolve();
    });
  });
  return ws;
}

it('Socket.IO clients that leave while their chats wait to be looked at do no harm', async () => {
  const busy = await SocketIoClient.connect(server.url, { auth: { apiKey: B['x-api-key'] } });
  const { conversation_id } = await busy.ask('chat', { message: 'x', model: 'slow:60000:text:1', reset_history: true });
  for (let n = 0; n < 25; n++) {
    const ws = await rawClient(B);
    // Each waits for the one before; the last one fails because its client has left.
    for (let k = 0; k < 20; k++) ws.send(`42${k}${JSON.stringify(['join', { conversation_id }])}`);
    ws.send(`4220${JSON.stringify(['chat', { message: 'more', conversation_id, on_busy: 'queue' }])}`);
    await pause(n % 5);
    ws.terminate();
  }
  const answer = await busy.ask('cancel', { conversation_id });
  expect(answer).toMatchObject({ ok: true });
  expect(server.output()).not.toContain('"level":"fatal"');
  busy.close();
});

it('a Socket.IO client that asks on and on and takes no answer is sent away', async () => {
  const ws = await rawClient(A);
  ws.pause();
  // Not by a look alone: clients of the tests before are leaving, and are counted out one after the other.
  const isGone = async (): Promise<boolean> => {
    for (let looks = 0; looks < 5; looks++) {
      if ((await api(`${server.url}/health`)).body['active_connections'] !== 0) return false;
      await pause(20);
    }
    return true;
  };
  // Each answer is longer than what it answers. The buffers of the network take the first of them.
  const unknown = Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`${n}${'x'.repeat(200)}`, 1]));
  const asked = JSON.stringify(['chat', { message: 'x', ...unknown }]);
  for (let n = 0; n % 50 !== 0 || !(await isGone()); n++) {
    ws.send(`42${n}${asked}`);
    await pause(12);
  }
  expect(ws.readyState).toBe(WebSocket.OPEN);
  ws.terminate();
});

it('pages of conversations have a size: sessions may have many tools', async () => {
  const tools = Array.from({ length: 50 }, (_, n) => ({ name: `t${n}`, description: 'd'.repeat(16_000) }));
  const made = new Set<string>();
  for (let n = 0; n < 12; n++) made.add((await createSession(server.url, { tools }, A)).replace('sess_', 'conv_'));
  const sizes: number[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await api(`${server.url}/conversations?kind=session&limit=200${from}`, 'GET', undefined, A);
    const page = body['conversations'] as Json[];
    sizes.push(page.length);
    for (const { conversation_id } of page) made.delete(String(conversation_id));
    cursor = body['next_cursor'] as string | null;
  }
  expect(made.size).toBe(0);
  expect(Math.max(...sizes)).toBeLessThan(8);
});

it('pages of a log and of messages have a size, and an export is written as it is read', async () => {
  const message = 'x'.repeat(250_000);
  const first = await api(`${server.url}/chat`, 'POST', { message }, A);
  const { conversation_id } = first.body;
  for (let n = 1; n < 18; n++) await api(`${server.url}/chat`, 'POST', { message, conversation_id }, A);
  const url = `${server.url}/conversations/${String(conversation_id)}`;
  const page = await api(`${url}/events?limit=1000`, 'GET', undefined, { ...A, accept: 'application/json' });
  expect(page.body['has_more']).toBe(true);
  const facts = await allFacts(server.url, String(conversation_id), A);
  expect(facts.map(({ seq }) => seq)).toEqual(facts.map((_, index) => index + 1));
  expect(facts.filter(({ type }) => type === 'run_end')).toHaveLength(18);
  const listed: unknown[] = [];
  for (let cursor: string | null = '0'; cursor !== null;) {
    const { body } = await api(`${url}/messages?limit=200&cursor=${cursor}`, 'GET', undefined, A);
    listed.push(...(body['messages'] as unknown[]));
    expect(JSON.stringify(body).length).toBeLessThan(7_000_000);
    cursor = body['next_cursor'] as string | null;
  }
  expect(listed).toHaveLength(36);
  expect((await api(`${url}/export`, 'GET', undefined, A)).body['messages']).toEqual(listed);
  const markdown = await (await fetch(`${url}/export?format=markdown`, { headers: A })).text();
  expect(markdown.split('\n\n')).toHaveLength(1 + 2 * 36 + 1);
  const lines = await (await fetch(`${url}/export?format=jsonl`, { headers: A })).text();
  expect(lines.trimEnd().split('\n')).toHaveLength(facts.length);
});

it.each<[string, (url: string, conversation_id: string) => Promise<void>]>([
  [
    '/ws',
    async (url, conversation_id) => {
      const { ws } = await WsClient.open(url, '/ws', { headers: A });
      ws.send(JSON.stringify({ type: 'resume', data: { conversation_id, after: 0 } }));
      ws.terminate();
    },
  ],
  [
    '/ws/{session_id}',
    async (url, conversation_id) => {
      const { ws } = await WsClient.open(url, `/ws/${conversation_id.replace('conv_', 'sess_')}`, { headers: A });
      ws.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'resume', params: { after: 0 } }));
      ws.terminate();
    },
  ],
])('who leaves %s while a stream of theirs is opened has none open', async (_path, resume) => {
  const config = configFor(upstream.url, ['slow:60000:text:1'], 'limits: {streams_per_key: 5}\n');
  const counted = await startServer({ config, env: KEYS });
  // Nothing has happened in it yet: whoever watches it stays.
  const conversation_id = (await createSession(counted.url, {}, A)).replace('sess_', 'conv_');
  for (let n = 0; n < 40; n++) await resume(counted.url, conversation_id);
  const url = `${counted.url}/conversations/${conversation_id}/events?follow=true`;
  const status = await until(
    async () => {
      const left = new AbortController();
      const answer = await fetch(url, { headers: { ...A, accept: 'text/event-stream' }, signal: left.signal });
      left.abort();
      return answer.status;
    },
    (now) => now === 200,
  );
  expect(status).toBe(200);
  await counted.kill();
});
