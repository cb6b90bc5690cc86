// Every YAML, HTTP and shell block of reference/1-conversation-server.md that is about the server, against the built one.
// Not here: its Python blocks (test/library/reference-1.spec.ts), and the Docker files, which have no counterpart to run.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { api, settled, startConversation } from '../support/api.js';
import type { JsonUpstream } from '../support/json-upstream.js';
import { freePort } from '../support/ports.js';
import { runParley, startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';
import { startWorkflowService } from '../support/workflow-service.js';

type Fields = Record<string, unknown>;

const CONFIGS = join(import.meta.dirname, '../fixtures/config');
const FIXTURES = join(import.meta.dirname, '../fixtures/reference-1');
const BLOCKS = readdirSync(CONFIGS).filter((name) => name.startsWith('document-1-block-'));
const REQUESTS = JSON.parse(readFileSync(join(FIXTURES, 'requests.json'), 'utf8')) as Record<string, { body: Fields }>;
const PLUGIN = readFileSync(join(FIXTURES, 'my-custom-handlers.js'), 'utf8');

const ENV = {
  HOST: '127.0.0.1',
  OPENAI_API_KEY: 'canary-openai',
  ANTHROPIC_API_KEY: 'canary-anthropic',
  TOGETHER_API_KEY: 'canary-together',
  AZURE_API_KEY: 'canary-azure',
  AZURE_API_VERSION: '2024-02-01',
  API_KEY: 'canary-api',
  SFT_API_KEY: 'canary-sft',
  YOUR_API_KEY: 'canary-yours',
};

let upstream: Upstream;
let service: JsonUpstream;

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.script('*', { as: 'scripted' });
  service = await startWorkflowService();
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
  await service.close();
});

function read(name: string): Fields {
  return parse(readFileSync(join(CONFIGS, name), 'utf8')) as Fields;
}

/** A block in the quick start, every address in it that of an upstream of this test. */
function configOf(name: string): string {
  const quick_start = read('document-1-block-01.yaml');
  const block = read(name);
  const models = { ...(quick_start['models'] as Fields), ...(block['models'] as Fields | undefined) };
  for (const model of Object.values(models) as Fields[]) {
    if (model['type'] === 'workflow') point(model['custom_config'] as Fields);
    else model['api_base'] = model['type'] === 'azure' ? upstream.url.replace('/v1', '') : upstream.url;
  }
  return stringify({ ...quick_start, ...block, models, plugins: ['./my-custom-handlers.js'] });
}

function point(config: Fields): void {
  const route = config['request_handler'] === 'my_custom' ? '/custom' : '/generate';
  const routes: Fields = { endpoint: route, sft_endpoint: '/sft', reward_endpoint: '/reward' };
  for (const [key, path] of Object.entries(routes)) if (key in config) config[key] = `${service.url}${String(path)}`;
}

/** Those whose HTTP blocks come later: they go on running. */
const KEPT = [
  'document-1-block-01.yaml',
  'document-1-block-08.yaml',
  'document-1-block-11.yaml',
  'document-1-block-13.yaml',
];
const kept = new Map<string, RunningServer>();

function start(name: string): Promise<RunningServer> {
  return startServer({ config: configOf(name), files: { 'my-custom-handlers.js': PLUGIN }, env: ENV });
}

/** The server of a block, started unless it runs. */
async function serverOf(name: string): Promise<RunningServer> {
  const server = kept.get(name) ?? (await start(name));
  if (KEPT.includes(name)) kept.set(name, server);
  return server;
}

function body(name: string): Fields {
  return REQUESTS[name]?.body ?? {};
}

describe('every YAML block loads and serves', () => {
  it('there are 14 of them', () => {
    expect(BLOCKS).toHaveLength(14);
  });

  it.each(BLOCKS)(
    '%s',
    async (name) => {
      const server = await serverOf(name);
      const models = Object.keys((await api(`${server.url}/models`)).body);
      for (const model_name of models) {
        const id = await startConversation(server.url, { ...body('quick_start'), max_turns: 1, model_name });
        expect({ model_name, ...(await settled(server.url, id)) }).toMatchObject({
          model_name,
          status: 'completed',
          turn_count: 1,
          models: [model_name, model_name],
        });
      }
      const shown = (await api(`${server.url}/models`)).body;
      for (const model of Object.values(shown)) expect(model).toMatchObject({ healthy: true });
      expect(JSON.stringify([shown, server.output()])).not.toContain('canary');
      if (!kept.has(name)) await server.stop();
    },
    120_000,
  );

  it('keys go where their models are, as the document says', () => {
    const headers = (model: string): unknown => upstream.calls(model).at(-1)?.headers;
    expect(headers('claude-3-sonnet-20240229')).toMatchObject({ authorization: 'Bearer canary-anthropic' });
    expect(headers('meta-llama/Llama-2-70b-chat-hf')).toMatchObject({ authorization: 'Bearer canary-together' });
    expect(upstream.calls('gpt-4').map((call) => call.headers['api-key'])).toContain('canary-azure');
    const sent = (path: string): unknown[] => service.callsTo(path).map((call) => call.headers['authorization']);
    expect(new Set(sent('/generate'))).toEqual(new Set(['Bearer canary-yours', 'Bearer canary-api']));
    expect(new Set(sent('/reward'))).toEqual(new Set(['Bearer canary-api', 'Bearer canary-sft']));
    expect(service.callsTo('/generate').at(-1)?.headers['x-custom-header']).toBe('value');
  });
});

describe('every HTTP block is answered', () => {
  it('Quick Start: create a conversation, get its results', async () => {
    const server = await serverOf('document-1-block-01.yaml');
    const answer = await api(`${server.url}/conversations`, 'POST', body('quick_start'));
    expect([answer.status, answer.body]).toMatchObject([
      202,
      { status: 'running', agent_count: 2, model_used: 'gpt-4o-mini', conversation_id: expect.any(String) },
    ]);
    const result = await settled(server.url, String(answer.body['conversation_id']));
    expect(result).toMatchObject({
      status: 'completed',
      turn_count: 10,
      evaluation_results: { per_agent: { Alice: { dimensions: { goal: 5 } } } },
      episode_log: { agents: ['Alice', 'Bob'], reasoning: expect.stringContaining('Alice') },
    });
  });

  it('Use API: agents that name a workflow model', async () => {
    const server = await serverOf('document-1-block-08.yaml');
    const id = await startConversation(server.url, body('workflow'));
    const result = await settled(server.url, id);
    expect(result).toMatchObject({
      status: 'completed',
      models: ['my-workflow-model', 'my-workflow-model'],
      turn_count: 5,
    });
    expect(JSON.stringify(result['episode_log'])).toContain('Alice speaks through a workflow');
  });

  it('Running Demos, Viewing Metrics: curl -X POST /conversations, then GET it; health and models', async () => {
    const server = await serverOf('document-1-block-01.yaml');
    const id = await startConversation(server.url, body('demo'));
    expect(await settled(server.url, id)).toMatchObject({ status: 'completed', scenario: 'A casual conversation' });
    expect((await api(`${server.url}/health`)).body).toMatchObject({
      status: 'healthy',
      server_config: {
        models: ['gpt-4o-mini'],
        default_model: 'gpt-4o-mini',
        max_turns: 20,
        evaluators: ['rule_based', 'llm'],
      },
    });
    expect((await api(`${server.url}/models`)).body).toMatchObject({
      'gpt-4o-mini': { type: 'openai', healthy: true },
    });
  });

  it('Viewing Metrics: curl http://localhost:9090/metrics, and GET /metrics', async () => {
    const port = await freePort();
    const config = `${configOf('document-1-block-01.yaml')}enable_metrics: true\nmetrics: {on_main_port: true}\n`;
    const env = { ...ENV, PARLEY_METRICS_PORT: String(port) };
    const server = await startServer({ config, files: { 'my-custom-handlers.js': PLUGIN }, env });
    const id = await startConversation(server.url, { ...body('quick_start'), max_turns: 1 });
    expect(await settled(server.url, id)).toMatchObject({ status: 'completed' });
    for (const url of [`http://127.0.0.1:${port}/metrics`, `${server.url}/metrics`]) {
      const text = await (await fetch(url)).text();
      expect(text).toContain('parley_runs_ended_total{kind="multi_agent",outcome="completed",code="max_turns"} 1');
      expect(text).toContain('gen_ai_request_model="gpt-4o-mini"');
    }
    await server.stop();
  });

  it('Complete Configuration: the sft_reward model speaks and judges', async () => {
    const server = await serverOf('document-1-block-11.yaml');
    const id = await startConversation(server.url, { ...body('quick_start'), max_turns: 1 });
    expect(await settled(server.url, id)).toMatchObject({
      model_used: 'sft-reward',
      evaluation_results: { per_agent: { Bob: { overall_score: 3 } } },
    });
  });

  it('End-to-End Example: the evaluator of the plugin scores every agent', async () => {
    const server = await serverOf('document-1-block-13.yaml');
    const id = await startConversation(server.url, { ...body('quick_start'), max_turns: 2 });
    expect(await settled(server.url, id)).toMatchObject({
      evaluation_results: { per_agent: { Alice: { overall_score: 8 }, Bob: { overall_score: 8 } } },
    });
  });
});

describe('every way to start it', () => {
  it.each([
    [['-c', 'config/my_config.yaml', 'serve']],
    [['--config', 'config/my_config.yaml']],
    [['serve', '--host', '127.0.0.1', '--verbose']],
  ])('parley %j', async (command) => {
    const files = { 'config/my_config.yaml': 'models: {mine: {name: mine, type: demo}}\nevaluators: []\n' };
    const server = await startServer({ command, files });
    const names = Object.keys((await api(`${server.url}/models`)).body);
    expect(names).toEqual([command.includes('config/my_config.yaml') ? 'mine' : 'demo']);
    await server.stop();
  });

  it('--host 0.0.0.0 wants keys, and says so', async () => {
    const { code, output } = await runParley(['--host', '0.0.0.0', '--port', '8080']);
    expect([code, output]).toEqual([78, expect.stringContaining('PARLEY_API_KEYS')]);
  });
});
