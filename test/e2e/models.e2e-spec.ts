import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, settled, startConversation } from '../support/api.js';
import { spoken } from '../support/json-upstream.js';
import { eventLines, proxyText, ScriptedProxy } from '../support/scripted-proxy.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

let upstream: Upstream;
let proxy: ScriptedProxy;
let server: RunningServer;

beforeAll(async () => {
  [upstream, proxy] = await Promise.all([startUpstream(), ScriptedProxy.start()]);
  const at = (name: string, more: string): string =>
    `  ${name}: {name: ${name}, type: custom, api_base: "${upstream.url}", api_key: canary-key, ${more}}\n`;
  const behind = (name: string): string =>
    `  ${name}: {name: ${name}, type: proxy, api_base: "${proxy.url}", api_key: canary-token}\n`;
  const models = [
    at('priced', 'price: {input: 1, output: 10}, context_window: 8000, headers: {X-Team: canary-header}'),
    at('down', 'price: {input: 1, output: 10}, fallback_models: [priced]'),
    at('gone', 'timeout: 5'),
    behind('proxied'),
    behind('cut'),
  ];
  server = await startServer({ config: `models:\n${models.join('')}evaluators: []\n` });
  upstream.script('priced', { action: { argument: 'Hi.' }, usage: { input: 1000, output: 200 } });
  upstream.script('down', { as: 'bad:503' });
  const down = { status: 503 };
  // The fifth asks for more time than anybody waits for.
  upstream.script('gone', [down, down, down, down, { status: 503, headers: { 'retry-after': '31' } }]);
  proxy.script('proxied', proxyText([spoken('Hello from afar.')]));
  proxy.script('cut', (response) => response.writeHead(200).end(eventLines(proxyText(['so far']).slice(0, 3))));
});

afterAll(async () => {
  await stopAllServers();
  await Promise.all([upstream.close(), proxy.close()]);
});

async function talk(model_name: string): Promise<Record<string, unknown>> {
  const agent_configs = [{ name: 'Alice', goal: 'g' }];
  return settled(server.url, await startConversation(server.url, { agent_configs, max_turns: 1, model_name }));
}

describe('models', () => {
  it('are shown as they are set, without secrets', async () => {
    const { body } = await api(`${server.url}/models`);
    expect(body).toMatchObject({
      priced: { healthy: true, config: { context_window: 8000, price: { input: 1, output: 10 } } },
      proxied: { type: 'proxy', healthy: true, config: { api_base: proxy.url } },
    });
    expect(JSON.stringify([body, (await api(`${server.url}/config`)).body, server.output()])).not.toContain('canary');
  });

  it('cost what their prices say', async () => {
    expect(await talk('priced')).toMatchObject({
      status: 'completed',
      usage: { input_tokens: 1000, output_tokens: 200, calls: 1, cost: 0.003 },
    });
  });

  it('U22: answer in the place of one that is down, at their own price', async () => {
    expect(await talk('down')).toMatchObject({ status: 'completed', usage: { calls: 1, cost: 0.003 } });
  });

  it('U04: are left alone while they are down: a run fails at once, and says what it is', async () => {
    for (let i = 0; i < 2; i++) await talk('gone');
    const runs = await Promise.all(Array.from({ length: 10 }, () => talk('gone')));
    const error = { code: 'upstream', detail: expect.stringContaining('left alone for a moment') };
    for (const run of runs) expect(run).toMatchObject({ status: 'failed', error });
    expect(upstream.calls('gone')).toHaveLength(5);
    expect((await api(`${server.url}/models/gone`)).body).toMatchObject({ healthy: false });
  });

  it('may be those of another Parley', async () => {
    const models = `  far: {name: priced, type: proxy, api_base: "${server.url}"}\n`;
    const near = await startServer({ config: `models:\n${models}evaluators: []\n` });
    const agent_configs = [{ name: 'Alice', goal: 'g' }];
    const done = await settled(near.url, await startConversation(near.url, { agent_configs, max_turns: 1 }));
    expect(done).toMatchObject({ status: 'completed', usage: { input_tokens: 1000, output_tokens: 200, cost: 0.003 } });
    expect(JSON.stringify(done['episode_log'])).toContain('Hi.');
    await near.stop();
  });

  it('may be behind a proxy', async () => {
    const done = await talk('proxied');
    expect(done).toMatchObject({ status: 'completed' });
    expect(JSON.stringify(done['episode_log'])).toContain('Hello from afar.');
    expect(proxy.calls[0]?.headers['authorization']).toBe('Bearer canary-token');
    expect(await talk('cut')).toMatchObject({ status: 'failed', error: { code: 'upstream' } });
  });
});
