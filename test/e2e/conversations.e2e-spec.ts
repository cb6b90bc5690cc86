import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allFacts, api, settled, startConversation } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { readStream } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

const MODELS = [
  'scripted',
  'scripted@two',
  'act:leave:2',
  'act:none',
  'bad:500',
  'bad:not-json-once',
  'bad:not-json-action',
  'bad:hang',
];
const PAIR = [
  { name: 'Alice', type: 'llm' },
  { name: 'Bob', type: 'llm' },
];
const withGoals = (names: readonly string[], more: Readonly<Record<string, Json>> = {}): Json[] =>
  names.map((name) => ({ name, goal: `what ${name} wants`, ...more[name] }));

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  server = await startServer({ config: configFor(upstream.url, MODELS) });
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

describe('a conversation between agents', () => {
  it("completes document 1's POST, without goals: all messages, the real turn count, one goal call each", async () => {
    upstream.reset();
    const answer = await api(`${server.url}/conversations`, 'POST', {
      agent_configs: PAIR,
      scenario: 'Two friends discussing weekend plans',
      max_turns: 10,
    });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      status: 'running',
      agent_count: 2,
      model_used: 'scripted',
      models: ['scripted', 'scripted'],
    });
    const id = String(answer.body['conversation_id']);
    expect(answer.headers.get('location')).toBe(`/conversations/${id}`);

    const conversation = await settled(server.url, id);
    expect(conversation).toMatchObject({
      status: 'completed',
      turn_count: 10,
      terminated_by: { reason: 'max_turns' },
      error: null,
    });
    const episode = conversation['episode_log'] as { messages: string[][][]; agents: string[]; rewards: unknown[] };
    expect(episode.messages.map((turn) => turn.length)).toEqual(Array.from({ length: 10 }, () => 2));
    expect(episode.messages[9]?.[1]?.[2]).toContain('Bob says (10)');
    expect(episode).toMatchObject({ agents: ['Alice', 'Bob'], rewards: [null, null], turn_count: 10 });
    expect(upstream.calls().filter((call) => call.kind === 'goal')).toHaveLength(2);
    expect(upstream.calls().filter((call) => call.kind === 'action')).toHaveLength(20);
    expect(upstream.calls().filter((call) => call.kind === 'evaluation')).toHaveLength(0);
  });

  it("sends each agent's calls to its own model, and each knows only its own goal", async () => {
    upstream.reset();
    const agents = withGoals(['Alice', 'Bob'], { Bob: { model: 'scripted@two' } });
    const id = await startConversation(server.url, { agent_configs: agents, max_turns: 2 });
    expect(await settled(server.url, id)).toMatchObject({ status: 'completed', models: ['scripted', 'scripted@two'] });
    const asked = (model: string): string[] => upstream.calls(model).map((call) => JSON.stringify(call.body));
    expect(asked('scripted')).toHaveLength(2);
    expect(asked('scripted@two')).toHaveLength(2);
    expect(
      asked('scripted').every((body) => body.includes('what Alice wants') && !body.includes('what Bob wants')),
    ).toBe(true);
    expect(
      asked('scripted@two').every((body) => body.includes('what Bob wants') && !body.includes('what Alice wants')),
    ).toBe(true);
  });

  it('does not go stale with four agents in round-robin', async () => {
    const agents = withGoals(['A', 'B', 'C', 'D']);
    const id = await startConversation(server.url, {
      agent_configs: agents,
      max_turns: 8,
      action_order: 'round-robin',
    });
    const conversation = await settled(server.url, id);
    expect(conversation).toMatchObject({ turn_count: 8, terminated_by: { reason: 'max_turns' } });
    const episode = conversation['episode_log'] as { messages: string[][][] };
    expect(episode.messages.map((turn) => turn.map((message) => message[0]))).toEqual([
      ['A'],
      ['B'],
      ['C'],
      ['D'],
      ['A'],
      ['B'],
      ['C'],
      ['D'],
    ]);
  });

  it('ends a pair with "left" when one leaves, and with "stale" when nobody does anything', async () => {
    const leaving = await startConversation(server.url, {
      agent_configs: withGoals(['A', 'B'], { B: { model: 'act:leave:2' } }),
      max_turns: 9,
    });
    const left = await settled(server.url, leaving);
    expect(left).toMatchObject({ status: 'completed', turn_count: 2, terminated_by: { reason: 'left' } });
    const idle = await startConversation(server.url, {
      agent_configs: withGoals(['A', 'B']),
      model_name: 'act:none',
      max_turns: 9,
    });
    expect(await settled(server.url, idle)).toMatchObject({
      status: 'completed',
      turn_count: 2,
      terminated_by: { reason: 'stale' },
    });
  });

  it.each(['simultaneous', 'round-robin', 'sequential', 'random', 'agent_id_based'])(
    'completes in the order %s',
    async (action_order) => {
      const agents = withGoals(['A', 'B', 'C']).map((agent, index) => ({ ...agent, speaking_id: index }));
      const id = await startConversation(server.url, {
        agent_configs: agents,
        max_turns: 3,
        action_order,
        speaking_order: [2, 0, 1],
        seed: 5,
      });
      const conversation = await settled(server.url, id);
      expect(conversation).toMatchObject({ status: 'completed', turn_count: 3 });
      const speakers = (conversation['episode_log'] as { messages: string[][][] }).messages.map((turn) =>
        turn.map((message) => message[0]).join(''),
      );
      if (action_order === 'simultaneous') expect(speakers).toEqual(['ABC', 'ABC', 'ABC']);
      else if (action_order === 'agent_id_based') expect(speakers).toEqual(['CAB', 'CAB', 'CAB']);
      else expect(speakers.every((turn) => turn.length === 1)).toBe(true);
    },
  );

  it('lets later speakers of a turn see the earlier ones, and hides a whisper from the others', async () => {
    upstream.reset();
    upstream.script('scripted@two', [{ action: { action_type: 'speak', argument: 'a secret for B', to: ['B'] } }]);
    const agents = withGoals(['A', 'B', 'C'], { A: { model: 'scripted@two' } });
    const id = await startConversation(server.url, {
      agent_configs: agents,
      max_turns: 1,
      action_order: 'agent_id_based',
    });
    await settled(server.url, id);
    const prompt = (agent: string): string =>
      JSON.stringify(
        upstream.calls('scripted').find((call) => JSON.stringify(call.body).includes(`You are ${agent}.`))?.body,
      );
    expect(prompt('B')).toContain('a secret for B');
    expect(prompt('C')).not.toContain('a secret for B');
    expect(prompt('C')).toContain('B says');
    upstream.assertComplete();
  });

  it('repairs an answer that is no action by asking again, and says what it cost', async () => {
    upstream.reset();
    const id = await startConversation(server.url, {
      agent_configs: withGoals(['A']),
      model_name: 'bad:not-json-once',
      max_turns: 1,
    });
    const conversation = await settled(server.url, id);
    expect(conversation).toMatchObject({ status: 'completed', turn_count: 1, usage: { calls: 2 } });
    expect(upstream.calls()).toHaveLength(2);
  });

  it('fails with the reason when a model gives no action in three tries: silence is never made up', async () => {
    const id = await startConversation(server.url, {
      agent_configs: withGoals(['A', 'B']),
      model_name: 'bad:not-json-action',
      max_turns: 2,
    });
    const conversation = await settled(server.url, id);
    expect(conversation).toMatchObject({
      status: 'failed',
      terminated_by: { reason: 'error' },
      error: { code: 'upstream' },
    });
    expect(String((conversation['error'] as Json)['detail'])).toMatch(/no valid action in 3 tries/);
  });

  it('ends in "failed" with the reason when the upstream fails, stops the other agents, and shows nothing the upstream said', async () => {
    const agents = withGoals(['A', 'B'], { A: { model: 'bad:500' }, B: { model: 'bad:hang' } });
    const id = await startConversation(server.url, { agent_configs: agents, max_turns: 2 });
    const conversation = await settled(server.url, id);
    expect(conversation).toMatchObject({ status: 'failed', turn_count: 0, error: { code: 'upstream' } });
    expect((conversation['error'] as Json)['detail']).toMatch(
      /^A could not act, model "bad:500": .*upstream_unavailable/,
    );
    expect(JSON.stringify(conversation)).not.toMatch(/canary/i);
    await upstream.until((up) => up.open() === 0);
    const types = (await allFacts(server.url, id)).map((fact) => fact['type']);
    expect(types.filter((type) => type === 'message_start')).toHaveLength(
      types.filter((type) => type === 'message_end').length,
    );
    expect(types.slice(-2)).toEqual(['turn_end', 'run_end']);
  });

  it('cancels at once, closing the upstream, and the same again changes nothing', async () => {
    upstream.reset();
    const id = await startConversation(server.url, {
      agent_configs: withGoals(['A']),
      model_name: 'bad:hang',
      max_turns: 2,
    });
    await upstream.until((up) => up.open() === 1);
    const first = await api(`${server.url}/conversations/${id}/cancel`, 'POST', {});
    expect(first).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    await upstream.until((up) => up.open() === 0);
    expect(upstream.calls().at(-1)?.end).toBe('aborted');
    expect((await api(`${server.url}/conversations/${id}/cancel`, 'POST')).body).toMatchObject({ status: 'cancelled' });
    expect(await settled(server.url, id)).toMatchObject({
      status: 'cancelled',
      terminated_by: { reason: 'cancelled' },
    });
    expect((await allFacts(server.url, id)).filter((fact) => fact['type'] === 'run_end')).toHaveLength(1);
  });

  it('lists, pages and deletes; deleting stops what runs', async () => {
    upstream.reset();
    const id = await startConversation(server.url, {
      agent_configs: withGoals(['A']),
      model_name: 'bad:hang',
      max_turns: 2,
    });
    await upstream.until((up) => up.open() === 1);
    const first = await api(`${server.url}/conversations?limit=1`);
    expect(first.body['conversations']).toMatchObject([{ conversation_id: id, status: 'running' }]);
    const second = await api(`${server.url}/conversations?limit=1&cursor=${String(first.body['next_cursor'])}`);
    expect((second.body['conversations'] as Json[])[0]?.['conversation_id']).not.toBe(id);
    expect((await api(`${server.url}/conversations/${id}`, 'DELETE')).status).toBe(200);
    await upstream.until((up) => up.open() === 0);
    expect(upstream.calls().at(-1)?.end).toBe('aborted');
    expect((await api(`${server.url}/conversations/${id}`)).status).toBe(404);
    expect((await api(`${server.url}/conversations/${id}`, 'DELETE')).status).toBe(404);
  });
});

describe('the log', () => {
  it('has no gap, closes what it opens, and its texts tile', async () => {
    const id = await startConversation(server.url, { agent_configs: withGoals(['A', 'B', 'C']), max_turns: 4 });
    const stream = await readStream(`${server.url}/conversations/${id}/events`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(stream.headers.get('x-accel-buffering')).toBe('no');
    expect(stream.headers.get('x-conversation-id')).toBe(id);
    const facts = await allFacts(server.url, id);
    expect(facts.map((fact) => fact['seq'])).toEqual(facts.map((_fact, index) => index + 1));
    const end = await readStream(`${server.url}/conversations/${id}/events`, { lastEventId: stream.lastId });
    expect(end.status).toBe(204);
  });

  it('shows a chat projection with one end, whose final response is all that was shown', async () => {
    const id = await startConversation(server.url, { agent_configs: withGoals(['A', 'B']), max_turns: 2 });
    const stream = await readStream(`${server.url}/conversations/${id}/events?projection=chat`);
    const frames = stream.frames.map((frame) => JSON.parse(frame.data) as Json);
    const chunks = frames.filter((frame) => frame['event_type'] === 'chat_chunk');
    expect(Object.keys(chunks[0] ?? {})).toEqual(['event_type', 'timestamp', 'content', 'is_complete']);
    expect(frames.filter((frame) => frame['event_type'] === 'chat_complete')).toHaveLength(1);
    expect(frames.at(-1)).toMatchObject({
      event_type: 'chat_complete',
      final_response: chunks.map((chunk) => chunk['content']).join(''),
      total_tool_calls: 0,
      conversation_id: id,
    });
  });

  it.each([
    ['malformed', 'x', 400, 'cursor_malformed'],
    ['beyond the log', '99999', 409, 'cursor_ahead'],
    ['naming messages that were not open', '1/5', 400, 'cursor_malformed'],
  ])('refuses a cursor that is %s', async (_name, cursor, status, code) => {
    const id = await startConversation(server.url, { agent_configs: withGoals(['A']), max_turns: 1 });
    await settled(server.url, id);
    expect(
      await api(`${server.url}/conversations/${id}/events`, 'GET', undefined, { 'last-event-id': cursor }),
    ).toMatchObject({
      status,
      body: { code, status },
    });
  });
});

describe('refusals', () => {
  it('names every wrong field, and what there is', async () => {
    const answer = await api(`${server.url}/conversations`, 'POST', {
      agent_configs: [{ name: 'A', model: 'nope', type: 'robot' }, { name: 'A' }],
      action_order: 'sideways',
      model_name: 'none such',
      max_turns: 5000,
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const pointers = (answer.body['errors'] as Json[]).map((error) => String(error['pointer']));
    expect(new Set(pointers)).toEqual(
      new Set([
        '/action_order',
        '/agent_configs/0/model',
        '/agent_configs/0/type',
        '/agent_configs/1/name',
        '/max_turns',
        '/model_name',
      ]),
    );
    expect(answer.body['detail']).toContain('there are scripted, scripted@two');
    expect(answer.body['request_id']).toBe(answer.headers.get('x-request-id'));
  });

  it.each([
    ['null', 'null', 422],
    ['a list', '[]', 422],
    ['a number', '7', 422],
    ['an empty object', '{}', 422],
    ['half JSON', '{"agent_configs": [', 400],
    ['an unknown field', '{"agent_configs":[{"name":"A"}],"api_base":"http://evil"}', 422],
    ['a name of the wrong type', '{"agent_configs":[{"name":7}]}', 422],
    ['a text for a number', '{"agent_configs":[{"name":"A"}],"max_turns":"10"}', 422],
    ['no agents', '{"agent_configs":[]}', 422],
    ['a list for an agent', '{"agent_configs":[[]]}', 422],
    ['lists in a list for an agent', '{"agent_configs":[[[{"name":"A"}]]]}', 422],
    ['a list for the background', '{"background":[]}', 422],
    ['nesting without end', `{"agent_configs":[{"name":"A","profile":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}]}`, 422],
  ])('answers a body that is %s with a problem document', async (_name, body, status) => {
    const response = await fetch(`${server.url}/conversations`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, retryable: false });
  });

  it('wants JSON, a known address, and this machine as the host', async () => {
    expect((await fetch(`${server.url}/conversations`, { method: 'POST', body: 'x' })).status).toBe(415);
    expect(await api(`${server.url}/nowhere`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await api(`${server.url}/conversations/${'x'.repeat(30)}`)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    const huge = JSON.stringify({ agent_configs: [{ name: 'A', goal: 'x'.repeat(1_200_000) }] });
    expect(
      (
        await fetch(`${server.url}/conversations`, {
          method: 'POST',
          body: huge,
          headers: { 'content-type': 'application/json' },
        })
      ).status,
    ).toBe(413);
  });
});

describe('the other doors', () => {
  it('shows models as they are, without secrets and without asking the upstream', async () => {
    upstream.reset();
    const models = (await api(`${server.url}/models`)).body;
    expect(models['scripted@two']).toMatchObject({ name: 'scripted@two', type: 'custom', healthy: true });
    expect(JSON.stringify(models)).not.toContain('"test"');
    expect(upstream.calls()).toHaveLength(0);
    expect((await api(`${server.url}/models/scripted`)).body).toMatchObject({ type: 'custom' });
    expect((await api(`${server.url}/models/nope`)).status).toBe(404);
  });

  it('is alive, ready and started', async () => {
    for (const probe of ['live', 'ready', 'startup'])
      expect((await api(`${server.url}/health/${probe}`)).status).toBe(200);
    const health = (await api(`${server.url}/health`)).body;
    expect(health).toMatchObject({
      status: 'healthy',
      server_config: { default_model: 'scripted', max_turns: 20, models: MODELS },
    });
    expect((await api(server.url)).body).toMatchObject({ documentation: '/docs' });
  });
});
