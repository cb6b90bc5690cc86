import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, conversationWhen, settled, startConversation } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { readStream } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';
import { WsClient } from '../support/ws-client.js';

type Json = Record<string, unknown>;

const AGENTS = [
  { name: 'Alice', goal: 'to agree' },
  { name: 'Bob', goal: 'to agree' },
];

let upstream: Upstream;
let config: string;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  config = configFor(upstream.url, ['scripted', 'held', 'pace:10:scripted', 'pace:40:scripted']);
  server = await startServer({ config });
  // Says a little, and goes on for ever.
  upstream.script('held', () => ({ text: ['Well, ', { until: new Promise(() => undefined) }] }));
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

function dataOf(frame: Json): Json {
  return frame['data'] as Json;
}

/** The text of all chunks, and the frames that are none. */
function told(frames: readonly Json[]): { readonly text: string; readonly rest: readonly Json[] } {
  const chunks = frames.filter((frame) => frame['type'] === 'chat_chunk');
  return {
    text: chunks.map((frame) => String(dataOf(frame)['content'])).join(''),
    rest: frames.filter((frame) => frame['type'] !== 'chat_chunk').map(dataOf),
  };
}

describe('a chat on /ws', () => {
  it('is told in chunks and one end, and goes on in the same conversation', async () => {
    const client = await WsClient.open(server.url, '/ws');
    client.send({ type: 'chat', data: { message: 'Hello', reset_history: true, parallel_tools: true } });
    const first = await client.next((frame) => frame['type'] === 'chat_complete');
    const { text, rest } = told(client.frames);
    expect(rest).toEqual([
      {
        event_type: 'chat_complete',
        timestamp: first['timestamp'],
        final_response: text,
        total_tool_calls: 0,
        conversation_id: expect.any(String),
        usage: expect.any(Object),
        run_id: expect.any(String),
      },
    ]);
    expect(Object.keys(first)).toEqual(['type', 'data', 'timestamp', 'cursor']);
    client.send({ type: 'chat', data: { message: 'Again' } });
    const second = await client.next((frame) => frame['type'] === 'chat_complete');
    expect(dataOf(second)['conversation_id']).toBe(dataOf(first)['conversation_id']);
    const { messages } = (upstream.calls('scripted').at(-1)?.body ?? {}) as { messages?: { role: string }[] };
    expect(messages?.map((message) => message.role).filter((role) => role !== 'system')).toEqual([
      'user',
      'assistant',
      'user',
    ]);
    client.ws.close();
  });

  it('shows tools, each call with its frames', async () => {
    const client = await WsClient.open(server.url, '/ws');
    client.send({ type: 'chat', data: { message: '[[tool:calculate {"expression":"6*7"}]]', reset_history: true } });
    await client.next((frame) => frame['type'] === 'chat_complete');
    const tools = client.frames.filter((frame) => frame['type'] === 'tool_call').map(dataOf);
    expect(tools.map((data) => data['event_type'])).toEqual(['tool_call_start', 'tool_call_complete']);
    expect(tools.at(-1)).toMatchObject({ tool_call: { name: 'calculate', status: 'completed', result: '42' } });
    client.ws.close();
  });

  it('waits for its turn where it is asked to, and keeps no other message waiting', async () => {
    const client = await WsClient.open(server.url, '/ws');
    client.send({ type: 'chat', data: { message: 'Hello', reset_history: true, model: 'held' } });
    const { conversation_id } = dataOf(await client.next());
    client.send({ type: 'chat', data: { message: 'Too early', conversation_id } });
    expect(await client.next((frame) => frame['type'] === 'error')).toMatchObject({ data: { error_code: 'conflict' } });
    client.send({ type: 'chat', data: { message: 'Then', conversation_id, on_busy: 'queue' } });
    client.send({ type: 'cancel', data: { conversation_id } });
    expect(await client.next((frame) => frame['type'] === 'error')).toMatchObject({
      data: { error_code: 'cancelled' },
    });
    const last = await client.next((frame) => frame['type'] === 'chat_complete');
    expect(dataOf(last)['conversation_id']).toBe(conversation_id);
    client.ws.close();
  });

  it('goes on without its socket, or ends with it where it is asked to', async () => {
    const [stays, goes] = await Promise.all(
      ['continue', 'cancel'].map(async (on_disconnect) => {
        const client = await WsClient.open(server.url, '/ws');
        const isBound = on_disconnect === 'cancel';
        const model = isBound ? 'held' : 'pace:10:scripted';
        const data = { message: 'Hello', reset_history: true, model, on_disconnect };
        client.send({ type: 'chat', data });
        const { conversation_id } = dataOf(await client.next());
        client.ws.terminate();
        return conversationWhen(server.url, String(conversation_id), isBound ? 'cancelled' : 'completed');
      }),
    );
    expect(stays?.['status']).toBe('completed');
    expect(goes?.['status']).toBe('cancelled');
  });

  it.each([
    [{}, '/data/message'],
    [{ message: 1 }, '/data/message'],
    [{ message: 'x', more: 1 }, '/data/more'],
    [{ message: 'x', model: 'nothing' }, '/data/model'],
    [{ message: 'x', history: [{ role: 'tool', tool_call_id: 'a' }] }, '/data/history/0/tool_call_id'],
  ])('that cannot be is refused, by field: %j', async (data, pointer) => {
    const client = await WsClient.open(server.url, '/ws');
    client.send({ type: 'chat', data });
    const refused = dataOf(await client.next());
    expect(refused).toMatchObject({ error_code: 'invalid_request', retryable: false });
    expect(refused['errors']).toContainEqual(expect.objectContaining({ pointer }));
    client.ws.close();
  });
});

describe('a conversation on /ws', () => {
  it('is gone on with after every frame: misses nothing, says nothing twice', async () => {
    const body = { agent_configs: AGENTS, max_turns: 2, action_order: 'round-robin', model_name: 'pace:10:scripted' };
    const conversation_id = await startConversation(server.url, body);
    const frames: Json[] = [];
    let cursor: unknown = 0;
    for (;;) {
      const client = await WsClient.open(server.url, '/ws');
      client.send({ type: 'resume', data: { conversation_id, after: cursor } });
      const frame = await client.next();
      client.ws.terminate();
      if (frame['type'] === 'pong') {
        expect(frame['data']).toEqual({ conversation_id, exhausted: true });
        break;
      }
      frames.push(frame);
      cursor = frame['cursor'];
      expect(dataOf(frame)).toMatchObject({ conversation_id, run_id: expect.stringMatching(/^run_/) });
    }
    const sse = await readStream(`${server.url}/conversations/${conversation_id}/events?projection=chat`);
    const whole = sse.frames.map((frame) => JSON.parse(frame.data) as Json);
    const text = whole.filter((data) => data['event_type'] === 'chat_chunk').map((data) => data['content']);
    expect(told(frames).text).toBe(text.join(''));
    expect(told(frames).rest).toEqual([{ ...whole.at(-1), run_id: expect.any(String) }]);
  }, 120_000);

  it('comes beside others on the same socket, and each is told apart', async () => {
    const body = { agent_configs: AGENTS, max_turns: 1, model_name: 'scripted' };
    const ids = await Promise.all([1, 2].map(() => startConversation(server.url, body)));
    const client = await WsClient.open(server.url, '/ws');
    for (const conversation_id of ids) client.send({ type: 'resume', data: { conversation_id } });
    const isComplete = (frame: Json): boolean => frame['type'] === 'chat_complete';
    await client.next(isComplete);
    await client.next(isComplete);
    for (const id of ids) {
      const own = client.frames.filter((frame) => dataOf(frame)['conversation_id'] === id);
      expect(told(own).text).toBe(dataOf(own.at(-1) ?? {})['final_response']);
    }
    client.ws.close();
  });

  it('is cancelled by name, and without one', async () => {
    const body = { agent_configs: AGENTS, max_turns: 50, model_name: 'pace:40:scripted' };
    const [watched = '', other = ''] = await Promise.all([1, 2].map(() => startConversation(server.url, body)));
    const client = await WsClient.open(server.url, '/ws');
    client.send({ type: 'resume', data: { conversation_id: watched } });
    await client.next();
    client.send({ type: 'cancel', data: { conversation_id: other } });
    expect(await client.next((frame) => frame['type'] === 'pong')).toMatchObject({
      data: { conversation_id: other, status: 'cancelled' },
    });
    client.send({ type: 'cancel' });
    expect(await client.next((frame) => frame['type'] === 'error')).toMatchObject({
      data: { error_code: 'cancelled', conversation_id: watched },
    });
    expect((await settled(server.url, watched))['status']).toBe('cancelled');
    client.send({ type: 'cancel' });
    expect(await client.next()).toMatchObject({ type: 'error', data: { error_code: 'conflict' } });
    client.ws.close();
  });

  it.each([
    [{ conversation_id: 'conv_nothing' }, 'not_found'],
    [{ conversation_id: 'conv_00000000-0000-7000-8000-000000000000' }, 'not_found'],
    [{}, 'invalid_request'],
    [{ conversation_id: 1 }, 'invalid_request'],
    [{ conversation_id: 'x', after: {} }, 'invalid_request'],
    [{ conversation_id: 'x', more: 1 }, 'invalid_request'],
  ])('that cannot be gone on with is refused: %j', async (data, error_code) => {
    const client = await WsClient.open(server.url, '/ws');
    client.send({ type: 'resume', data });
    expect(await client.next()).toMatchObject({ type: 'error', data: { error_code } });
    client.ws.close();
  });

  it('is not gone on with beyond its log, nor from a cursor that is none', async () => {
    const conversation_id = await startConversation(server.url, { agent_configs: AGENTS, max_turns: 1 });
    const client = await WsClient.open(server.url, '/ws');
    for (const [after, error_code] of [
      ['9999', 'cursor_ahead'],
      ['nothing', 'cursor_malformed'],
      ['1\r\n', 'cursor_malformed'],
    ]) {
      client.send({ type: 'resume', data: { conversation_id, after } });
      expect(await client.next()).toMatchObject({ data: { error_code } });
    }
    client.ws.close();
  });

  it('says where it stands when the server goes away, and goes on there after it is back', async () => {
    const first = await startServer({ config });
    const body = { agent_configs: AGENTS, max_turns: 2, model_name: 'pace:40:scripted' };
    const conversation_id = await startConversation(first.url, body);
    const client = await WsClient.open(first.url, '/ws');
    client.send({ type: 'resume', data: { conversation_id } });
    await client.next();
    await first.stop();
    expect((await client.closed).code).toBe(1012);
    const last = client.frames.at(-1) ?? {};
    expect(last).toMatchObject({
      type: 'error',
      data: { error_code: 'draining', conversation_id, retryable: true },
      cursor: expect.any(String),
    });
    const second = await startServer({ config, dataDir: first.dataDir });
    const again = await WsClient.open(second.url, '/ws');
    again.send({ type: 'resume', data: { conversation_id, after: last['cursor'] } });
    await again.next((frame) => frame['type'] === 'chat_complete');
    const { body: page } = await api(`${second.url}/conversations/${conversation_id}`);
    expect(page['status']).toBe('completed');
    again.ws.close();
  }, 120_000);
});
