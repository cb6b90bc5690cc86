import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { api, settled, startConversation } from '../support/api.js';
import { configFor } from '../support/models.js';
import { runParley, startServer, stopAllServers, temporaryFolder } from '../support/server.js';
import { JsonUpstream, spoken } from '../support/json-upstream.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const AGENTS = [
  { name: 'Ann', goal: 'g' },
  { name: 'Ben', goal: 'g' },
];

const EVALUATOR = `import { EvaluatorPlugin } from 'parley/plugins';
class Mine extends EvaluatorPlugin {
  get pluginType() { return 'mine'; }
  evaluate(turn, messages) {
    return messages.filter(([sender]) => sender !== 'Environment')
      .map(([sender]) => [sender, [['overall', this.config.score], 'by turn ' + turn]]);
  }
}
export default (api) => { api.registerEvaluator('mine', Mine); };
`;

const PROVIDER = `export default function parrot(api) {
  api.registerProvider('parrot', class {
    constructor(config) { this.config = config; }
    async stream(request, onDelta) {
      if (this.config.custom_config?.broken) throw new Error('canary in a plugin');
      onDelta({ block: 'text', text: JSON.stringify({ action_type: 'speak', argument: this.config.custom_config.says, to: [] }) });
      return { type: 'done', stop_reason: 'stop', tool_calls: [] };
    }
  });
  api.registerTool({ name: 'say', description: 'Says it.', parameters: { type: 'object' }, execute: () => 'said' });
}
`;

let upstream: Upstream;
let service: JsonUpstream;

beforeAll(async () => {
  upstream = await startUpstream();
  service = await JsonUpstream.start();
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
  await service.close();
});

/** The problems that check-config lists. */
async function problems(
  config: string,
  files: Readonly<Record<string, string>> = {},
  more: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<readonly string[]> {
  const { env = {} } = more;
  const { code, output } = await runParley(['check-config', '--json', ...(more.args ?? [])], { config, files, env });
  const report = JSON.parse(output) as { ok: boolean; problems: string[] };
  expect([code, report.ok]).toEqual(report.problems.length === 0 ? [0, true] : [78, false]);
  return report.problems;
}

describe('a plugin beside the configuration', () => {
  it('brings an evaluator that is used by its type', async () => {
    const evaluators = 'plugins: [./mine.js]\nevaluators: [{type: mine, config: {score: 8}}]\n';
    const config = configFor(upstream.url, ['scripted'], evaluators);
    const server = await startServer({ config, files: { 'mine.js': EVALUATOR } });
    const id = await startConversation(server.url, { agent_configs: AGENTS, max_turns: 2 });
    expect(await settled(server.url, id)).toMatchObject({
      status: 'completed',
      evaluation_results: { per_agent: { Ann: { overall_score: 8 }, Ben: { overall_score: 8 } } },
    });
    expect((await api(`${server.url}/health`)).body['server_config']).toMatchObject({ evaluators: ['mine'] });
    await server.stop();
  });

  it('brings a provider, a request handler and a parser; what a provider throws is a failure of the run', async () => {
    const handler = `export default (api) => {
      api.registerRequestHandler('shout', class {
        constructor(config) { this.config = config; }
        process(prompt, options, context) { return context.post(this.config.endpoint, { loud: prompt.toUpperCase() }); }
      });
      api.registerResponseParser('shout', class { parse(raw) { return { content: raw.heard }; } });
    };`;
    const endpoint = service.route('/shout', () => ({ heard: spoken('loud and clear') }));
    const config = `models:
  parrot: {name: p, type: parrot, custom_config: {says: hello}}
  broken: {name: p, type: parrot, custom_config: {broken: true}}
  shout: {name: s, type: workflow, custom_config: {request_handler: shout, endpoint: "${endpoint}"}}
evaluators: []
plugins: [./parrot.js, ./lib/shout.js]
`;
    const server = await startServer({ config, files: { 'parrot.js': PROVIDER, 'lib/shout.js': handler } });
    const talk = async (model_name: string): Promise<Record<string, unknown>> =>
      settled(server.url, await startConversation(server.url, { agent_configs: AGENTS, max_turns: 1, model_name }));
    expect(JSON.stringify(await talk('parrot'))).toContain('hello');
    expect(JSON.stringify(await talk('shout'))).toContain('loud and clear');
    expect(service.callsTo('/shout')[0]?.body['loud']).toContain('YOU ARE ');
    const failed = await talk('broken');
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'upstream' } });
    expect(JSON.stringify(failed)).not.toContain('canary');
    expect((await api(`${server.url}/models`)).body).toMatchObject({
      parrot: { type: 'parrot', healthy: true },
      broken: { type: 'parrot', healthy: false },
      shout: { type: 'workflow', config: { request_handler: 'shout' } },
    });
    await server.stop();
  });

  it('is found by --plugin and PARLEY_PLUGINS too, before and after the command', async () => {
    const config = 'models: {d: {name: d, type: demo}}\nevaluators: [{type: mine, config: {}}]\n';
    const files = { 'mine.js': EVALUATOR };
    expect(await problems(config, files, { args: ['--plugin', './mine.js'] })).toEqual([]);
    expect(await problems(config, files, { env: { PARLEY_PLUGINS: './mine.js' } })).toEqual([]);
    const before = await runParley(['--plugin', './mine.js', 'check-config'], { config, files });
    expect(before.code).toBe(0);
    const server = await startServer({ config, files, args: ['--plugin', './mine.js'] });
    await server.stop();
  });
});

describe('types are judged after the plugins are loaded', () => {
  it('an unknown one is an error with its place and what there is', async () => {
    const config = `models:
  m: {name: m, type: demo}
  w:
    name: w
    type: workflow
    custom_config: {request_handler: my_custom, endpoint: "http://x.test"}
  f: {name: f, type: workflow, custom_config: {endpoint: "http://x.test", fallback_model: nobody}}
  e: {name: e, type: workflow, custom_config: {}}
evaluators:
  - type: rule_based
  - type: my_evaluator
`;
    const found = await problems(config);
    expect(found).toEqual([
      expect.stringMatching(
        /^parley\.yaml:11:5: evaluators\[1\]\.type: is not known \(there are rule_based, llm; got "my_evaluator"\)$/,
      ),
      expect.stringMatching(
        /^parley\.yaml:6:21: models\.w\.custom_config\.request_handler: is not known \(there are default, sft_reward, ensemble, post_processing; got "my_custom"\)$/,
      ),
      expect.stringMatching(
        /^parley\.yaml:7:\d+: models\.f\.custom_config\.fallback_model: is not known \(there are m, w, f, e; got "nobody"\)$/,
      ),
      expect.stringMatching(/^parley\.yaml:8:\d+: models\.e\.custom_config\.endpoint: is missing/),
    ]);
    const serve = await runParley(['serve'], { config });
    expect([serve.code, serve.output]).toEqual([78, expect.stringContaining('parley.yaml:11:5: evaluators[1].type')]);
  });

  it('a model type may be a plugin’s, and is named when it is nobody’s', async () => {
    const config =
      'plugins: [./parrot.js]\nmodels:\n  p: {name: p, type: parrot}\n  q: {name: q, type: parot}\nevaluators: []\n';
    expect(await problems(config, { 'parrot.js': PROVIDER })).toEqual([
      expect.stringMatching(
        /^parley\.yaml:4:\d+: models\.q\.type: is not known \(there are openai, .*, demo, parrot; got "parot"\)$/,
      ),
    ]);
  });
});

describe('a plugin that cannot be used is named', () => {
  it.each([
    [
      'throws',
      'export default () => { throw new RangeError("no luck"); };',
      'threw while it registered itself: RangeError: no luck',
    ],
    ['throws when it is loaded', 'throw new Error("not today");', 'could not be loaded: Error: not today'],
    ['is no JavaScript', 'export default (', 'could not be loaded: SyntaxError'],
    [
      'imports what is not there',
      'import "nowhere-to-be-found"; export default () => {};',
      'could not be loaded: Error: Cannot find package',
    ],
    ['has no default export', 'export const register = () => {};', 'no default export that is a function'],
    ['has another default export', 'export default 7;', 'no default export that is a function'],
    [
      'registers a built-in name',
      'export default (api) => api.registerEvaluator("llm", class {});',
      'the evaluator type "llm" already exists',
    ],
    [
      'registers a name twice',
      'export default (api) => { for (let i = 0; i < 2; i++) api.registerRequestHandler("x", class {}); };',
      'the request handler "x" already exists',
    ],
    [
      'registers no class',
      'export default (api) => api.registerProvider("x", 1);',
      'the model type "x" is not a class',
    ],
    ['registers a tool without a name', 'export default (api) => api.registerTool({});', 'a tool needs a name'],
  ])('one that %s', async (_what, code, message) => {
    const config = 'models: {d: {name: d, type: demo}}\nplugins: [./bad.js]\n';
    const [problem, ...others] = await problems(config, { 'bad.js': code });
    expect(problem).toMatch(/^plugin ".*bad\.js": /);
    expect(problem).toContain(message);
    expect(others).toEqual([]);
  });

  it('all of them at once, and a class that cannot be built', async () => {
    const config =
      'models: {d: {name: d, type: demo}}\nplugins: [./a.js, ./b.js, no-such-package, node:fs, "../x/y"]\n';
    const bad = { 'a.js': 'throw 1;', 'b.js': 'export default 1;' };
    expect(await problems(config.replace(', "../x/y"', ''), bad)).toEqual([
      expect.stringContaining('a.js": could not be loaded'),
      expect.stringContaining('b.js": its module has no default export'),
      expect.stringContaining('plugin "no-such-package": no such package is installed'),
      expect.stringContaining('plugin "node:fs": must be a path that begins with ./'),
    ]);
    const picky = EVALUATOR.replace(
      'get pluginType',
      'constructor(c) { super(c); throw new Error("picky"); } get pluginType',
    );
    const evaluators = 'plugins: [./mine.js]\nevaluators: [{type: mine}]\nmodels: {d: {name: d, type: demo}}\n';
    const { code, output } = await runParley(['serve'], { config: evaluators, files: { 'mine.js': picky } });
    expect([code, output]).toEqual([78, expect.stringContaining('its class "Mine" could not be built (Error: picky)')]);
  });

  it('the configuration names code beside it only, also when links are followed', async () => {
    const outside = await temporaryFolder();
    await writeFile(join(outside, 'mine.js'), EVALUATOR);
    const folder = await temporaryFolder();
    await symlink(join(outside, 'mine.js'), join(folder, 'linked.js'));
    await symlink(outside, join(folder, 'inner'));
    for (const plugin of [join(outside, 'mine.js'), './linked.js', './inner/mine.js', '/proc/self/environ']) {
      const config = `models: {d: {name: d, type: demo}}\nplugins: ["${plugin}"]\n`;
      const { code, output } = await runParley(['check-config'], { config, cwd: folder });
      expect([code, output]).toEqual([
        78,
        expect.stringMatching(/parley\.yaml:2:\d+: plugins\[0\]: must lie inside the folder/),
      ]);
    }
    // Who may set flags may run anything.
    const config = 'models: {d: {name: d, type: demo}}\nevaluators: [{type: mine}]\n';
    expect(await problems(config, {}, { args: ['--plugin', join(outside, 'mine.js')] })).toEqual([]);
  });
});
