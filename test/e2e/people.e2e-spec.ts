import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allFacts, api, settled, startConversation } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { readStream } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

const PERSON = { name: 'Pat', type: 'human' };
const AGENT = { name: 'Alice', goal: 'to help' };

let upstream: Upstream;
let server: RunningServer;
let config: string;

beforeAll(async () => {
  upstream = await startUpstream();
  config = configFor(upstream.url, ['scripted', 'pace:20:scripted', 'bad:hang'], 'limits: {human_turn_seconds: 1.5}\n');
  server = await startServer({ config: config.replace('1.5', '600') });
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

/** Resolves once the log says that somebody is asked for the nth time. */
async function asked(url: string, id: string, times = 1): Promise<void> {
  await readStream(`${url}/conversations/${id}/events`, {
    until: (frames) => frames.filter((frame) => frame.data.includes('"input_requested"')).length >= times,
  });
}

describe('a person in a conversation', () => {
  it('plays against an agent: is asked each turn, answers over plain HTTP, and is heard', async () => {
    upstream.reset();
    const body = { agent_configs: [PERSON, AGENT], max_turns: 2, action_order: 'agent_id_based' };
    const id = await startConversation(server.url, body);
    await asked(server.url, id);
    const before = Date.now();
    const waiting = (await api(`${server.url}/conversations/${id}`)).body;
    expect(waiting).toMatchObject({ status: 'waiting', turn_count: 0, waiting_for: ['Pat'] });
    // limits.human_turn_seconds from the question on.
    expect(Math.abs(Date.parse(String(waiting['waiting_until'])) - before - 600_000)).toBeLessThan(60_000);
    expect(upstream.calls()).toHaveLength(0);

    const url = `${server.url}/conversations/${id}/messages`;
    const said = await api(url, 'POST', { agent: 'Pat', action_type: 'speak', argument: 'Hello Alice' });
    expect(said).toMatchObject({ status: 200, body: { status: 'accepted', agent: 'Pat', action_type: 'speak' } });
    await asked(server.url, id, 2);
    expect(JSON.stringify(upstream.calls()[0]?.body)).toContain('Hello Alice');
    expect((await api(url, 'POST', { message: 'And goodbye' })).status).toBe(200);

    expect(await settled(server.url, id)).toMatchObject({
      status: 'completed',
      turn_count: 2,
      waiting_for: [],
      waiting_until: null,
    });
    const { messages } = (await api(url)).body as { messages: Json[] };
    expect(
      messages.map((message) => [message['agent'], message['role'], message['action_type'], message['turn']]),
    ).toEqual([
      ['Pat', 'user', 'speak', 1],
      ['Alice', 'assistant', 'speak', 1],
      ['Pat', 'user', 'speak', 2],
      ['Alice', 'assistant', 'speak', 2],
    ]);
    const first = (await api(`${url}?limit=3`)).body;
    const rest = (await api(`${url}?limit=3&cursor=${String(first['next_cursor'])}`)).body;
    expect([...(first['messages'] as Json[]), ...(rest['messages'] as Json[])]).toEqual(messages);
    expect(rest['next_cursor']).toBeNull();
  });

  it('may leave, and is refused clearly when it is not asked, not known, or says nothing', async () => {
    const id = await startConversation(server.url, {
      agent_configs: [PERSON, AGENT],
      max_turns: 3,
      action_order: 'round-robin',
    });
    await asked(server.url, id);
    const url = `${server.url}/conversations/${id}/messages`;
    for (const [body, pointer] of [
      [{ agent: 'Eve', message: 'x' }, '/agent'],
      [{ agent: 'Alice', message: 'x' }, '/agent'],
      [{ action_type: 'shout', argument: 'x' }, '/action_type'],
      [{ action_type: 'speak', argument: ' ' }, '/argument'],
      [{ message: 'x', to: ['Eve'] }, '/to/0'],
      [{ message: 'x', argument: 'y' }, '/message'],
    ] as const) {
      const refused = await api(url, 'POST', body);
      expect([refused.status, (refused.body['errors'] as Json[])[0]?.['pointer']]).toEqual([422, pointer]);
    }
    const together = await Promise.all(
      [1, 2, 3].map((n) => api(url, 'POST', { action_type: 'leave', argument: `bye ${n}` })),
    );
    expect(together.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
    expect(await settled(server.url, id)).toMatchObject({ status: 'completed', terminated_by: { reason: 'left' } });
    expect(await api(url, 'POST', { message: 'late' })).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('goes on being asked after a crash, and the answer then counts', async () => {
    const first = await startServer({ config: config.replace('1.5', '600') });
    const id = await startConversation(first.url, {
      agent_configs: [PERSON, AGENT],
      max_turns: 1,
      action_order: 'agent_id_based',
    });
    await asked(first.url, id);
    await first.kill();
    const second = await startServer({ config: config.replace('1.5', '600'), dataDir: first.dataDir });
    expect((await api(`${second.url}/conversations/${id}`)).body).toMatchObject({ status: 'waiting' });
    expect((await api(`${second.url}/conversations/${id}/messages`, 'POST', { message: 'still here' })).status).toBe(
      200,
    );
    expect(await settled(second.url, id)).toMatchObject({ status: 'completed', turn_count: 1 });
    const types = (await allFacts(second.url, id)).map((fact) => fact['type']);
    expect(types.filter((type) => type === 'input_requested')).toHaveLength(1);
    await second.stop();
  });

  it('does nothing in a turn in which it does not answer in time, and the log says so', async () => {
    const quick = await startServer({ config });
    const id = await startConversation(quick.url, { agent_configs: [PERSON, AGENT], max_turns: 1 });
    expect(await settled(quick.url, id)).toMatchObject({ status: 'completed', turn_count: 1 });
    const facts = await allFacts(quick.url, id);
    expect(facts.find((fact) => fact['type'] === 'warning')).toMatchObject({ agent: 'Pat', code: 'input_timeout' });
    expect(new Set(facts.filter((fact) => fact['type'] === 'action').map((fact) => fact['action_type']))).toEqual(
      new Set(['none', 'speak']),
    );
    await quick.stop();
  });

  it('can be cancelled while it waits', async () => {
    const id = await startConversation(server.url, {
      agent_configs: [PERSON, AGENT],
      max_turns: 1,
      action_order: 'agent_id_based',
    });
    await asked(server.url, id);
    expect((await api(`${server.url}/conversations/${id}/cancel`, 'POST')).body).toMatchObject({ status: 'cancelled' });
  });
});

describe('Prefer: wait', () => {
  it('answers at the end, or with 202 once the time is up', async () => {
    const body = { agent_configs: [AGENT], max_turns: 1 };
    const whole = await api(`${server.url}/conversations`, 'POST', body, { prefer: 'wait=20' });
    expect(whole).toMatchObject({ status: 200, body: { status: 'completed', turn_count: 1 } });
    expect(whole.headers.get('preference-applied')).toBe('wait=20');
    expect(whole.body['episode_log']).not.toBeNull();
    const late = await api(
      `${server.url}/conversations`,
      'POST',
      { ...body, model_name: 'bad:hang' },
      { prefer: 'respond-async, wait=1' },
    );
    expect(late).toMatchObject({ status: 202, body: { status: 'running' } });
    await api(`${server.url}/conversations/${String(late.body['conversation_id'])}/cancel`, 'POST');
  });
});

describe('Idempotency-Key', () => {
  const body = { agent_configs: [AGENT], max_turns: 2, model_name: 'pace:20:scripted' };

  it('makes one run of 50 requests at once, and 50 equal streams', async () => {
    upstream.reset();
    const headers = { 'idempotency-key': 'fifty-at-once' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => api(`${server.url}/conversations`, 'POST', body, headers)),
    );
    expect(new Set(answers.map((answer) => `${answer.status} ${JSON.stringify(answer.body)}`)).size).toBe(1);
    const id = String(answers[0]?.body['conversation_id']);
    const streams = await Promise.all(answers.map(() => readStream(`${server.url}/conversations/${id}/events`)));
    const facts = (stream: (typeof streams)[number]): string =>
      JSON.stringify(
        stream.frames
          .map((frame) => JSON.parse(frame.data) as Json)
          .filter((event) => event['type'] !== 'message_update')
          .map(({ cursor: _cursor, ...fact }) => fact),
      );
    expect(new Set(streams.map(facts)).size).toBe(1);
    expect(upstream.calls()).toHaveLength(2);
  });

  it('is refused with another body, works after a restart, and is not shared between routes or tenants', async () => {
    const keys = { PARLEY_API_KEYS: 'a:key-a,b:key-b' };
    const first = await startServer({ config, env: keys });
    const post = (url: string, key: string, more: Json = {}): ReturnType<typeof api> =>
      api(`${url}/conversations`, 'POST', { ...body, ...more }, { 'idempotency-key': 'k1', 'x-api-key': key });
    const begun = await post(first.url, 'key-a');
    expect(await post(first.url, 'key-a', { max_turns: 1 })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_mismatch' },
    });
    expect((await post(first.url, 'key-b')).body['conversation_id']).not.toBe(begun.body['conversation_id']);
    await first.kill();
    const second = await startServer({ config, env: keys, dataDir: first.dataDir });
    const { max_turns, model_name, agent_configs } = body;
    const again = await api(
      `${second.url}/conversations`,
      'POST',
      { model_name, max_turns, agent_configs },
      { 'idempotency-key': 'k1', 'x-api-key': 'key-a' },
    );
    expect(again.body['conversation_id']).toBe(begun.body['conversation_id']);
    expect(
      (
        await api(`${second.url}/conversations`, 'POST', body, {
          'idempotency-key': 'x'.repeat(256),
          'x-api-key': 'key-a',
        })
      ).status,
    ).toBe(422);
    await second.stop();
  });
});

describe('export', () => {
  it('gives the whole conversation as JSON, as lines of its log, and as a transcript', async () => {
    const id = await startConversation(server.url, {
      agent_configs: [AGENT, { name: 'Bob', goal: 'g' }],
      max_turns: 2,
      scenario: 'Tea',
    });
    await settled(server.url, id);
    const url = `${server.url}/conversations/${id}/export`;
    const json = await api(url);
    expect(json.headers.get('content-disposition')).toBe(`attachment; filename="${id}.json"`);
    expect(json.body).toMatchObject({ conversation_id: id, status: 'completed' });
    expect(json.body['messages']).toHaveLength(4);
    const lines = (await (await fetch(`${url}?format=jsonl`)).text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as Json)).toEqual(await allFacts(server.url, id));
    const text = await (await fetch(`${url}?format=markdown`)).text();
    expect(text).toMatch(/^# Tea\n\nAgents: Alice, Bob\n\n## Turn 1\n\n- Alice said/);
    expect((await api(`${url}?format=pdf`)).status).toBe(422);
  });
});
