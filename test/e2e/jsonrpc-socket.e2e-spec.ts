import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AsyncApiDocument } from '../../src/doors/docs/sockets/build-async-document.js';
import type { JsonSchema } from '../../src/doors/docs/json-schema.js';
import { isDeepStrictEqual } from 'node:util';
import { api, settled } from '../support/api.js';
import { RPC_VECTORS, told } from '../support/json-rpc-vectors.js';
import { checkJson } from '../support/json-schema.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { createSession, SessionClient } from '../support/session-client.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

const TOOL = { name: 'look', parameters: { type: 'object', properties: {} } };
const ASK = { text: 'Let me look. ', toolCalls: [{ id: 'call_1', name: 'look', arguments: '{}' }] };
const RESULT = { tool_call_id: 'call_1', tool_name: 'look', result: 'seen' };

let upstream: Upstream;
let server: RunningServer;
const open: SessionClient[] = [];

async function connect(session_id: string, url = server.url): Promise<SessionClient> {
  const client = await SessionClient.open(url, session_id);
  open.push(client);
  return client;
}

async function session(): Promise<SessionClient> {
  return connect(await createSession(server.url, { tools: [TOOL] }));
}

const generate = (id: number, model = 'text:3'): Json => {
  return { jsonrpc: '2.0', id, method: 'generate', params: { message: 'x', model } };
};
const answerTo = (answers: readonly Json[], id: number): Json => answers.find((answer) => answer['id'] === id) ?? {};
const sessionOf = ({ client }: SessionClient): string => new URL(client.ws.url).pathname.slice('/ws/'.length);
const conversationOf = (client: SessionClient): string => sessionOf(client).replace('sess_', 'conv_');
const statusOf = ({ result }: Json): unknown => (result as Json | undefined)?.['status'];
const codeOf = ({ error }: Json): unknown => (error as Json | undefined)?.['code'];
const taskOf = ({ result }: Json): string => String((result as Json)['task_id']);
const paramsOf = (frame: Json): Json => frame['params'] as Json;

/**
 * Notifications as a client that joins several sockets keeps them: text joined, the rest one by one. Of the two that one
 * event has, the first may come again.
 */
function kept(frames: readonly Json[]): { readonly text: string; readonly rest: readonly unknown[] } {
  let text = '';
  const rest: unknown[] = [];
  for (const frame of frames.filter(({ method }) => method !== undefined)) {
    const { cursor: _cursor, ...params } = paramsOf(frame);
    if (frame['method'] === 'text_chunk') text += String(params['chunk']);
    else if (!isDeepStrictEqual(rest.at(-1), [frame['method'], params])) rest.push([frame['method'], params]);
  }
  return { text, rest };
}

beforeAll(async () => {
  upstream = await startUpstream();
  const limits = 'limits: {socket_frames_per_second: 100000}\n';
  server = await startServer({ config: configFor(upstream.url, ['m', 'text:400:20', 'text:3'], limits) });
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  for (const client of open) client.close();
  await stopAllServers();
  await upstream.close();
});

describe('B16: the socket', () => {
  it('answers all vectors on one socket, and stays usable', async () => {
    const client = await session();
    for (const [index, { name, sent, answer }] of RPC_VECTORS.entries()) {
      const before = client.client.frames.length;
      client.client.send(sent);
      await client.call('ping', {});
      // What came before the answer to the ping is the answer to the vector.
      const came = client.client.frames.slice(before, -1);
      const expected = answer === undefined ? [] : [answer];
      expect([index, name, came.map(told)]).toEqual([index, name, expected]);
    }
  });

  it('answers calls in their order, also those that were sent at once', async () => {
    const client = await session();
    const ids = Array.from({ length: 60 }, (_one, index) => index);
    for (const id of ids) client.client.send({ jsonrpc: '2.0', id: `n${id}`, method: 'ping' });
    await client.answer('n59');
    expect(client.client.frames.map((frame) => frame['id'])).toEqual(ids.map((id) => `n${id}`));
  });

  it('answers a call whose id another one has that is under way, each in its turn', async () => {
    const client = await session();
    for (const method of ['generate', 'ping', 'nothing', 'ping']) {
      const params = method === 'generate' ? { message: 'x', model: 'text:3' } : {};
      client.client.send({ jsonrpc: '2.0', id: 7, method, params });
    }
    await client.next('end');
    const pinged = client.client.frames.filter(({ method }) => method === undefined);
    expect(pinged.map(told)).toEqual([[7], [7], [7, -32_601], [7]]);
    expect(pinged.map(statusOf)).toEqual(['processing', 'pong', undefined, 'pong']);
  });

  it.each([
    ['of 21', Array.from({ length: 21 }, (_one, id) => generate(id))],
    ['in a batch', [[generate(1)]]],
    ['that is no JSON', `[${JSON.stringify(generate(1))},`],
  ])('carries out nothing of a batch %s', async (_what, batch) => {
    const client = await session();
    client.client.send(batch);
    await client.call('ping', {});
    expect(codeOf(await client.call('cancel'))).toBe(-32_003);
    expect((await settled(server.url, conversationOf(client)))['status']).toBe('queued');
  });

  it('closes on a binary frame, and on one that is too large', async () => {
    const binary = await session();
    binary.client.ws.send(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}'));
    expect((await binary.client.closed).code).toBe(1003);
    const large = await session();
    large.client.send({ jsonrpc: '2.0', id: 1, method: 'ping', params: { session_id: 'x'.repeat(300_000) } });
    expect((await large.client.closed).code).toBe(1009);
  });

  it('carries out a batch, with its answers before the notifications it causes', async () => {
    const client = await session();
    client.client.send([
      { jsonrpc: '2.0', id: 1, method: 'generate', params: { message: 'x', model: 'text:3' } },
      { jsonrpc: '2.0', method: 'ping' },
      { jsonrpc: '2.0', id: 2, method: 'generate', params: { message: 'y' } },
      { jsonrpc: '2.0', id: 3, method: 'tool_list' },
    ]);
    await client.next('end');
    const [answers, ...rest] = client.client.frames as [Json[], ...Json[]];
    expect(told(answers)).toEqual([[1], [2, -32_603], [3]]);
    const { tools, client_tools } = (answers[2]?.['result'] ?? {}) as Record<string, Json[]>;
    expect(tools?.map(({ name }) => name)).toContain('calculate');
    expect(client_tools).toEqual([{ name: 'look', description: '', parameters: TOOL.parameters }]);
    expect(rest.every(({ method }) => method !== undefined)).toBe(true);
  });

  it('carries out a batch that stops what it began, and begins another', async () => {
    const client = await session();
    client.client.send([
      generate(1, 'text:400:20'),
      { jsonrpc: '2.0', id: 2, method: 'cancel' },
      generate(3, 'text:400:20'),
      { jsonrpc: '2.0', id: 4, method: 'cancel' },
      { jsonrpc: '2.0', id: 5, method: 'cancel' },
      generate(6),
    ]);
    const ends = [(await client.untilEnd()).end, (await client.untilEnd()).end];
    const last = await client.untilEnd();
    const answers = client.client.frames.find(Array.isArray) as unknown as Json[];
    expect(told(answers)).toEqual([[1], [2], [3], [4], [5, -32_003], [6]]);
    expect(ends.map((end) => end['status_message'])).toEqual(['Cancelled', 'Cancelled']);
    expect([...ends, last.end].map((end) => end['task_id'])).toEqual(
      [1, 3, 6].map((id) => taskOf(answerTo(answers, id))),
    );
    expect(last.end).toMatchObject({ status_message: 'Completed', final_text: last.text });
    // The answers come before any end: who reads them knows each task when it ends.
    const methods = client.client.frames.map((frame) => (Array.isArray(frame) ? 'answers' : frame['method']));
    expect(methods.indexOf('answers')).toBeLessThan(methods.indexOf('end'));
    expect((await settled(server.url, conversationOf(client)))['status']).toBe('completed');
    await upstream.until((one) => one.open() === 0);
  });

  it('carries out such a batch of a client that is behind, without another message from it', async () => {
    const piece = 'some words and more of them, '.repeat(40);
    upstream.script('m', [{ text: Array.from({ length: 6_000 }, () => piece) }]);
    const client = await session();
    const begun = taskOf(await client.call('generate', { message: 'x' }));
    client.client.ws.pause();
    await settled(server.url, conversationOf(client));
    upstream.script('m', [{ text: ['all of it'] }]);
    client.client.send([
      { jsonrpc: '2.0', id: 1, method: 'cancel' },
      generate(2, 'm'),
      { jsonrpc: '2.0', id: 3, method: 'ping' },
    ]);
    client.client.ws.resume();
    const first = await client.untilEnd();
    expect(first.end).toMatchObject({ task_id: begun, status_message: 'Completed' });
    expect(first.text).toBe(first.end['final_text']);
    expect(await client.untilEnd()).toMatchObject({ text: 'all of it', end: { status_message: 'Completed' } });
    expect(client.client.frames.filter(Array.isArray).map(told)).toEqual([[[1, -32_003], [2], [3]]]);
  });

  it('begins what a notification asks for, without an answer', async () => {
    const client = await session();
    client.client.send({ jsonrpc: '2.0', method: 'generate', params: { message: 'x', model: 'text:3' } });
    expect((await client.untilEnd()).end['status_message']).toBe('Completed');
    expect(client.client.frames.filter(({ method }) => method === undefined)).toEqual([]);
  });
});

describe('cancel', () => {
  it('has nothing to stop where nothing runs', async () => {
    const client = await session();
    expect(codeOf(await client.call('cancel'))).toBe(-32_003);
    await client.call('generate', { message: 'x', model: 'text:3' });
    await client.next('end');
    expect(codeOf(await client.call('cancel'))).toBe(-32_003);
  });

  it('stops a text: the answer, then the end, and nothing more; the upstream is let go', async () => {
    const client = await session();
    const ack = await client.call('generate', { message: 'x', model: 'text:400:20' });
    await client.next('text_chunk');
    const other = { task_id: 'run_01a1fd61-2742-75b2-84dd-000000000000' };
    expect(codeOf(await client.call('cancel', other))).toBe(-32_003);
    const cancelled = await client.call('cancel', { task_id: taskOf(ack) });
    expect(statusOf(cancelled)).toBe('cancelled');
    await client.next('end');
    const after = client.client.frames.slice(client.client.frames.indexOf(cancelled) + 1);
    expect(after.map(({ params }) => (params as Json)['status_message'])).toEqual(['Cancelled']);
    await upstream.until((one) => one.open() === 0);
    expect(codeOf(await client.call('cancel'))).toBe(-32_003);
    expect(client.client.frames.filter(({ method }) => method === 'end')).toHaveLength(1);
  });

  it('stops a task that waits for its client, from another socket too; the result comes too late', async () => {
    upstream.script('m', [ASK]);
    const client = await session();
    const task_id = taskOf(await client.call('generate', { message: 'x' }));
    await client.next('end');
    const second = await connect(sessionOf(client));
    expect(statusOf(await second.call('cancel'))).toBe('cancelled');
    expect((await client.next('end'))['status_message']).toBe('Cancelled');
    expect(statusOf(await client.call('tool_result', { task_id, results: [RESULT] }))).toBe(
      'received_ignored_no_pending_call_in_task_state',
    );
    expect((await settled(server.url, conversationOf(client)))['status']).toBe('cancelled');
  });

  it('K12: against completion there is one end, which the answer agrees with', async () => {
    upstream.script('m', { text: 'Quick.' });
    const client = await session();
    const seen = new Set<unknown>();
    for (let round = 0; round < 150; round++) {
      const from = client.client.frames.length;
      const generated = client.call('generate', { message: 'x' });
      for (let wait = 0; wait < round % 30; wait++) await new Promise(setImmediate);
      const cancelled = await client.call('cancel');
      await generated;
      const { end } = await client.untilEnd();
      const stopped = statusOf(cancelled) === 'cancelled';
      expect([round, end['status_message']]).toEqual([round, stopped ? 'Cancelled' : 'Completed']);
      if (!stopped) expect(codeOf(cancelled)).toBe(-32_003);
      const frames = client.client.frames.slice(from);
      expect(frames.filter(({ method }) => method === 'end')).toHaveLength(1);
      if (stopped) {
        const after = frames.slice(frames.indexOf(cancelled) + 1).map(({ method }) => method);
        expect([round, after]).toEqual([round, ['end']]);
      }
      seen.add(stopped);
    }
    expect(seen.has(true)).toBe(true);
  }, 120_000);
});

describe('resume', () => {
  it('gives on a new socket what the first was not given, from any cursor on, and then live', async () => {
    upstream.script('m', [ASK, { text: ['I ', 'have ', 'seen ', 'it.'] }]);
    const client = await session();
    const task_id = taskOf(await client.call('generate', { message: 'x' }));
    await client.untilEnd();
    await client.call('tool_result', { task_id, results: [RESULT] });
    await client.untilEnd();
    const frames = client.client.frames.filter(({ method }) => method !== undefined);
    const whole = kept(frames);
    expect(whole.text).toBe('Let me look. I have seen it.');
    for (const [index, frame] of [undefined, ...frames].entries()) {
      const again = await connect(sessionOf(client));
      const after = frame === undefined ? undefined : paramsOf(frame)['cursor'];
      const params = after === undefined ? {} : { after };
      expect(await again.call('resume', params)).toMatchObject({ result: { status: 'resumed', task_id: null } });
      // What comes behind all that was: a task that this socket did not begin.
      upstream.script('m', [{ text: 'next' }]);
      await client.call('generate', { message: 'y' });
      const next = (await client.untilEnd()).end['task_id'];
      await again.client.next(({ method, params: given }) => method === 'end' && (given as Json)['task_id'] === next);
      const mine = again.client.frames.filter(({ method, params: given }) => {
        return method !== undefined && (given as Json)['task_id'] === task_id;
      });
      const joined = kept([...frames.slice(0, index), ...mine]);
      expect([index, joined]).toEqual([index, whole]);
      again.close();
    }
  });

  it('gives one task alone, and says when there is nothing to give', async () => {
    const client = await session();
    const ask = async (): Promise<string> => {
      const task = taskOf(await client.call('generate', { message: 'x', model: 'text:3' }));
      await client.untilEnd();
      return task;
    };
    const [first] = [await ask(), await ask()];
    const { cursor } = paramsOf(client.client.frames.at(-1) ?? {});
    const again = await connect(sessionOf(client));
    expect((await again.call('resume', { task_id: first }))['result']).toEqual({ status: 'resumed', task_id: first });
    expect((await again.untilEnd()).end['task_id']).toBe(first);
    const up = await again.call('resume', { task_id: first, after: cursor });
    expect(up['result']).toEqual({ status: 'up_to_date', task_id: first });
  });

  it.each([
    ['a cursor that is none', { after: 'x' }, 'cursor_malformed'],
    ['a cursor beyond the log', { after: '999' }, 'cursor_ahead'],
    ['a task of nobody', { task_id: 'run_01a1fd61-2742-75b2-84dd-000000000000' }, 'invalid_request'],
    ['no task', { task_id: 'x' }, 'invalid_request'],
  ])('refuses %s', async (_name, params, code) => {
    const client = await session();
    expect((await client.call('resume', params))['error']).toMatchObject({ code: -32_602, data: { code } });
  });

  it('is what a socket needs to see a task that another one began', async () => {
    upstream.script('m', [ASK, { text: 'Done.' }]);
    const client = await session();
    const task_id = taskOf(await client.call('generate', { message: 'x' }));
    const { end } = await client.untilEnd();
    const second = await connect(sessionOf(client));
    expect((await second.call('resume', { after: end['cursor'] }))['result']).toEqual({ status: 'resumed', task_id });
    client.close();
    // The task goes on without the socket that began it, and takes its results from any.
    expect(statusOf(await second.call('tool_result', { task_id, results: [RESULT] }))).toBe('received_and_processed');
    expect((await second.untilEnd()).text).toBe('Done.');
  });

  it('works from the word of a server that goes away', async () => {
    const config = configFor(upstream.url, ['m']);
    const first = await startServer({ config });
    upstream.script('m', [ASK, { text: 'Done.' }]);
    const session_id = await createSession(first.url, { tools: [TOOL] });
    const client = await connect(session_id, first.url);
    const task_id = taskOf(await client.call('generate', { message: 'x' }));
    await client.untilEnd();
    const stopped = first.stop();
    const error = await client.next('error');
    expect(error).toMatchObject({ session_id, error: { data: { code: 'draining', retryable: true } } });
    expect([(await client.client.closed).code, await stopped]).toEqual([1012, 0]);
    const second = await startServer({ config, dataDir: first.dataDir });
    const again = await connect(session_id, second.url);
    await again.call('resume', { after: error['cursor'] });
    await again.call('tool_result', { task_id, results: [RESULT] });
    const { text, methods } = await again.untilEnd();
    expect([text, methods.at(-1)]).toEqual(['Done.', 'end']);
    await second.stop();
  });

  it('S12: a session can be watched on other doors, which see what its tools are', async () => {
    upstream.script('m', [ASK, { text: 'Done.' }]);
    const client = await session();
    const task_id = taskOf(await client.call('generate', { message: 'x' }));
    await client.untilEnd();
    const shown = await api(`${server.url}/conversations/${conversationOf(client)}`);
    expect(shown.body).toMatchObject({ kind: 'session', status: 'waiting' });
    await client.call('tool_result', { task_id, results: [RESULT] });
    await client.untilEnd();
    const stream = await fetch(`${server.url}/conversations/${conversationOf(client)}/events?projection=chat`);
    const types = [...(await stream.text()).matchAll(/"event_type":"(\w+)"/g)].map(([, type]) => type);
    expect([...new Set(types)]).toEqual(['chat_chunk', 'tool_call_start', 'tool_call_complete', 'chat_complete']);
  });
});

describe('the document of the sockets', () => {
  it('describes all that these sockets have sent', async () => {
    const document = (await (await fetch(`${server.url}/asyncapi.json`)).json()) as AsyncApiDocument;
    const { messages } = document.channels['session'] as { messages: Record<string, { payload: JsonSchema }> };
    const known = Object.values(messages).map(({ payload }) => payload);
    const frames = open.flatMap(({ client }) => client.frames.flat() as Json[]);
    const isKnown = (frame: Json): boolean =>
      known.some((payload) => checkJson(frame, payload, { document, closed: true }).length === 0);
    expect(frames.filter((frame) => !isKnown(frame))).toEqual([]);
    expect(new Set(frames.map(({ method }) => method))).toEqual(
      new Set([undefined, 'text_chunk', 'function_call_request', 'end', 'error']),
    );
  });
});
