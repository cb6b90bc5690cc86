import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

const KEY = 'key-of-an-agent';
const SUM = {
  name: 'sum',
  description: 'Add numbers',
  parameters: { type: 'object', properties: { a: { type: 'number' } } },
  label: 'Sum',
};

let upstream: Upstream;
let other: Upstream;
let server: RunningServer;

beforeAll(async () => {
  [upstream, other] = await Promise.all([startUpstream(), startUpstream()]);
  const model = (key: string, name = key): string =>
    `  ${key}: {name: "${name}", type: custom, api_base: "${upstream.url}", api_key: upstream-key}`;
  const models = [model('scripted'), model('think'), model('cut', 'bad:cut-after-3'), model('slow', 'text:500:20')];
  server = await startServer({
    config: ['models:', ...models, model('calls'), model('broken', 'broken-calls')].join('\n'),
    env: { PARLEY_API_KEYS: KEY },
  });
}, 120_000);

afterEach(() => upstream.reset());

afterAll(async () => {
  await stopAllServers();
  await Promise.all([upstream.close(), other.close()]);
});

async function post(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${server.url}/api/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** What a client sees that knows nothing but `data:` lines. */
async function framesOf(response: Response): Promise<Json[]> {
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => JSON.parse(line.slice('data: '.length)) as Json);
}

function tiny(id: string, text: string, context: Json = {}): Json {
  return {
    model: { provider: 'openrouter', id, api: 'openai-completions', thinking_level: 'off' },
    context: {
      system_prompt: 'You are helpful.',
      messages: [{ role: 'user', content: [{ type: 'text', text }], timestamp: 1 }],
      ...context,
    },
    options: { temperature: 0.3, maxTokens: 99, reasoning: null },
  };
}

const types = (frames: readonly Json[]): unknown[] =>
  frames.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);

describe('POST /api/stream', () => {
  it('streams one model call, as a client with snake_case asks for it', async () => {
    const response = await post(tiny('scripted', 'Hello there'));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const frames = await framesOf(response);
    expect(types(frames)).toEqual(['start', 'text_start', 'text_delta', 'text_end', 'done']);
    expect(frames[1]).toEqual({ type: 'text_start', contentIndex: 0 });
    expect(frames.filter(({ type }) => type === 'text_delta').every(({ contentIndex }) => contentIndex === 0)).toBe(
      true,
    );
    const text = frames.map(({ delta = '' }) => String(delta)).join('');
    expect(text).toContain('Hello there');
    expect(frames.at(-1)).toMatchObject({
      type: 'done',
      reason: 'stop',
      usage: { input: expect.any(Number), total_tokens: expect.any(Number), totalTokens: expect.any(Number) },
    });
    expect(upstream.calls()[0]?.body).toMatchObject({
      model: 'scripted',
      messages: [
        { role: 'system', content: 'You are helpful.' },
        { role: 'user', content: 'Hello there' },
      ],
      temperature: 0.3,
      max_tokens: 99,
    });
  });

  it('counts the blocks of an answer, and asks for thinking', async () => {
    const frames = await framesOf(await post({ ...tiny('think', 'Hi'), options: { reasoning: 'high' } }));
    expect(frames.filter(({ type }) => /_(?:start|end)$/.test(String(type)))).toEqual([
      { type: 'thinking_start', contentIndex: 0 },
      { type: 'thinking_end', contentIndex: 0 },
      { type: 'text_start', contentIndex: 1 },
      { type: 'text_end', contentIndex: 1 },
    ]);
    expect(upstream.calls()[0]?.body).toMatchObject({ reasoning_effort: 'high' });
  });

  it('gives tool calls to the client, in the words of pi as well, and never runs any', async () => {
    upstream.script('calls', [
      {
        text: 'Hm',
        toolCalls: [
          { name: 'sum', arguments: { a: 1 } },
          { name: 'sum', arguments: { a: 2 } },
        ],
      },
    ]);
    const frames = await framesOf(
      await post({
        model: {
          id: 'calls',
          provider: 'openai',
          baseUrl: other.url,
          headers: { 'x-evil': '1' },
          apiKey: 'client-key',
        },
        context: {
          systemPrompt: 'Be brief.',
          messages: [
            { role: 'user', content: 'go', timestamp: 1 },
            {
              role: 'assistant',
              content: [
                { type: 'thinking', thinking: 'hm', thinkingSignature: 'reasoning_content' },
                { type: 'toolCall', id: 'x', name: 'sum', arguments: { a: 0 } },
              ],
              stopReason: 'toolUse',
              provider: 'openai',
              model: 'calls',
            },
            {
              role: 'toolResult',
              toolCallId: 'x',
              toolName: 'sum',
              content: [{ type: 'text', text: '0' }],
              isError: false,
            },
          ],
          tools: [SUM],
        },
      }),
    );
    expect(types(frames)).toEqual([
      'start',
      'text_start',
      'text_delta',
      'text_end',
      'toolcall_start',
      'toolcall_delta',
      'toolcall_end',
      'toolcall_start',
      'toolcall_delta',
      'toolcall_end',
      'done',
    ]);
    const calls = frames.filter(({ type }) => /^toolcall_(?:start|delta)/.test(String(type)));
    expect(calls).toMatchObject([
      { contentIndex: 1, toolName: 'sum', id: expect.any(String) },
      { contentIndex: 1, delta: '{"a":1}' },
      { contentIndex: 2, toolName: 'sum' },
      { contentIndex: 2, delta: '{"a":2}' },
    ]);
    expect(frames.at(-1)).toMatchObject({ type: 'done', reason: 'toolUse' });
    const [call] = upstream.calls();
    expect(call?.headers).toMatchObject({ authorization: 'Bearer upstream-key' });
    expect(call?.headers).not.toHaveProperty('x-evil');
    expect(other.calls()).toEqual([]);
    expect(call?.body).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'go' },
        { role: 'assistant', reasoning_content: 'hm', tool_calls: [{ id: 'x' }] },
        { role: 'tool', tool_call_id: 'x', content: '0' },
      ],
      tools: [{ type: 'function', function: { name: 'sum' } }],
    });
  });

  it('asks again for a call whose arguments are no JSON, and shows only what can be run', async () => {
    upstream.script('broken-calls', [
      { as: 'bad:tool-args-invalid' },
      { toolCalls: [{ name: 'sum', arguments: { a: 5 } }] },
    ]);
    const frames = await framesOf(await post(tiny('broken', 'go', { tools: [SUM] })));
    expect(frames.filter(({ type }) => type === 'start')).toHaveLength(1);
    expect(frames.filter(({ type }) => type === 'toolcall_delta')).toMatchObject([{ delta: '{"a":5}' }]);
  });

  it('ends in error when the model fails, with what came of the text', async () => {
    const frames = await framesOf(await post(tiny('cut', 'Hi')));
    expect(types(frames)).toEqual(['start', 'text_start', 'text_delta', 'text_end', 'error']);
    expect(frames.at(-1)).toMatchObject({ reason: 'error', errorMessage: expect.stringContaining('model "cut"') });
    expect(JSON.stringify(frames)).not.toContain('UPSTREAM_CANARY');
  });

  it('closes the upstream soon after the client has left', async () => {
    const gone = new AbortController();
    const response = await fetch(`${server.url}/api/stream`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(tiny('slow', 'Hi')),
      signal: gone.signal,
    });
    await response.body?.getReader().read();
    // What is read first may come before the model is asked.
    await upstream.until((now) => now.open() > 0);
    gone.abort();
    await upstream.until((now) => now.open() === 0);
    expect(upstream.calls()).toHaveLength(1);
  });

  it('is kept as a conversation like any other', async () => {
    const response = await post(tiny('scripted', 'Remember'));
    await response.text();
    const id = response.headers.get('x-conversation-id') ?? '';
    const shown = await fetch(`${server.url}/conversations/${id}`, { headers: { 'x-api-key': KEY } });
    expect(await shown.json()).toMatchObject({ status: 'completed' });
  });

  it.each<[string, Json, string]>([
    ['an unknown model', tiny('gpt-9', 'Hi'), 'gpt-9'],
    ['no messages', tiny('scripted', 'Hi', { messages: [] }), '/context/messages'],
    ['a message without a role', tiny('scripted', 'Hi', { messages: [{ content: 'x' }] }), '/context/messages/0/role'],
    ['a tool without a name', tiny('scripted', 'Hi', { tools: [{ description: 'x' }] }), '/context/tools/0/name'],
    [
      'a file for an image',
      tiny('scripted', 'Hi', { messages: [{ role: 'user', content: [{ type: 'image', url: 'file:///etc/passwd' }] }] }),
      '/content/0',
    ],
    ['a wrong option', { ...tiny('scripted', 'Hi'), options: { temperature: 'warm' } }, '/options/temperature'],
  ])('refuses %s with its status, and says why in `error`', async (_name, body, says) => {
    const response = await post(body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'invalid_request', error: expect.stringContaining(says) });
    expect(upstream.calls()).toEqual([]);
  });

  it('refuses a wrong key in the same words', async () => {
    const response = await post(tiny('scripted', 'Hi'), { authorization: 'Bearer wrong' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: expect.stringContaining('key') });
  });
});
