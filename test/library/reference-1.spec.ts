// One test for each Python example of reference/1-conversation-server.md, in its TypeScript form. Those that use HTTP are in
// test/e2e/reference-1.e2e-spec.ts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConfigError,
  ConfigManager,
  createServer,
  generate,
  ParleyError,
  PluginManager,
  WorkflowProvider,
  type ModelProvider,
  type ServerOptions,
} from '../../src/library/parley.js';
import { DemoProvider } from '../../src/providers/demo/demo-provider.js';
import { SystemClock } from '../../src/runtime/system-clock.js';
import { JsonUpstream, spoken, status } from '../support/json-upstream.js';
import { configFor } from '../support/models.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';
import { MyEvaluatorPlugin, MyTerminalEvaluatorPlugin } from './evaluator-example.js';
import {
  EnsembleRequestHandler,
  EnsembleResponseParser,
  MyCustomRequestHandler,
  MyCustomResponseParser,
  PostProcessingRequestHandler,
  PostProcessingResponseParser,
} from './workflow-examples.js';

const AGENTS = [
  { name: 'Alice', type: 'llm' },
  { name: 'Bob', type: 'llm' },
] as const;

let folder: string;
let upstream: Upstream;
let service: JsonUpstream;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-library-'));
  upstream = await startUpstream();
  service = await JsonUpstream.start();
  WorkflowProvider.registerRequestHandler('my_custom', MyCustomRequestHandler);
  WorkflowProvider.registerResponseParser('my_custom', MyCustomResponseParser);
});

afterAll(async () => {
  await upstream.close();
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

/** Options of a server that keeps nothing and reads one file. */
async function withConfig(yaml: string, more: ServerOptions = {}): Promise<ServerOptions> {
  const home = await mkdtemp(join(folder, 'config-'));
  await writeFile(join(home, 'parley.yaml'), yaml);
  return { config: 'parley.yaml', cwd: home, env: {}, storage: 'memory', logLevel: 'silent', ...more };
}

describe('Python API usage: createServer', () => {
  it('holds a conversation and gives its episode log', async () => {
    await using server = await createServer(
      await withConfig(configFor(upstream.url, ['scripted', 'scripted@b'], 'evaluators: [{type: llm}]\n')),
    );
    const episodeLog = await server.runConversation({
      agent_configs: AGENTS,
      scenario: 'A friendly conversation',
      model_name: 'scripted@b',
      max_turns: 2,
    });
    expect(episodeLog).toMatchObject({
      environment: 'A friendly conversation',
      agents: ['Alice', 'Bob'],
      models: ['scripted@b', 'scripted@b'],
      turn_count: 2,
      reasoning: expect.stringContaining('Alice'),
      rewards: [[expect.any(Number), expect.any(Object)], expect.any(Array)],
      conversation_id: expect.stringMatching(/^conv_/),
    });
    expect(episodeLog.messages.flat()).toHaveLength(4);
  });

  it('rejects with what is wrong, what failed, or that it was cancelled', async () => {
    await using server = await createServer(
      await withConfig(configFor(upstream.url, ['scripted', 'bad:400', 'text:500:20'])),
    );
    await expect(server.runConversation({ agent_configs: AGENTS, model_name: 'nope' })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('scripted'),
    });
    await expect(server.runConversation({ agent_configs: [], surprise: 1 } as never)).rejects.toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ pointer: '/surprise' })]),
    });
    await expect(server.runConversation({ agent_configs: AGENTS, model_name: 'bad:400' })).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringContaining('bad:400'),
    });
    const controller = new AbortController();
    const slow = server.runConversation({ agent_configs: AGENTS, model_name: 'text:500:20' }, controller.signal);
    setTimeout(() => controller.abort(), 100);
    await expect(slow).rejects.toMatchObject({ code: 'aborted' });
  });

  it('opens the doors when asked, and never to everybody', async () => {
    const config = 'models: {demo: {name: demo, type: demo}}\nevaluators: []\n';
    await using server = await createServer(await withConfig(config, { port: 0 }));
    const url = await server.listen();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await server.close();
    await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');
    await using open = await createServer(await withConfig(config, { port: 0, host: '0.0.0.0' }));
    await expect(open.listen()).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('says what is wrong with the configuration', async () => {
    const bad = withConfig('models: {m: {name: m, type: nope}}');
    await expect(createServer(await bad)).rejects.toThrow(ConfigError);
  });
});

describe('Using WorkflowProvider', () => {
  it('Custom Processors: registered by class, named in the configuration', async () => {
    const endpoint = service.route('/custom', ({ body }) => ({
      generated_text: spoken(`About ${String(body['input_text']).length} letters`),
      usage: { prompt_tokens: 5, completion_tokens: 7 },
    }));
    const yaml = `models:
  custom-model:
    name: custom-model
    type: workflow
    custom_config: {request_handler: "my_custom", response_parser: "my_custom", endpoint: "${endpoint}"}
evaluators: []
`;
    await using server = await createServer(await withConfig(yaml));
    const options = { agent_configs: AGENTS.map((agent) => ({ ...agent, goal: 'g' })), max_turns: 1 };
    const log = await server.runConversation(options);
    expect(log.messages.flat().map(([, , text]) => text)).toEqual(
      Array.from({ length: 2 }, () => expect.stringMatching(/About \d+ letters/)),
    );
    const asked = service.callsTo('/custom')[0]?.body;
    expect(asked).toMatchObject({ params: { temperature: 0.7, max_tokens: 100 } });
    expect(asked?.['input_text']).toMatch(/^You are (Alice|Bob)\.\n[\s\S]*JSON Schema/);
    expect(await server.model('custom-model').generate('Hello')).toMatchObject({
      model: 'my-custom',
      metadata: { provider: 'workflow_custom' },
    });
  });

  it('Ensemble and Post-Processing, written as in the document', async () => {
    const url = (name: string, confidence: number): unknown => ({
      name,
      url: service.route(`/${name}`, () => ({ text: `by ${name}`, confidence })),
    });
    const ensemble = `models:
  ensemble: {name: e, type: workflow, custom_config: ${JSON.stringify({
    request_handler: 'my_ensemble',
    models: [url('a', 0.2), url('b', 0.8)],
  })}}
  corrected: {name: c, type: workflow, custom_config: ${JSON.stringify({
    request_handler: 'my_post_processing',
    base: service.route('/base', () => ({ text: 'helo' })),
    post: service.route('/post', () => ({ text: 'hello', corrections: ['helo'] })),
  })}}
evaluators: []
`;
    await using server = await createServer(
      await withConfig(ensemble, {
        plugins: [
          function document1(api) {
            api.registerRequestHandler('my_ensemble', EnsembleRequestHandler);
            api.registerResponseParser('my_ensemble', EnsembleResponseParser);
            api.registerRequestHandler('my_post_processing', PostProcessingRequestHandler);
            api.registerResponseParser('my_post_processing', PostProcessingResponseParser);
          },
        ],
      }),
    );
    expect(await server.model('ensemble').generate('Hello')).toMatchObject({
      content: 'by b',
      metadata: { ensemble_size: 2, selected_model: 'b', confidence: 0.8 },
    });
    expect(await server.model('corrected').generate('Hello')).toMatchObject({
      content: 'hello',
      metadata: { original: 'helo', corrections: ['helo'] },
    });
  });

  it('Error Handling: generate throws, with a message that may be printed', async () => {
    const provider = new WorkflowProvider(
      { name: 'm', custom_config: { endpoint: service.route('/broken', status(400)) } },
      {},
    );
    let failed: unknown;
    try {
      const response = await provider.generate('Hello world');
      console.log(response.content);
    } catch (error) {
      failed = error;
    }
    expect(failed).toBeInstanceOf(ParleyError);
    expect(failed).toMatchObject({
      code: 'upstream_rejected',
      message: 'The provider of model "m" rejected the request (HTTP 400).',
    });
    await provider.stop();
  });

  it('falls back on another model, as custom_config.fallback_model says', async () => {
    const yaml = `models:
  first: {name: f, type: workflow, custom_config: {endpoint: "${service.route('/down', status(400))}", fallback_model: second}}
  second: {name: s, type: workflow, custom_config: {endpoint: "${service.route('/up', () => ({ text: 'up' }))}"}}
evaluators: []
`;
    await using server = await createServer(await withConfig(yaml));
    expect((await server.model('first').generate('Hello')).content).toBe('up');
  });

  it('generate works with any model', async () => {
    const demo: ModelProvider = new DemoProvider({ name: 'demo', clock: new SystemClock() });
    expect((await generate(demo, 'Hello')).content.length).toBeGreaterThan(0);
    await using server = await createServer(await withConfig(configFor(upstream.url, ['echo', 'bad:401'])));
    expect(server.models).toEqual(['echo', 'bad:401']);
    expect(await server.model().generate('Hello world')).toMatchObject({ content: 'Hello world' });
    await expect(server.model('bad:401').generate('x')).rejects.toMatchObject({ code: 'upstream_auth' });
    expect(() => server.model('nope')).toThrow('there are echo, bad:401');
  });
});

describe('Using plugins', () => {
  it('Programmatic Usage: PluginManager', async () => {
    const manager = new PluginManager();
    const cfg = { type: 'llm', enabled: true, model: 'gpt-4o-mini', config: { dimensions: 'sotopia' } };
    const someProvider: ModelProvider = new DemoProvider({ name: 'gpt-4o-mini', clock: new SystemClock() });
    const evaluator = manager.createEvaluator(cfg, { 'gpt-4o-mini': someProvider });
    expect(manager.getEvaluators()).toEqual([evaluator]);
    expect(manager.getAvailableTypes()).toEqual(['rule_based', 'llm']);
    expect(() => manager.createEvaluator({ type: 'nope' })).toThrow('there are rule_based, llm');
    expect(() => manager.createEvaluator(cfg, {})).toThrow('model "gpt-4o-mini" is not known');
    const result = await evaluator.evaluate(
      {
        scope: 'terminal',
        turn: 1,
        scenario: 's',
        agents: [{ name: 'Ann' }],
        left: [],
        messages: [[['Ann', 'Ann said: "Hello"']]],
      },
      new AbortController().signal,
    );
    expect(result.scores.map(({ dimension }) => dimension)).toContain('believability');
  });

  it('Implement, register, reference in YAML: the scores are per turn and in the log', async () => {
    const manager = new PluginManager();
    manager.registerPlugin('my_evaluator', MyEvaluatorPlugin);
    expect(() => manager.registerPlugin('my_evaluator', MyEvaluatorPlugin)).toThrow('already exists');
    const evaluators = `evaluators:
  - type: my_evaluator
    enabled: true
    config:
      threshold: 0.7
`;
    await using server = await createServer(
      await withConfig(configFor(upstream.url, ['scripted'], evaluators), { pluginManager: manager }),
    );
    const log = await server.runConversation({ agent_configs: AGENTS, max_turns: 2 });
    expect(log.rewards).toEqual([
      [8, { overall: 8, overall_score: 8 }],
      [8, { overall: 8, overall_score: 8 }],
    ]);
    expect(log.reasoning).toContain('Scored by custom evaluator');
  });

  it('Access the Terminal Evaluator', () => {
    const manager = new PluginManager();
    manager.registerPlugin('my_terminal_evaluator', MyTerminalEvaluatorPlugin);
    expect(manager.createEvaluator({ type: 'my_terminal_evaluator' }).scopes).toEqual(['terminal']);
    const built = new MyTerminalEvaluatorPlugin({ threshold: '0.9' });
    expect([built.pluginType, built.threshold]).toEqual(['my_terminal_evaluator', 0.9]);
  });
});

describe('Configuration Management', () => {
  const YAML = `# Ours.
models:
  gpt-4o-mini:
    name: gpt-4o-mini
    type: openai # the usual one
    api_key: "\${MY_KEY}"
  other: {name: o, type: custom, api_base: "http://o.test", headers: {Authorization: "Bearer \${MY_KEY}"}}
evaluators: []
`;
  const env = { MY_KEY: 'sk-canary-secret-42' };

  async function managerOf(text: string): Promise<ConfigManager> {
    const home = await mkdtemp(join(folder, 'manager-'));
    await mkdir(join(home, 'config'));
    await writeFile(join(home, 'config/parley.yaml'), text);
    return new ConfigManager('config/parley.yaml', { cwd: home, env });
  }

  it('loads, shows and saves', async () => {
    const manager = await managerOf(YAML);
    const config = manager.loadConfig();
    expect(Object.keys(config.models)).toEqual(['gpt-4o-mini', 'other']);
    expect(config.default_model).toBe('gpt-4o-mini');
    expect(config.models['gpt-4o-mini']?.['api_key']).toBe('sk-canary-secret-42');
    manager.saveConfig(config);
    expect(await readFile(manager.path, 'utf8')).toBe(YAML);
  });

  it('writes what changed and nothing else; variables are written back as such, wherever their values went', async () => {
    const manager = await managerOf(YAML);
    const config = manager.loadConfig();
    config.models['gpt-4o-mini'] = { ...config.models['gpt-4o-mini'], name: 'gpt-4o', type: 'openai', temperature: 0 };
    config.models['copy'] = { ...config.models['other'], name: 'c', type: 'custom' };
    config.default_model = 'copy';
    config['max_turns'] = 7;
    manager.saveConfig(config);
    const text = await readFile(manager.path, 'utf8');
    expect(text).not.toContain('canary');
    expect(text).toContain('# Ours.');
    expect(text).toContain('type: openai # the usual one');
    expect(text.match(/Bearer \$\{MY_KEY\}/g)).toHaveLength(2);
    const again = manager.loadConfig();
    expect(again).toMatchObject({ default_model: 'copy', max_turns: 7 });
    expect(again.models['copy']?.['headers']).toEqual({ Authorization: 'Bearer sk-canary-secret-42' });
    expect(again.models['gpt-4o-mini']).toMatchObject({ name: 'gpt-4o', temperature: 0 });
    delete again.models['other'];
    manager.saveConfig(again);
    expect(Object.keys(manager.loadConfig().models)).toEqual(['gpt-4o-mini', 'copy']);
  });

  it('does not write what would be wrong, and says where', async () => {
    const manager = await managerOf(YAML);
    const config = manager.loadConfig();
    config.default_model = 'nope';
    expect(manager.validateConfig()).toMatchObject({ ok: true, problems: [] });
    const report = manager.validateConfig(config);
    expect(report).toMatchObject({ ok: false, problems: [expect.stringContaining('parley.yaml:')] });
    expect(report.problems[0]).toContain('default_model: there is no such model');
    expect(() => manager.saveConfig(config)).toThrow(ConfigError);
    expect(await readFile(manager.path, 'utf8')).toBe(YAML);
  });

  it('makes a file that is not there', async () => {
    const home = await mkdtemp(join(folder, 'fresh-'));
    const manager = new ConfigManager('config/parley.yaml', { cwd: home, env: {} });
    expect(manager.validateConfig()).toMatchObject({ ok: false });
    manager.saveConfig({ models: { m: { name: 'm', type: 'demo' } }, default_model: 'm' });
    expect(manager.loadConfig()).toMatchObject({ default_model: 'm', models: { m: { type: 'demo' } } });
  });
});
