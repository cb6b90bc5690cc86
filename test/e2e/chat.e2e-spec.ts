import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allFacts, api, settled } from '../support/api.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { readStream, type SseFrame } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';

type Upstream = Awaited<ReturnType<typeof startUpstream>>;

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
  const model = (key: string, name: string): string =>
    `  ${key}: {name: "${name}", type: custom, api_base: "${base}", api_key: upstream-key}`;
  return [
    'models:',
    model('main', 'scripted'),
    model('cut', 'bad:cut-after-2'),
    model('refused', 'bad:401'),
    model('slow', 'text:400:20'),
    'default_model: main',
    'agents:',
    '  calm: {instructions: "Be calm.", tools: [calculate]}',
  ].join('\n');
}

interface ChatFrame extends Record<string, unknown> {
  readonly event_type: string;
  readonly content?: string;
}

/** What a client of document 2 sees: the JSON of each `data:` line. */
async function chatStream(
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<{ readonly frames: ChatFrame[]; readonly sse: SseFrame[]; readonly response: Response }> {
  const response = await fetch(`${server.url}/chat/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const blocks = text.split('\n\n').filter((block) => block.includes('data: '));
  const sse = blocks.map((block): SseFrame => {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
    return { id: field('id'), data: field('data') };
  });
  return { frames: sse.map(({ data }) => JSON.parse(data) as ChatFrame), sse, response };
}

const typesOf = (frames: readonly ChatFrame[]): string[] =>
  frames
    .map(({ event_type }) => event_type)
    .filter((type, index, all) => type !== 'chat_chunk' || all[index - 1] !== type);

describe('POST /chat/stream', () => {
  it('streams text and ends in chat_complete with all of it', async () => {
    const { frames, response } = await chatStream({ message: 'Hello there', reset_history: true });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(typesOf(frames)).toEqual(['chat_chunk', 'chat_complete']);
    const said = frames.filter(({ event_type }) => event_type === 'chat_chunk').map(({ content }) => content);
    const last = frames.at(-1);
    expect(last?.['final_response']).toBe(said.join(''));
    expect(last?.['final_response']).toContain('Hello there');
    expect(last?.['conversation_id']).toBe(response.headers.get('x-conversation-id'));
  });

  it('runs tools and tells how they go', async () => {
    const { frames } = await chatStream({
      message: '[[tool:calculate {"expression":"2^3"}]]',
      reset_history: true,
    });
    const tools = frames.filter(({ event_type }) => event_type.startsWith('tool_call'));
    expect(tools).toMatchObject([
      { event_type: 'tool_call_start', tool_call: { name: 'calculate', status: 'executing', result: null } },
      {
        event_type: 'tool_call_complete',
        tool_call: { name: 'calculate', arguments: { expression: '2^3' }, status: 'completed', result: '8' },
      },
    ]);
    expect(frames.at(-1)).toMatchObject({ event_type: 'chat_complete', total_tool_calls: 1 });
    expect(frames.at(-1)?.['final_response']).toContain('8');
  });

  it.each(['cut', 'refused'])('never ends an answer of the model "%s" in chat_complete', async (model) => {
    const { frames } = await chatStream({ message: 'Hi', model, reset_history: true });
    expect(frames.at(-1)?.event_type).toBe('error');
    expect(frames.some(({ event_type }) => event_type === 'chat_complete')).toBe(false);
  });

  it('can be taken up on the conversation after a break', async () => {
    const { sse, response } = await chatStream({ message: 'Tell me more', reset_history: true });
    const id = response.headers.get('x-conversation-id') ?? '';
    const run_id = response.headers.get('x-run-id') ?? '';
    const cutAt = sse[0];
    const rest = await readStream(
      `${server.url}/conversations/${id}/events?projection=chat&run_id=${run_id}`,
      cutAt === undefined ? {} : { lastEventId: cutAt.id },
    );
    const joined = (frames: readonly SseFrame[]): string =>
      frames.map(({ data }) => (JSON.parse(data) as ChatFrame).content ?? '').join('');
    expect(joined(sse.slice(0, 1)) + joined(rest.frames)).toBe(joined(sse));
    expect(JSON.parse(rest.frames.at(-1)?.data ?? '{}')).toEqual(JSON.parse(sse.at(-1)?.data ?? '{}'));
  });

  it('attaches a repeated request to the first run', async () => {
    const body = { message: 'Once only', reset_history: true };
    const key = { 'idempotency-key': 'once-only' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => chatStream(body, key)));
    expect(new Set(answers.map(({ response }) => response.headers.get('x-run-id'))).size).toBe(1);
    const texts = answers.map(({ frames }) => frames.map(({ content }) => content ?? '').join(''));
    expect(new Set(texts).size).toBe(1);
    const ends = new Set(answers.map(({ sse }) => sse.at(-1)?.data));
    expect(ends.size).toBe(1);
    const other = await api(`${server.url}/chat/stream`, 'POST', { ...body, message: 'Other' }, key);
    expect(other.status).toBe(422);
    expect(other.body['code']).toBe('idempotency_mismatch');
  });

  it('closes the upstream when the client leaves', async () => {
    const leave = new AbortController();
    const response = await fetch(`${server.url}/chat/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'Long', model: 'slow', reset_history: true }),
      signal: leave.signal,
    });
    const id = response.headers.get('x-conversation-id') ?? '';
    const reader = response.body?.getReader();
    await reader?.read();
    // What is read first may come before the model is asked.
    await upstream.until((now) => now.calls('text:400:20').length > 0);
    leave.abort();
    await reader?.read().catch(() => undefined);
    await upstream.until((now) => now.calls('text:400:20').every((call) => call.end !== undefined));
    expect(upstream.calls('text:400:20').map(({ end }) => end)).toEqual(['aborted']);
    await settled(server.url, id);
    const facts = await allFacts(server.url, id);
    expect(facts.at(-1)).toMatchObject({ type: 'run_end', outcome: 'cancelled' });
  });
});

describe('POST /chat', () => {
  it('answers as a whole, and remembers what was said', async () => {
    const first = await api(`${server.url}/chat`, 'POST', {
      message: 'My name is Ada',
      user: 'ada',
      agent_name: 'calm',
    });
    expect(first.status).toBe(200);
    expect(Object.keys(first.body)).toEqual(['response', 'tool_calls', 'conversation_id', 'timestamp', 'usage']);
    const second = await api(`${server.url}/chat`, 'POST', { message: 'And now?', user: 'ada', agent_name: 'calm' });
    expect(second.body['conversation_id']).toBe(first.body['conversation_id']);
    const other = await api(`${server.url}/chat`, 'POST', { message: 'Who?', user: 'bob', agent_name: 'calm' });
    expect(other.body['conversation_id']).not.toBe(first.body['conversation_id']);
    const asked = upstream.calls('scripted').at(-2)?.body as { messages: { role: string; content: string }[] };
    expect(asked.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(asked.messages[0]?.content).toBe('Be calm.');
    expect(asked.messages[1]?.content).toBe('My name is Ada');
  });

  it('runs two slow tools of one answer at the same time', async () => {
    const answer = await api(`${server.url}/chat`, 'POST', {
      message: '[[tool:get_weather {"city":"Tokyo"}]][[tool:get_weather {"city":"London"}]]',
      reset_history: true,
    });
    expect(answer.body['tool_calls']).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
    const facts = await allFacts(server.url, String(answer.body['conversation_id']));
    const edges = facts.map(({ type }) => String(type)).filter((type) => /^tool_execution_(?:start|end)$/.test(type));
    expect(edges.map((type) => type.replace('tool_execution_', ''))).toEqual(['start', 'start', 'end', 'end']);
  });

  it('answers with the status of what failed', async () => {
    const answer = await api(`${server.url}/chat`, 'POST', { message: 'Hi', model: 'refused', reset_history: true });
    expect(answer.status).toBe(502);
    expect(answer.body).toMatchObject({ code: 'upstream_auth', retryable: false });
  });

  it('refuses before it begins', async () => {
    const chat = (body: unknown): ReturnType<typeof api> => api(`${server.url}/chat`, 'POST', body);
    expect(await chat({ message: 'Hi', agent_name: 'nobody' })).toMatchObject({
      status: 404,
      body: { detail: "Agent 'nobody' not found; there are default, calm" },
    });
    expect(await chat({ message: 'Hi', model: 'nothing' })).toMatchObject({ status: 422 });
    expect(await chat({})).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/message', message: 'is missing' }] },
    });
    const orphan = { message: 'Hi', history: [{ role: 'tool', tool_call_id: 'call_9', content: 'x' }] };
    expect(await chat(orphan)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/history/0/tool_call_id' }] },
    });
  });
});
