// `parley/agent` against a running server: through its proxy door, and through its OpenAI-compatible one.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { defineTool } from '../../src/library/agent/agent-tool.js';
import { Agent } from '../../src/library/agent/agent.js';
import { isContextOverflow } from '../../src/library/agent/context-overflow.js';
import { proxyStreamFn, streamProxy } from '../../src/library/agent/stream-proxy.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const KEY = 'key-of-an-agent';

const SUM = defineTool({
  name: 'sum',
  description: 'Add two numbers',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
  execute: (_toolCallId, { a, b }) => `${a + b}`,
});

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  const model = (key: string, name: string): string =>
    `  ${key}: {name: "${name}", type: custom, api_base: "${upstream.url}", api_key: upstream-key}`;
  server = await startServer({
    config: [
      'models:',
      model('main', 'scripted'),
      model('cut', 'bad:cut-after-3'),
      model('slow', 'text:500:20'),
      model('long', 'bad:context-length'),
    ].join('\n'),
    env: { PARLEY_API_KEYS: KEY },
  });
}, 120_000);

afterEach(() => upstream.reset());

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

const proxied = (id: string, authToken = KEY): Agent =>
  new Agent({ streamFn: proxyStreamFn({ proxyUrl: server.url, authToken }), model: { id }, tools: [SUM] });

describe('an agent whose model is behind the proxy door', () => {
  it('runs its own tools between two calls of the server', async () => {
    const agent = proxied('main');
    const text = await agent.promptText('[[tool:sum {"a":2,"b":40}]]');
    expect(text).toContain('42');
    expect(agent.state.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool_result', 'assistant']);
    expect(upstream.calls()).toHaveLength(2);
  });

  it('has its marks for prompt caching passed on, and is told that a prompt was too long', async () => {
    const streamFn = proxyStreamFn({ proxyUrl: server.url, authToken: KEY });
    const agent = new Agent({ streamFn, model: { id: 'main' }, enablePromptCaching: true });
    await agent.prompt('Keep this');
    const marked = [{ type: 'text', text: 'Keep this', cache_control: { type: 'ephemeral' } }];
    expect(upstream.calls()[0]?.body).toMatchObject({ messages: [{ role: 'user', content: marked }] });
    const long = await proxied('long').prompt('Hi');
    expect([long.stop_reason, isContextOverflow(long)]).toEqual(['error', true]);
  });

  it('is told what the server says of a failure and of a refusal', async () => {
    expect(await proxied('cut').prompt('Hi')).toMatchObject({
      stop_reason: 'error',
      error_message: expect.stringContaining('model "cut"'),
      content: [{ type: 'text', text: expect.stringMatching(/\S/) }],
    });
    expect(await proxied('gpt-9').prompt('Hi')).toMatchObject({
      error_message: expect.stringMatching(/^Proxy error: .*gpt-9/),
    });
    expect(await proxied('main', 'wrong').prompt('Hi')).toMatchObject({
      error_message: expect.stringMatching(/^Proxy error: .*key/),
    });
  });

  it('stops the model behind the server when it is aborted', async () => {
    const agent = proxied('slow');
    for await (const event of agent.stream('Hi')) if (event.type === 'message_update') break;
    await agent.waitForIdle();
    expect(agent.state.messages.at(-1)).toMatchObject({ stop_reason: 'aborted' });
    await upstream.until((now) => now.open() === 0);
  });

  it('may be asked without an agent', async () => {
    const context = { messages: [{ role: 'user', content: 'Hi', timestamp: 1 }] } as const;
    const stream = streamProxy({ id: 'main' }, context, { proxyUrl: `${server.url}/`, authToken: KEY });
    expect(await stream.result()).toMatchObject({ stop_reason: 'stop', usage: { input: expect.any(Number) } });
  });
});
