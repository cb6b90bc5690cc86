import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { allFacts, api, settled, until, type ApiAnswer } from '../support/api.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { readStream, SseParser } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

interface Shown {
  readonly role: string;
  readonly content: string | null;
  readonly tool_calls?: readonly { readonly id: string }[];
  readonly tool_call_id?: string;
}

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  server = await startServer({ config: config(upstream.url) });
}, 120_000);

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

function config(base: string): string {
  const model = (key: string, name: string, more = ''): string =>
    `  ${key}: {name: "${name}", type: custom, api_base: "${base}", api_key: k${more}}`;
  return [
    'models:',
    model('main', 'scripted'),
    model('held', 'held'),
    model('queued', 'queued'),
    model('slow', 'text:400:20'),
    model('brisk', 'text:6:4'),
    model('small', 'scripted@small', ', context_window: 600, max_tokens: 100'),
    'default_model: main',
    'evaluators: []',
    'limits: {history_messages: 12}',
    'metrics: {on_main_port: true}',
    'agents:',
    '  default: {instructions: ""}',
    '  brief: {instructions: "Be brief."}',
    '  small: {instructions: "Be small.", model: small}',
  ].join('\n');
}

const chat = (body: object, headers: Record<string, string> = {}): Promise<ApiAnswer> =>
  api(`${server.url}/chat`, 'POST', body, headers);

const say = (id: string, body: object, headers: Record<string, string> = {}): Promise<ApiAnswer> =>
  api(`${server.url}/conversations/${id}/messages`, 'POST', body, headers);

const idOf = ({ body }: ApiAnswer): string => String(body['conversation_id']);

/** What a model was shown in its last call. */
function shown(model: string): readonly Shown[] {
  const body = upstream.calls(model).at(-1)?.body as { readonly messages: readonly Shown[] } | undefined;
  return body?.messages ?? [];
}

/** Requests that are being answered; the one that asks for them is among them. */
async function activeRequests(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^http_server_active_requests (\d+)$/m.exec(text)?.[1]);
}

/** Waits until so many requests are being answered. */
async function untilActive(count: number): Promise<void> {
  expect(await until(activeRequests, (now) => now === count)).toBe(count);
}

/** A model that answers once it is let to. */
function hold(model: string, times = 1): () => void {
  const held = Promise.withResolvers<void>();
  upstream.script(
    model,
    Array.from({ length: times }, () => ({ text: ['Well, ', { until: held.promise }, 'yes.'] })),
  );
  return held.resolve;
}

describe('the current conversation', () => {
  it('is that of the key, the agent and the user, and reset_history starts another', async () => {
    const ada = { message: 'Hi', user: 'current-ada' };
    const first = idOf(await chat(ada));
    expect(idOf(await chat(ada))).toBe(first);
    expect(idOf(await chat({ ...ada, agent_name: 'brief' }))).not.toBe(first);
    expect(idOf(await chat({ ...ada, user: 'current-bob' }))).not.toBe(first);
    const other = idOf(await chat({ ...ada, reset_history: true }));
    expect(other).not.toBe(first);
    expect(idOf(await chat(ada))).toBe(other);
    expect(shown('scripted').map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    // The first one is still there, for who names it.
    expect(idOf(await chat({ message: 'And?', conversation_id: first }))).toBe(first);
    expect(idOf(await chat(ada))).toBe(other);
  });

  it('is not left for one that never came to be', async () => {
    const ada = { message: 'Hi', user: 'refused-ada' };
    const first = idOf(await chat(ada));
    expect((await chat({ ...ada, reset_history: true, model: 'nothing' })).status).toBe(422);
    expect(idOf(await chat(ada))).toBe(first);
  });

  it('is another one after it was deleted, and while it is busy', async () => {
    const ada = { message: 'Hi', user: 'busy-ada' };
    const first = idOf(await chat(ada));
    expect((await api(`${server.url}/conversations/${first}`, 'DELETE')).status).toBe(200);
    const second = idOf(await chat(ada));
    expect(second).not.toBe(first);
    const release = hold('held');
    const busy = chat({ ...ada, model: 'held' });
    await upstream.until((now) => now.open('held') === 1);
    const third = await chat(ada);
    release();
    expect(idOf(await busy)).toBe(second);
    expect(idOf(third)).not.toBe(second);
  });

  it('is found again after a restart, with what was said', async () => {
    const own = await startServer({ config: config(upstream.url) });
    const body = { message: 'My name is Ada', user: 'ada', agent_name: 'brief' };
    const key = { 'idempotency-key': 'K07-restart' };
    const first = await api(`${own.url}/chat`, 'POST', body, key);
    await own.kill();
    const again = await startServer({ config: config(upstream.url), dataDir: own.dataDir });
    // K07: the same key after a crash is the same answer.
    const calls = upstream.calls('scripted').length;
    const repeated = await api(`${again.url}/chat`, 'POST', body, key);
    expect(repeated.body).toEqual(first.body);
    expect(upstream.calls('scripted')).toHaveLength(calls);
    const next = await api(`${again.url}/chat`, 'POST', { ...body, message: 'Who am I?' });
    expect(idOf(next)).toBe(idOf(first));
    expect(shown('scripted').map(({ content }) => content)).toEqual([
      'Be brief.',
      'My name is Ada',
      first.body['response'],
      'Who am I?',
    ]);
    expect(await again.stop()).toBe(0);
  });
});

describe('a history of the client’s', () => {
  it('replaces what the server remembers, and pairs calls with their results', async () => {
    const call = { id: 'c1', type: 'function', function: { name: 'calculate', arguments: '{"expression":"1+1"}' } };
    const history = [
      { role: 'system', content: 'You were kind.' },
      { role: 'user', content: 'What is 1+1?' },
      { role: 'assistant', content: null, tool_calls: [call, { ...call, id: 'c2' }] },
      { role: 'tool', tool_call_id: 'c2', tool_name: 'calculate', tool_result: { value: 2 } },
    ];
    const answer = await chat({ message: 'And 2+2?', history });
    expect(answer.status).toBe(200);
    expect(shown('scripted')).toMatchObject([
      { role: 'system', content: 'You were kind.' },
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'c1' }, { id: 'c2' }] },
      { role: 'tool', tool_call_id: 'c1', content: 'Error: no result was provided for this call.' },
      { role: 'tool', tool_call_id: 'c2', content: '{"value":2}' },
      { role: 'user', content: 'And 2+2?' },
    ]);
    // It is a conversation of its own, which goes on from there.
    await chat({ message: 'And?', conversation_id: idOf(answer) });
    expect(shown('scripted')).toHaveLength(8);
  });

  it('cannot be reset where a conversation is named', async () => {
    const id = idOf(await chat({ message: 'Hi', user: 'reset' }));
    expect(await chat({ message: 'Hi', conversation_id: id, reset_history: true })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/reset_history' }] },
    });
  });
});

describe('a conversation that is busy', () => {
  it('is refused by name, with when to come back, unless its turn is waited for, in order', async () => {
    const id = idOf(await chat({ message: 'Hi', user: 'named' }));
    const release = hold('held');
    const busy = chat({ message: 'Take your time', conversation_id: id, model: 'held' });
    await upstream.until((now) => now.open('held') === 1);
    const refused = await chat({ message: 'Now!', conversation_id: id });
    expect([refused.status, refused.body['code'], refused.headers.get('retry-after')]).toEqual([409, 'conflict', '1']);
    const waiting: Promise<ApiAnswer>[] = [];
    const others = await activeRequests();
    for (let n = 1; n <= 8; n++) {
      waiting.push(chat({ message: `Number ${n}`, conversation_id: id, on_busy: 'queue' }));
      // Each is in line before the next is sent.
      await untilActive(others + n);
      await pause(25);
    }
    release();
    await busy;
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    const facts = await allFacts(server.url, id);
    const asked = facts.filter(({ type, role }) => type === 'message_end' && role === 'user').map(({ text }) => text);
    expect(asked).toEqual(['Hi', 'Take your time', ...Array.from({ length: 8 }, (_, n) => `Number ${n + 1}`)]);
  });

  it('is not waited for by who has left', async () => {
    const id = idOf(await chat({ message: 'Hi', user: 'leaver' }));
    const release = hold('held');
    const busy = chat({ message: 'Take your time', conversation_id: id, model: 'held' });
    await upstream.until((now) => now.open('held') === 1);
    const leave = new AbortController();
    const others = await activeRequests();
    const left = fetch(`${server.url}/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'Never said', conversation_id: id, on_busy: 'queue' }),
      signal: leave.signal,
    }).catch(() => undefined);
    await untilActive(others + 1);
    await pause(50);
    leave.abort();
    await left;
    await untilActive(others);
    release();
    await busy;
    expect((await chat({ message: 'Last', conversation_id: id, on_busy: 'queue' })).status).toBe(200);
    const asked = (await allFacts(server.url, id)).filter(
      ({ role, type }) => role === 'user' && type === 'message_end',
    );
    expect(asked.map(({ text }) => text)).toEqual(['Hi', 'Take your time', 'Last']);
  });

  it('K08: 200 races of two have one that is answered, or both one after the other', async () => {
    let refused = 0;
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const id = idOf(await chat({ message: 'Hi', user: `race-${round}-${index}` }));
          const on_busy = index % 2 === 0 ? 'reject' : 'queue';
          const both = await Promise.all(
            ['A', 'B'].map(async (message) => chat({ message, conversation_id: id, on_busy })),
          );
          const statuses = both.map(({ status }) => status);
          refused += statuses.filter((status) => status === 409).length;
          expect(statuses).toContain(200);
          expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
          if (on_busy === 'queue') expect(statuses).toEqual([200, 200]);
          const facts = await allFacts(server.url, id);
          expect(facts.map(({ seq }) => seq)).toEqual(facts.map((_fact, at) => at + 1));
          const said = facts.filter(({ type, role }) => type === 'message_end' && role === 'user');
          expect(said).toHaveLength(1 + statuses.filter((status) => status === 200).length);
        }),
      );
    }
    expect(refused).toBeGreaterThan(0);
  }, 120_000);
});

describe('a history that is too long', () => {
  const pairs = (messages: readonly Shown[]): void => {
    const calls = new Set(messages.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id)));
    const results = messages.filter(({ role }) => role === 'tool').map(({ tool_call_id }) => tool_call_id);
    expect(new Set(results)).toEqual(calls);
  };

  it.each([
    ['scripted', 'brief', 'Be brief.'],
    ['scripted@small', 'small', 'Be small.'],
  ])('of %s is shown without its oldest part, and a warning says so', async (model, agent_name, system) => {
    const body = { agent_name, user: 'long', message: '[[tool:calculate {"expression":"1+1"}]] and a bit more' };
    const first = await chat(body);
    const id = idOf(first);
    for (let n = 0; n < 5; n++) await chat({ ...body, conversation_id: id });
    const messages = shown(model);
    expect(messages.length).toBeLessThan(5 * 4);
    expect(messages[0]).toMatchObject({ role: 'system', content: system });
    expect(messages[1]?.role).not.toBe('tool');
    pairs(messages);
    const warnings = (await allFacts(server.url, id)).filter(({ type }) => type === 'warning');
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings[0]).toMatchObject({ code: 'history_truncated', detail: expect.stringContaining('no room') });
    // Once a run, whatever its rounds.
    expect(new Set(warnings.map(({ run_id }) => run_id)).size).toBe(warnings.length);
  });
});

describe('POST /conversations/{id}/messages in a chat', () => {
  it('is the next message: accepted at once, and answered in the log', async () => {
    const id = idOf(await chat({ message: 'Hi', user: 'next', agent_name: 'brief' }));
    const sent = await say(id, { message: 'How are you?' });
    expect(sent).toMatchObject({ status: 202, body: { conversation_id: id, status: 'running' } });
    const run_id = String(sent.body['run_id']);
    expect(run_id).toMatch(/^run_/);
    const where = sent.headers.get('location') ?? '';
    const { frames } = await readStream(`${server.url}${where}&projection=chat`);
    expect(JSON.parse(frames.at(-1)?.data ?? '')).toMatchObject({
      event_type: 'chat_complete',
      final_response: expect.stringContaining('How are you?'),
    });
    expect(shown('scripted').map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  });

  it('goes on when nobody watches, begins nothing twice, and says what it cannot take', async () => {
    const id = idOf(await chat({ message: 'Hi', user: 'next-2' }));
    const key = { 'idempotency-key': 'next-2' };
    const answers = await Promise.all(Array.from({ length: 10 }, async () => say(id, { message: 'Once' }, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
    expect(new Set(answers.map(({ body }) => body['run_id'])).size).toBe(1);
    expect(await settled(server.url, id)).toMatchObject({ status: 'completed' });
    expect(await say(id, { message: 'Twice' }, key)).toMatchObject({ status: 422 });
    expect(await say(id, {})).toMatchObject({ status: 422, body: { errors: [{ pointer: '/message' }] } });
    expect(await say(id, { agent: 'Eve', argument: 'x' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/agent' }, { pointer: '/argument' }] },
    });
    const agents = { agent_configs: [{ name: 'Eve', type: 'human' }, { name: 'Bob' }], max_turns: 1 };
    const other = await api(`${server.url}/conversations`, 'POST', agents);
    expect(await say(idOf(other), { message: 'Hi', on_busy: 'queue' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/on_busy' }] },
    });
    await api(`${server.url}/conversations/${idOf(other)}/cancel`, 'POST', {});
  });

  it('goes on with what was begun by a model alone', async () => {
    const messages = [{ role: 'user', content: 'My name is Ada' }];
    const answer = await api(`${server.url}/v1/chat/completions`, 'POST', { model: 'main', messages });
    const id = answer.headers.get('x-conversation-id') ?? '';
    expect((await say(id, { message: 'Who am I?' })).status).toBe(202);
    expect(await settled(server.url, id)).toMatchObject({ status: 'completed' });
    expect(shown('scripted').map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(shown('scripted')[0]).toEqual(messages[0]);
  });

  it('is refused while it is busy, or waits', async () => {
    const id = idOf(await chat({ message: 'Hi', user: 'next-3' }));
    const release = hold('held');
    const busy = chat({ message: 'Slowly', conversation_id: id, model: 'held' });
    await upstream.until((now) => now.open('held') === 1);
    expect((await say(id, { message: 'Now' })).status).toBe(409);
    const waits = say(id, { message: 'Then', on_busy: 'queue' });
    release();
    await busy;
    expect((await waits).status).toBe(202);
    expect(await settled(server.url, id)).toMatchObject({ status: 'completed' });
  });
});

describe('cancelling a chat', () => {
  it('now: what was said stays, and the client is told', async () => {
    const asked = chat({ message: 'Long', model: 'slow', user: 'cancelled' });
    await upstream.until((now) => now.open('text:400:20') === 1);
    const list = await api(`${server.url}/conversations?status=running`);
    const [running] = list.body['conversations'] as Json[];
    const id = String(running?.['conversation_id']);
    await readStream(`${server.url}/conversations/${id}/events?projection=text`, { frames: 1 });
    expect((await api(`${server.url}/conversations/${id}/cancel`, 'POST', {})).body).toMatchObject({
      status: 'cancelled',
    });
    expect((await asked).status).toBe(499);
    await upstream.until((now) => now.open('text:400:20') === 0);
    const facts = await allFacts(server.url, id);
    expect(facts.filter(({ type }) => type === 'message_end').at(-1)).toMatchObject({ stop_reason: 'aborted' });
    // Twice does no harm, and the conversation goes on.
    expect((await api(`${server.url}/conversations/${id}/cancel`, 'POST', {})).status).toBe(200);
    expect((await chat({ message: 'Go on', conversation_id: id })).status).toBe(200);
    expect(shown('scripted').map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });

  it('after_turn: the tools of the turn are run to their ends, and the model is not asked again', async () => {
    // The one that takes longest: it still runs when the cancel comes.
    const message = '[[tool:search_web {"query":"news"}]]';
    const asked = chat({ message, user: 'after-turn' });
    let id = '';
    while (id === '') {
      const list = await api(`${server.url}/conversations?status=running`);
      id = (list.body['conversations'] as { readonly conversation_id: string }[])[0]?.conversation_id ?? '';
    }
    await readStream(`${server.url}/conversations/${id}/events`, {
      until: (frames) => frames.some(({ data }) => data.includes('"type":"tool_execution_start"')),
    });
    await api(`${server.url}/conversations/${id}/cancel`, 'POST', { mode: 'after_turn' });
    expect((await asked).status).toBe(499);
    const facts = await allFacts(server.url, id);
    expect(facts.find(({ type }) => type === 'tool_execution_end')).toMatchObject({ status: 'completed' });
    expect(facts.filter(({ type }) => type === 'turn_start')).toHaveLength(1);
    expect(facts.at(-1)).toMatchObject({ type: 'run_end', outcome: 'cancelled' });
  });
});

describe('K12: a cancel against the end of an answer', () => {
  it('200 races: one end each, the same for all who ask, and nothing after the cancel is acknowledged', async () => {
    const outcomes = new Set<unknown>();
    // How long so many of them take beside each other where nobody cancels them.
    const began = performance.now();
    const whole = Array.from({ length: 10 }, (_, index) =>
      chat({ message: 'Hi', model: 'brisk', user: `K12 ${index}` }),
    );
    await Promise.all(whole);
    const longest = Math.max(45, 1.5 * (performance.now() - began));
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const response = await fetch(`${server.url}/chat/stream`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ message: 'Hi', model: 'brisk', user: `K12 ${round} ${index}` }),
          });
          const id = response.headers.get('x-conversation-id') ?? '';
          const body = response.text();
          await pause((((round * 10 + index * 7) % 45) / 45) * longest);
          const acknowledged = await api(`${server.url}/conversations/${id}/cancel`, 'POST', {});
          const facts = await allFacts(server.url, id);
          const frames = new SseParser().push(await body).map(({ data }) => JSON.parse(data) as Json);
          const ends = frames.filter(({ event_type }) => event_type === 'chat_complete' || event_type === 'error');
          expect(ends).toEqual([frames.at(-1)]);
          const { outcome } = facts.at(-1) ?? {};
          expect(ends[0]).toMatchObject(
            outcome === 'completed'
              ? { event_type: 'chat_complete' }
              : { event_type: 'error', error_code: 'cancelled' },
          );
          expect(acknowledged.body['status']).toBe(outcome);
          // What it was when the cancel was acknowledged, it is still.
          expect(await allFacts(server.url, id)).toEqual(facts);
          outcomes.add(outcome);
        }),
      );
    }
    expect(outcomes).toEqual(new Set(['cancelled', 'completed']));
  }, 120_000);
});

describe('a chat among conversations', () => {
  it('is shown, listed and exported', async () => {
    const first = await chat({
      message: '[[tool:calculate {"expression":"40+2"}]]',
      user: 'shown',
      agent_name: 'brief',
    });
    const id = idOf(first);
    const view = await api(`${server.url}/conversations/${id}`);
    expect(view.body).toMatchObject({ conversation_id: id, status: 'completed', usage: first.body['usage'] });
    const list = await api(`${server.url}/conversations?limit=1`);
    expect(list.body['conversations']).toMatchObject([{ conversation_id: id }]);
    const messages = await api(`${server.url}/conversations/${id}/messages`);
    expect(messages.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', agent: 'brief', stop_reason: 'tool_calls' },
      { role: 'assistant', text: first.body['response'] },
    ]);
    const exported = await api(`${server.url}/conversations/${id}/export`);
    expect(exported.body).toMatchObject({ conversation_id: id, messages: [{}, {}, { text: first.body['response'] }] });
    const lines = await (await fetch(`${server.url}/conversations/${id}/export?format=jsonl`)).text();
    expect(lines.trim().split('\n')).toHaveLength((await allFacts(server.url, id)).length);
    const markdown = await (await fetch(`${server.url}/conversations/${id}/export?format=markdown`)).text();
    expect(markdown).toContain('# Chat');
    expect(markdown).toContain(String(first.body['response']));
  });

  it('shows the tools that were called, with what became of each call, on the message that called them', async () => {
    const called = [
      'calculate {"expression":"40+2"}',
      'calculate {"expression":"1/0"}',
      'search_web {"query":"``` fences"}',
      'lost {}',
    ].map((call) => `[[tool:${call}]]`);
    const first = await chat({ message: called.join(' '), user: 'tools', reset_history: true });
    const url = `${server.url}/conversations/${idOf(first)}`;
    const names = ['calculate', 'calculate', 'search_web', 'lost'];
    // In the order in which they began; the messages have them as the model asked.
    const told = (first.body['tool_calls'] as readonly Json[]).toSorted(
      (a, b) => names.indexOf(String(a['name'])) - names.indexOf(String(b['name'])),
    );
    const { messages } = (await api(`${url}/messages`)).body as { messages: readonly Json[] };
    expect(messages.map(({ role, tool_calls, tool_results }) => [role, tool_calls, tool_results])).toEqual([
      ['user', undefined, undefined],
      [
        'assistant',
        told.map(({ id, name, arguments: args }) => ({ id, name, arguments: args })),
        told.map(({ id, name, result, error, status }) => ({
          tool_call_id: id,
          name,
          content: result ?? error,
          is_error: status === 'failed',
        })),
      ],
      ['assistant', undefined, undefined],
    ]);
    const ends = (await allFacts(server.url, idOf(first))).filter(({ type }) => type === 'message_end');
    expect(messages.map(({ seq }) => seq)).toEqual(ends.map(({ seq }) => seq));
    // Page by page it is the same.
    const paged: unknown[] = [];
    for (let cursor: string | null = '0'; cursor !== null;) {
      const { body }: ApiAnswer = await api(`${url}/messages?limit=1&cursor=${cursor}`);
      paged.push(...(body['messages'] as unknown[]));
      cursor = body['next_cursor'] as string | null;
    }
    expect(paged).toEqual(messages);
    expect((await api(`${url}/export`)).body['messages']).toEqual(messages);
    const markdown = await (await fetch(`${url}/export?format=markdown`)).text();
    expect(markdown).toContain('_calls calculate_\n\n```\n{"expression":"40+2"}\n```\n');
    expect(markdown).toContain('_calculate answers_\n\n```\n42\n```\n');
    expect(markdown).toContain('_calls search_web_\n\n````\n{"query":"``` fences"}\n````\n');
    expect(markdown).toContain('_lost failed_\n\n```\n');
  });
});
