import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, REQUEST } from '../../../test/contracts/model-provider/provider-suite.js';
import { ManualClock } from '../../../test/runs/fakes.js';
import { proxyText, ScriptedProxy, type ProxyEvent } from '../../../test/support/scripted-proxy.js';
import type { ModelRequest } from '../../core/ports/model-provider.js';
import type { BuiltModels } from '../provider-registry.js';
import { buildModels } from '../provider-registry.js';

let proxy: ScriptedProxy;
const open: BuiltModels[] = [];

beforeAll(async () => {
  proxy = await ScriptedProxy.start();
  proxy.script('m', proxyText(['a']));
});
afterAll(async () => {
  for (const models of open) await models.stop();
  await proxy.close();
});

function model(more: object = {}): NonNullable<ReturnType<BuiltModels['get']>> {
  const section = { name: 'mine', upstream_id: 'm', type: 'proxy', api_base: proxy.url, api_key: 'k', ...more };
  const models = buildModels([section], { clock: new ManualClock(), random: Math.random });
  open.push(models);
  const found = models.get('mine');
  if (found === undefined) throw new Error('it was not built');
  return found;
}

async function sent(request: ModelRequest, more: object = {}): Promise<unknown> {
  expect((await call(model(more), request)).end).toMatchObject({ type: 'done' });
  return proxy.calls.at(-1)?.body;
}

describe('ProxyProvider', () => {
  it('asks in the format of proxies', async () => {
    const url = 'data:image/png;base64,AA==';
    const request: ModelRequest = {
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: 'Look: ',
          parts: [
            { type: 'text', text: 'Look: ' },
            { type: 'image', url },
          ],
        },
        { role: 'assistant', content: 'I do.', tool_calls: [{ id: 'c1', name: 'look', arguments: { q: 1 } }] },
        { role: 'tool', content: 'a cat', tool_call_id: 'c1' },
        { role: 'assistant', content: 'A cat.' },
        { role: 'system', content: 'In English.' },
        { role: 'user', content: 'Thanks.' },
      ],
      tools: [{ name: 'look', description: 'looks', parameters: { type: 'object' } }],
      temperature: 0,
      max_tokens: 9,
      parameters: { reasoning_effort: 'low' },
    };
    const timestamp = new ManualClock().now();
    const answer = { role: 'assistant', api: 'openai-completions', provider: 'openai', model: 'm', timestamp };
    expect(await sent(request)).toMatchObject({
      model: { provider: 'openai', id: 'm', api: 'openai-completions', thinking_level: 'low' },
      context: {
        system_prompt: 'Be brief.\n\nIn English.',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Look: ' },
              { type: 'image', url, mime_type: 'image/png' },
            ],
            timestamp,
          },
          {
            ...answer,
            content: [
              { type: 'text', text: 'I do.' },
              { type: 'tool_call', id: 'c1', name: 'look', arguments: { q: 1 } },
            ],
            stop_reason: 'tool_calls',
          },
          {
            role: 'tool_result',
            tool_call_id: 'c1',
            tool_name: 'look',
            content: [{ type: 'text', text: 'a cat' }],
            is_error: false,
            timestamp,
          },
          { ...answer, content: [{ type: 'text', text: 'A cat.' }], stop_reason: 'stop' },
          { role: 'user', content: [{ type: 'text', text: 'Thanks.' }], timestamp },
        ],
        tools: [{ name: 'look', description: 'looks', parameters: { type: 'object' }, label: 'look' }],
      },
      options: { temperature: 0, maxTokens: 9, reasoning: 'low' },
    });
    expect(proxy.calls.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer k',
      'content-type': 'application/json',
    });
  });

  it('asks as it is configured', async () => {
    const more = {
      api_base: `${proxy.url}/api/stream`,
      custom_config: { provider: 'anthropic', api: 'anthropic-messages' },
      temperature: 0.5,
    };
    expect(await sent(REQUEST, more)).toMatchObject({
      model: { provider: 'anthropic', id: 'm', api: 'anthropic-messages', thinking_level: 'off' },
      context: { system_prompt: '' },
      options: { temperature: 0.5 },
    });
    proxy.script('other', proxyText(['b']));
    expect(await sent({ ...REQUEST, upstream_id: 'other' })).toMatchObject({ model: { id: 'other' } });
  });

  it('cannot force a tool call, and says so', async () => {
    const tools = [{ name: 'f', description: '', parameters: { type: 'object' } }];
    const before = proxy.calls.length;
    expect((await call(model(), { ...REQUEST, tools, tool_choice: 'required' })).end).toMatchObject({
      code: 'upstream_rejected',
      message: 'The provider of model "mine" cannot be made to call a tool.',
    });
    expect(proxy.calls).toHaveLength(before);
  });

  it('shows thinking as such, and which call a piece is of', async () => {
    proxy.script('thinker', [
      { type: 'thinking_start', contentIndex: 0 },
      { type: 'thinking_delta', contentIndex: 0, delta: 'hm' },
      { type: 'thinking_end', contentIndex: 0, contentSignature: 's' },
      { type: 'something_new', contentIndex: 0 },
      { type: 'tool_call_start', content_index: 1, id: 'a', tool_name: 'look' },
      { type: 'tool_call_delta', content_index: 1, delta: '{}' },
      { type: 'done', reason: 'tool_use', usage: {} },
    ]);
    const { deltas, end } = await call(model({ upstream_id: 'thinker' }));
    expect(deltas).toEqual([
      { block: 'thinking', text: 'hm' },
      { block: 'tool_call:0', text: '{}', call: { id: 'a', name: 'look' } },
    ]);
    expect(end).toMatchObject({ stop_reason: 'tool_calls', tool_calls: [{ id: 'a', name: 'look', arguments: {} }] });
  });

  it.each<[ProxyEvent, object]>([
    [
      { input: 5, output: 2 },
      { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
    ],
    [
      { input: 5, output: 2, cacheRead: 3, cacheWrite: 1, totalTokens: 11, cost: { total: 0.25 } },
      { input_tokens: 9, output_tokens: 2, total_tokens: 11, cached_tokens: 3, cache_write_tokens: 1, cost: 0.25 },
    ],
    [
      { input: 5, output: 2, cache_read: 3, cache_write: 0, total_tokens: 7, cost: { total: 0 } },
      { input_tokens: 5, output_tokens: 2, total_tokens: 7, cached_tokens: 3, cache_write_tokens: 0 },
    ],
    [
      { input: -5, output: 1e12, cost: { total: -1 } },
      { input_tokens: 0, output_tokens: 1e9, total_tokens: 1e9 },
    ],
  ])('bills %j', async (usage, billed) => {
    proxy.script('billed', proxyText(['a'], usage));
    expect((await call(model({ upstream_id: 'billed' }))).end.usage).toEqual({ ...billed, calls: 1 });
  });
});
