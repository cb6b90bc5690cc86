import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AssistantMessage } from '../../src/core/agent-messages/message.js';
import type { AssistantStream } from '../../src/library/agent/assistant-stream.js';
import { OpenAICompatModel, OpenRouterModel } from '../../src/library/agent/model.js';
import type { AssistantMessageEvent, Context } from '../../src/library/agent/stream-event.js';
import {
  collectOpenAICompletions,
  openaiCompletionsStream,
  streamModel,
  streamOpenAICompat,
  streamOpenRouter,
} from '../../src/library/agent/stream-model.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const ADD = {
  name: 'add',
  description: 'Adds',
  parameters: { type: 'object', properties: { a: { type: 'number' } } },
};

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});

afterEach(() => upstream.reset());

afterAll(() => upstream.close());

function asking(text: string, more: Partial<Context> = {}): Context {
  return { system_prompt: 'You are helpful.', messages: [{ role: 'user', content: text, timestamp: 1 }], ...more };
}

function model(id: string): OpenAICompatModel {
  return new OpenAICompatModel({ id, baseUrl: `${upstream.url}/chat/completions` });
}

function names(events: readonly AssistantMessageEvent[]): string[] {
  const types = events.map(({ type }) => type);
  return types.filter((type, at) => type !== types[at - 1]);
}

async function all(stream: AssistantStream): Promise<AssistantMessageEvent[]> {
  const events: AssistantMessageEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe('the examples of the document', () => {
  it('reads a stream event by event, with plain data in the words of the original', async () => {
    upstream.script('anthropic/claude-3.5-sonnet', [{ text: ['Hel', 'lo.'] }]);
    const stream = openaiCompletionsStream(
      {
        id: 'anthropic/claude-3.5-sonnet',
        base_url: `${upstream.url}/chat/completions`,
        provider: 'openrouter',
        headers: { 'X-Custom': 'val' },
        reasoning: false,
        context_window: 128_000,
        max_tokens: 4096,
      },
      {
        system_prompt: 'You are helpful.',
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }], timestamp: 1 }],
        tools: [{ name: 'sum', description: 'Add numbers', parameters: { type: 'object' } }],
      },
      { api_key: 'sk-given', temperature: 0.7, max_tokens: 1024 },
    );
    const events: AssistantMessageEvent[] = [];
    for (let event = await stream.nextEvent(); event !== undefined; event = await stream.nextEvent())
      events.push(event);
    expect(names(events)).toEqual(['start', 'text_start', 'text_delta', 'text_end', 'done']);
    const message = await stream.result();
    expect(events.at(-1)).toEqual({ type: 'done', reason: 'stop', message });
    expect(message).toMatchObject({
      role: 'assistant',
      content: [{ type: 'text', text: 'Hello.' }],
      stop_reason: 'stop',
      provider: 'openrouter',
      model: 'anthropic/claude-3.5-sonnet',
    });
    const [call] = upstream.calls();
    expect(call?.headers).toMatchObject({ authorization: 'Bearer sk-given', 'x-custom': 'val' });
    expect(call?.body).toMatchObject({
      model: 'anthropic/claude-3.5-sonnet',
      messages: [
        { role: 'system', content: 'You are helpful.' },
        { role: 'user', content: 'Hello' },
      ],
      tools: [{ type: 'function', function: { name: 'sum' } }],
      temperature: 0.7,
      max_tokens: 1024,
    });
  });

  it('collects all of it', async () => {
    const { events, final_message } = await collectOpenAICompletions(model('echo'), asking('Hello there'));
    expect(final_message.content).toEqual([{ type: 'text', text: 'Hello there' }]);
    expect(names(events)).toEqual(['start', 'text_start', 'text_delta', 'text_end', 'done']);
    expect(final_message.usage.total_tokens).toBe(final_message.usage.input + final_message.usage.output);
  });
});

describe('the events of a call', () => {
  it('grow one message, each with the message as it was then', async () => {
    const events = await all(streamOpenAICompat(model('think'), asking('Hi')));
    expect(names(events)).toEqual([
      'start',
      'thinking_start',
      'thinking_delta',
      'thinking_end',
      'text_start',
      'text_delta',
      'text_end',
      'done',
    ]);
    const texts = ['', ''];
    for (const event of events) {
      if (event.type === 'text_delta' || event.type === 'thinking_delta') {
        texts[event.content_index] += event.delta;
        const block = event.partial.content[event.content_index];
        expect(block?.type === 'thinking' ? block.thinking : block?.type === 'text' && block.text).toBe(
          texts[event.content_index],
        );
        expect(event.partial.stop_reason).toBeNull();
      }
    }
    const last = events.at(-1);
    const [thinking, text] = last?.type === 'done' ? last.message.content : [];
    expect(thinking).toEqual({ type: 'thinking', thinking: texts[0], thinking_signature: 'reasoning_content' });
    expect(text).toEqual({ type: 'text', text: texts[1] });
  });

  it('name a tool call at its start and give its arguments as far as they are there', async () => {
    upstream.script('calls', [
      { toolCalls: [{ name: 'add', arguments: { a: 1, note: 'a long enough text to be cut' } }, { name: 'add' }] },
    ]);
    const events = await all(streamOpenAICompat(model('calls'), asking('go', { tools: [ADD] })));
    const done = events.at(-1);
    const message = done?.type === 'done' ? done.message : undefined;
    expect(message).toMatchObject({ stop_reason: 'tool_calls' });
    expect(message?.content).toMatchObject([
      { type: 'tool_call', name: 'add', arguments: { a: 1, note: 'a long enough text to be cut' } },
      { type: 'tool_call', name: 'add', arguments: {} },
    ]);
    const deltas = events.filter((event) => event.type === 'tool_call_delta' && event.content_index === 0);
    for (const event of deltas) {
      expect('partial' in event ? event.partial.content[0] : undefined).toMatchObject({ name: 'add' });
    }
    expect(events.filter(({ type }) => type === 'tool_call_end')).toHaveLength(2);
  });

  it.each(['bad:tool-args-invalid', 'bad:tool-args-half'])('mark a call that cannot be run: %s', async (id) => {
    const { final_message } = await collectOpenAICompletions(model(id), asking('go', { tools: [ADD] }));
    expect(final_message.content.find(({ type }) => type === 'tool_call')).toMatchObject({
      arguments: {},
      error: expect.stringContaining('arguments'),
    });
  });

  it.each([
    ['bad:429', 'upstream_rate_limited'],
    ['bad:cut-after-3', 'upstream_truncated'],
    ['bad:401', 'upstream_auth'],
  ])('end in an error, never in a throw: %s', async (id, error_code) => {
    const stream = streamModel(model(id), asking('Hi'), { apiKey: 'sk-secret' });
    const last = (await all(stream)).at(-1);
    expect(last).toMatchObject({ type: 'error', reason: 'error', error: { stop_reason: 'error', error_code } });
    expect(JSON.stringify(last)).not.toMatch(/UPSTREAM_CANARY|sk-secret/);
    expect(await stream.result()).toBe(last?.type === 'error' ? last.error : undefined);
  });

  it('keep the text of an answer that broke off, and have one empty text where there is none', async () => {
    const cut = await streamOpenAICompat(model('bad:cut-after-3'), asking('Hi')).result();
    expect(cut.content[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/\S/) });
    const refused = await streamOpenAICompat(model('bad:400'), asking('Hi')).result();
    expect(refused.content).toEqual([{ type: 'text', text: '' }]);
  });

  it('end as aborted when the signal says so, and the upstream is closed', async () => {
    const controller = new AbortController();
    const stream = streamOpenAICompat(model('text:500:5'), asking('Hi'), { signal: controller.signal });
    let last: AssistantMessageEvent | undefined;
    for await (const event of stream) {
      last = event;
      if (event.type === 'text_delta') controller.abort();
    }
    expect(last).toMatchObject({ type: 'error', reason: 'aborted', error: { stop_reason: 'aborted' } });
    await upstream.until((server) => server.open() === 0);
  });

  it('stop the call when their reader leaves', async () => {
    for await (const event of streamOpenAICompat(model('text:500:5'), asking('Hi'))) {
      if (event.type === 'text_delta') break;
    }
    await upstream.until((server) => server.open() === 0);
    expect(upstream.calls()).toHaveLength(1);
  });
});

describe('models', () => {
  it('are asked with the key of their provider only at its own address or when it is named', async () => {
    process.env['OPENROUTER_API_KEY'] = 'sk-of-openrouter';
    try {
      const named = new OpenRouterModel({ id: 'echo', baseUrl: upstream.url });
      await streamOpenRouter(named, asking('Hi')).result();
      await streamOpenAICompat({ id: 'echo', baseUrl: upstream.url }, asking('Hi')).result();
      const keys = upstream.calls().map(({ headers }) => headers['authorization']);
      expect(keys).toEqual(['Bearer sk-of-openrouter', 'Bearer EMPTY']);
    } finally {
      delete process.env['OPENROUTER_API_KEY'];
    }
  });

  it('without a key say which variable is missing', async () => {
    const { error_message } = await streamOpenRouter(new OpenRouterModel({ id: 'x' }), asking('Hi')).result();
    expect(error_message).toContain('OPENROUTER_API_KEY');
  });

  it('answer offline as the demo', async () => {
    const { content } = await streamModel({ provider: 'demo', id: 'demo' }, asking('Hi')).result();
    expect(content[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/\S/) });
  });

  it('think as hard as they are told, in the words of their provider', async () => {
    const asked = asking('Hi');
    await streamModel({ id: 'echo', baseUrl: upstream.url }, asked, { reasoning: 'high' }).result();
    const budgets = { reasoning: 'low', thinkingBudgets: { low: 5000 }, maxTokens: 4000, apiKey: 'k' } as const;
    await streamModel({ id: 'echo', provider: 'openrouter', baseUrl: upstream.url }, asked, budgets).result();
    const claude = { id: 'echo', provider: 'anthropic', baseUrl: upstream.url, apiKey: 'k' };
    await streamModel(claude, asked, { reasoning: 'medium', temperature: 1 }).result();
    await streamModel({ id: 'echo', baseUrl: upstream.url, reasoning: false }, asked, { reasoning: 'high' }).result();
    const [effort, budget, anthropic, none] = upstream.calls().map(({ body }) => body as Record<string, unknown>);
    expect(effort).toMatchObject({ reasoning_effort: 'high' });
    expect(budget).toMatchObject({ reasoning: { max_tokens: 2976 } });
    expect(anthropic).toMatchObject({ thinking: { type: 'enabled', budget_tokens: 8192 } });
    expect(anthropic).not.toHaveProperty('temperature');
    expect(none).not.toHaveProperty('reasoning_effort');
  });

  it('are told what was said before: repaired, with thinking, images and results in their places', async () => {
    const head = { api: 'openai-completions', provider: 'custom', model: 'echo', timestamp: 2 } as const;
    const usage = (await streamModel({ id: 'echo', baseUrl: upstream.url }, asking('x')).result()).usage;
    const answer = (content: AssistantMessage['content'], more: Partial<AssistantMessage> = {}): AssistantMessage => ({
      role: 'assistant',
      content,
      stop_reason: 'tool_calls',
      usage,
      ...head,
      ...more,
    });
    const call = (id: string): AssistantMessage['content'][number] => ({
      type: 'tool_call',
      id,
      name: 'add',
      arguments: { a: 1 },
    });
    const image = { type: 'image', url: 'data:image/png;base64,AA==' } as const;
    const thinking = { type: 'thinking', thinking: 'hm', thinking_signature: 'reasoning_content' } as const;
    await streamModel(
      { id: 'echo', baseUrl: upstream.url },
      {
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'look' }, image], timestamp: 1 },
          answer([thinking, call('a'), call('b')]),
          { role: 'tool_result', tool_call_id: 'a', tool_name: 'add', content: [image], is_error: false, timestamp: 3 },
          answer([{ type: 'text', text: 'lost' }], { stop_reason: 'error' }),
          answer([thinking, { type: 'text', text: 'said' }], { stop_reason: 'stop', model: 'other' }),
          { role: 'tool_result', tool_call_id: 'z', tool_name: 'add', content: [], is_error: false, timestamp: 3 },
          { role: 'user', content: 'so?', timestamp: 4 },
        ],
      },
    ).result();
    const messages = (upstream.calls().at(-1)?.body as Record<string, unknown> | undefined)?.['messages'];
    const picture = { type: 'image_url', image_url: { url: image.url } };
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'look' }, picture] },
      expect.objectContaining({ role: 'assistant', content: null, reasoning_content: 'hm' }),
      { role: 'tool', tool_call_id: 'a', content: '(see attached image)' },
      { role: 'tool', tool_call_id: 'b', content: 'No result provided' },
      { role: 'user', content: [{ type: 'text', text: 'Attached image(s) from tool result:' }, picture] },
      { role: 'assistant', content: 'hm\n\nsaid' },
      { role: 'user', content: 'so?' },
    ]);
  });
});
