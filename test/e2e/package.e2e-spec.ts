// The package as its users have it: packed, unpacked into a folder of its own beside a plugin package, and used from there.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { settled, startConversation } from '../support/api.js';
import { runParley, startServer, stopAllServers, temporaryFolder } from '../support/server.js';
import { startWorkflowService } from '../support/workflow-service.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

const LOADS = (entry: string): string =>
  `import('${entry}').then(() => console.log('loaded'), (error) => console.log(error.message))`;

/** A Node of this machine that is older than `parley/agent` can use, where there is one. */
const OLD_NODE = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((place) => !place.includes('node_modules'))
  .map((place) => join(place, 'node'))
  .find((file) => {
    const [major = 99, minor = 0] = existsSync(file) ? versionOf(file) : [];
    return major < 22 || (major === 22 && minor < 19);
  });

function versionOf(node: string): readonly number[] {
  return execFileSync(node, ['-p', 'process.versions.node']).toString().split('.').map(Number);
}

const CONSUMER = `import { createServer, ConfigManager, PluginManager, WorkflowProvider } from 'parley';
import { EvaluatorPlugin, RequestHandler, type GenerateOptions, type PluginResult, type RegisterPlugin } from 'parley/plugins';
import { Agent, OpenRouterModel, defineTool, streamOpenRouter, type AgentEvent, type AgentTool } from 'parley/agent';
import { createServer as again, type ParleyServer } from 'parley/server';

class Mine extends EvaluatorPlugin {
  get pluginType(): string {
    return 'mine';
  }

  async evaluate(turnNumber: number, messages: readonly (readonly [string, string])[]): Promise<PluginResult[]> {
    return messages.map(([sender]) => [sender, [['overall', turnNumber], 'why']]);
  }
}

class Handler extends RequestHandler {
  async process(prompt: string, options: GenerateOptions): Promise<unknown> {
    return { text: prompt, temperature: options.temperature };
  }
}

export const register: RegisterPlugin = (api) => {
  api.registerEvaluator('mine', Mine);
  api.registerRequestHandler('mine', Handler);
};

declare module 'parley/agent' {
  interface CustomAgentMessages {
    note: { readonly role: 'note'; readonly text: string; readonly timestamp: number };
  }
}

const typed = defineTool({
  name: 'sum',
  description: 'Add two numbers',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
  execute: async (_toolCallId, { a, b }) => ({ content: [{ type: 'text', text: (a + b).toFixed(1) }] }),
});
const plain: AgentTool = {
  name: 'sum',
  description: 'Add two numbers',
  parameters: { type: 'object' },
  execute: async (toolCallId, args: { a: number; b: number }, signal, onUpdate) => {
    onUpdate({ content: [{ type: 'text', text: toolCallId }] });
    signal.throwIfAborted();
    return { content: [{ type: 'text', text: String(args.a + args.b) }], details: {} };
  },
};

export async function ask(): Promise<string> {
  const agent = new Agent({ streamFn: streamOpenRouter, sessionId: 'my-session' });
  agent.setSystemPrompt('You are a helpful assistant.');
  agent.setModel(new OpenRouterModel({ id: 'anthropic/claude-3.5-sonnet' }));
  agent.setTools([typed, plain]);
  agent.appendMessage({ role: 'note', text: 'mine', timestamp: 1 });
  const unsubscribe = agent.subscribe((event: AgentEvent) => {
    if (event.type === 'tool_execution_end') console.log(event.tool_name, event.is_error);
  });
  unsubscribe();
  for await (const piece of agent.streamText('Hi')) console.log(piece.toUpperCase());
  return agent.promptText('What is the capital of France?');
}

export async function main(): Promise<string> {
  const manager = new PluginManager();
  manager.registerPlugin('mine', Mine);
  WorkflowProvider.registerRequestHandler('mine', Handler);
  const names: readonly string[] = Object.keys(new ConfigManager('parley.yaml').loadConfig().models);
  await using server: ParleyServer = await createServer({ pluginManager: manager, plugins: [register], storage: 'memory' });
  const log = await server.runConversation({ agent_configs: [{ name: 'A' }], max_turns: names.length });
  return log.reasoning + String(again === createServer);
}
`;

let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await install(ROOT, 'parley');
  await install(join(ROOT, 'examples/evaluator-plugin'), 'parley-evaluator-example');
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  // No registry is asked: the dependencies are those of this checkout.
  for (const name of [...Object.keys(manifest['dependencies'] ?? {}), '@types/node', '@types/express'])
    await link(name);
}, 120_000);

afterAll(stopAllServers);

/** Packs a package and unpacks it into node_modules. */
async function install(source: string, name: string): Promise<void> {
  const options = ['--ignore-scripts', '--offline', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', ['pack', ...options], { cwd: source, maxBuffer: 1 << 26 });
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  const target = join(folder, 'node_modules', name);
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', target]);
}

async function link(name: string): Promise<void> {
  const target = join(folder, 'node_modules', name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(ROOT, 'node_modules', name), target);
}

describe('the package', () => {
  it('has the server and its types, and nothing of the workshop', async () => {
    const installed = join(folder, 'node_modules/parley');
    expect((await readdir(installed)).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'bin',
      'config',
      'dist',
      'package.json',
    ]);
    const files = await readdir(join(installed, 'dist'), { recursive: true });
    expect(files.filter((file) => file.includes('.spec.'))).toEqual([]);
    expect(files).toContain(join('library', 'parley.d.ts'));
  });

  it('serves with a plugin package beside it, found by its name', async () => {
    const service = await startWorkflowService();
    service.route('/ask', ({ body }) => ({
      text: JSON.stringify({ action_type: 'speak', argument: String(body['question']).slice(0, 12), to: [] }),
    }));
    const config = `plugins: [parley-evaluator-example]
models:
  mine: {name: mine, type: workflow, custom_config: {request_handler: keyword, endpoint: "${service.url}/ask"}}
evaluators:
  - {type: my_evaluator, config: {threshold: 0.7}}
`;
    const server = await startServer({ config, cwd: folder, bin: join(folder, 'node_modules/parley/bin/parley.mjs') });
    const agent_configs = [
      { name: 'Ann', goal: 'g' },
      { name: 'Ben', goal: 'g' },
    ];
    const id = await startConversation(server.url, { agent_configs, max_turns: 2 });
    expect(await settled(server.url, id)).toMatchObject({
      status: 'completed',
      evaluation_results: { per_agent: { Ann: { dimensions: { share: 0.5 } }, Ben: { dimensions: { share: 0.5 } } } },
    });
    // Only one acts a turn: after the first, it did all that was done.
    const alone = await startConversation(server.url, { agent_configs, max_turns: 4, action_order: 'round-robin' });
    expect(await settled(server.url, alone)).toMatchObject({
      turn_count: 1,
      terminated_by: { reason: 'evaluator', detail: expect.stringContaining('Ann does it all') },
    });
    await server.stop();
    await service.close();
  });

  it('says what is wrong with a section of the plugin', async () => {
    const config =
      'plugins: [parley-evaluator-example]\nmodels: {d: {name: d, type: demo}}\nevaluators: [{type: my_evaluator, config: {threshold: 7}}]\n';
    const { code, output } = await runParley(['serve'], { config, cwd: folder });
    expect([code, output]).toEqual([78, expect.stringContaining('threshold must be above 0')]);
  });

  it('runs the examples of the document from a program', async () => {
    const program = `import { createServer, ConfigManager } from 'parley';
      await using server = await createServer({ config: 'demo.yaml', storage: 'memory' });
      const log = await server.runConversation({ agent_configs: [{ name: 'A' }, { name: 'B' }], max_turns: 1 });
      console.log(new ConfigManager('demo.yaml').loadConfig().default_model, log.agents.join(), log.turn_count);`;
    await writeFile(join(folder, 'demo.yaml'), 'models: {d: {name: d, type: demo}}\nevaluators: []\n');
    await writeFile(join(folder, 'program.mjs'), program);
    const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: folder });
    expect(stdout.trim()).toBe('d A,B 1');
  });

  it('parley/plugins loads neither Nest nor a server', async () => {
    const script = `const seen = []; const { registerHooks } = require('node:module');
      registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
      import('parley/plugins').then(() => console.log(seen.filter((url) => /nestjs|express|undici|create-server/.test(url)).length, seen.length));`;
    await writeFile(join(folder, 'light.cjs'), script);
    const { stdout } = await run(process.execPath, ['light.cjs'], { cwd: folder });
    expect(stdout.trim()).toMatch(/^0 \d{1,2}$/);
  });

  it('parley/agent loads no package at all, and neither Nest nor a server once it has asked a model', async () => {
    const script = `const seen = []; const { registerHooks } = require('node:module');
      registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
      import('parley/agent').then(async ({ Agent }) => {
        const before = seen.filter((url) => /node_modules\\/(?!parley\\/)/.test(url)).length;
        const agent = new Agent({ model: { provider: 'demo', id: 'demo' } });
        const text = await agent.promptText('Hi');
        console.log(before, seen.filter((url) => /nestjs|express|rxjs|create-server|class-validator/.test(url)).length, text.length > 0);
      });`;
    await writeFile(join(folder, 'agent.cjs'), script);
    const { stdout } = await run(process.execPath, ['agent.cjs'], { cwd: folder });
    expect(stdout.trim()).toBe('0 0 true');
  });

  it.each([
    [
      'parley/agent',
      '22.18.0',
      'parley/agent needs Node 22.19 or newer, this is 22.18.0: run the program with "npx node"',
    ],
    ['parley', '24.14.9', 'parley needs Node 24.15 or newer, this is 24.14.9: '],
    ['parley/server', '22.22.0', 'parley needs Node 24.15 or newer, this is 22.22.0: '],
    ['parley/agent', '22.19.0', 'loaded'],
    ['parley', '24.15.0', 'loaded'],
  ])('%s says on Node %s what it needs', async (entry, version, said) => {
    const pretend = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;
    const { stdout } = await run(process.execPath, ['--import', pretend, '-e', LOADS(entry)], { cwd: folder });
    expect(stdout).toContain(said);
  });

  (OLD_NODE === undefined ? describe.skip : describe)('on the older Node of this machine', () => {
    it.each([
      ['parley', 'parley needs Node 24.15 or newer'],
      ['parley/server', 'parley needs Node 24.15 or newer'],
      ['parley/agent', 'parley/agent needs Node 22.19 or newer'],
    ])('%s says so', async (entry, said) => {
      const { stdout } = await run(OLD_NODE ?? '', ['--input-type=module', '-e', LOADS(entry)], { cwd: folder });
      expect(stdout).toContain(said);
    });
  });

  it.each([
    ['quick-start', /offline demo model/],
    ['tools', /runs sum[\s\S]*toolCallId[\s\S]*I found/],
    ['events', /^Event: agent_start[\s\S]*Event: agent_end\ntext_start 1/],
    ['steering', /^user → user → assistant → user → assistant$/m],
    ['hooks', /^refused: .*not allowed there[\s\S]*^stop$/m],
    ['abort', /^aborted Request was aborted$/m],
    ['custom-provider', /^HELLO THERE *\nI was shown 1 message/],
    ['completions', /^start\n[\s\S]*^done\n\d+ tokens\n\d+ events, stop\n.+/m],
    ['proxy', /offline demo model/],
  ])('runs the agent example %s', async (name, output) => {
    await cp(join(ROOT, 'examples/agent'), join(folder, 'examples'), { recursive: true });
    await writeFile(join(folder, 'demo.yaml'), 'models: {demo: {name: demo, type: demo}}\nevaluators: []\n');
    const { OPENROUTER_API_KEY: _key, ...env } = process.env;
    const { stdout } = await run(process.execPath, [`examples/${name}.ts`], { cwd: folder, env });
    expect(stdout).toMatch(output);
  });

  it('has types that a strict consumer compiles against', async () => {
    await mkdir(join(folder, 'consumer'), { recursive: true });
    await writeFile(join(folder, 'consumer/package.json'), '{"type": "module"}');
    await writeFile(join(folder, 'consumer/main.ts'), CONSUMER);
    await writeFile(
      join(folder, 'consumer/wrong.ts'),
      `import { createServer } from 'parley';\nexport const wrong: number = createServer();\n`,
    );
    const compilerOptions = {
      module: 'nodenext',
      target: 'ES2023',
      lib: ['ES2024', 'ESNext.Disposable'],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['consumer'] }));
    await writeFile(join(folder, 'oxlintrc.json'), JSON.stringify({ categories: { correctness: 'off' } }));
    const check = async (file: string): Promise<string> => {
      const args = ['--type-aware', '--type-check', '-c', 'oxlintrc.json', file];
      const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
      const ran = await run(join(ROOT, 'node_modules/.bin/oxlint'), args, { cwd: folder, env }).catch(
        (error: { stdout: string }) => error,
      );
      return ran.stdout;
    };
    expect(await check('consumer/main.ts')).toContain('Found 0 warnings and 0 errors');
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    for (const [index, [, program = '']] of [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].entries()) {
      await writeFile(join(folder, `consumer/readme-${index}.ts`), program);
      expect([program, await check(`consumer/readme-${index}.ts`)]).toEqual([
        program,
        expect.stringContaining('0 errors'),
      ]);
    }
    for (const file of await readdir(join(ROOT, 'examples/agent'))) {
      if (!file.endsWith('.ts')) continue;
      await cp(join(ROOT, 'examples/agent', file), join(folder, 'consumer', file));
      expect([file, await check(`consumer/${file}`)]).toEqual([file, expect.stringContaining('0 errors')]);
    }
    expect(await check('consumer/wrong.ts')).toContain('TS2322');
  });
});
