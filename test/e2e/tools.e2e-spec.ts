import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { api, until } from '../support/api.js';
import { EVERYTHING, ODD_SERVER, PEERS, PEERS_INSTALLED } from '../support/mcp/peers.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';
import { runParley, startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';

const BUILT_IN = ['get_weather', 'calculate', 'get_time', 'search_web', 'get_stock_price'];
const TOKEN = 'canary-of-an-mcp-server';

const PLUGIN = `import { defineTool } from 'parley/plugins';
const parameters = { type: 'object', properties: { what: { type: 'string', minLength: 1 } }, additionalProperties: false };
const cyclic = {}; cyclic.self = cyclic;
const odd = {
  say: ({ what }, { tool_call_id }) => ({ content: [{ type: 'text', text: what }], details: { tool_call_id } }),
  nothing: () => undefined,
  numbers: async () => [1, 2],
  cyclic: () => cyclic,
  binary: () => new Uint8Array(10_000_000),
  huge: () => 'x'.repeat(10_000_000),
  throws: () => { throw new Error('out of paper'); },
  throws_text: async () => { throw 'no error at all'; },
  hangs: () => new Promise(() => {}),
};
export default (api) => {
  for (const [name, execute] of Object.entries(odd))
    api.registerTool(defineTool({ name, description: name, parameters, execute }));
};
`;

const MODELS = 'models: {demo: {name: demo, type: demo}}\nevaluators: []\n';

const node = JSON.stringify(process.execPath);
const MCP = `mcp_servers:
  gone: {url: "http://127.0.0.1:9/mcp", headers: {Authorization: "Bearer ${TOKEN}"}}
  odd: {command: ${node}, args: [${JSON.stringify(ODD_SERVER)}], env: {TOKEN: ${TOKEN}}}
  every: {command: ${node}, args: [${JSON.stringify(EVERYTHING)}, stdio]}
`;

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

/** A model that calls the tool it is told to, and then says something; an agent that waits so many seconds for tools. */
function chatting(seconds: number): string {
  const model = `models: {m: {name: scripted, type: custom, api_base: "${upstream.url}", api_key: k}}`;
  return `${model}\nevaluators: []\nagents: {default: {tool_call_timeout: ${seconds}}}\n`;
}

interface Called {
  readonly status: string;
  readonly result: string | null;
  readonly error: string | null;
}

/** What became of a call that the model made in a chat, which must end well. */
async function call(server: RunningServer, name: string, args: object = {}): Promise<Called> {
  const message = `[[tool:${name} ${JSON.stringify(args)}]]`;
  const { status, body } = await api(`${server.url}/chat`, 'POST', { message, reset_history: true });
  expect({ status, body }).toMatchObject({ status: 200, body: { response: expect.stringMatching(/./) } });
  const [first] = body['tool_calls'] as readonly Called[];
  if (first === undefined) throw new Error(`${name} was not called`);
  return first;
}

/** A working folder where the SDK is installed beside the configuration, as a user would have it. */
async function folderWithSdk(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(PEERS, 'node_modules/@modelcontextprotocol'), join(folder, 'node_modules/@modelcontextprotocol'));
  return folder;
}

async function tools(server: RunningServer): Promise<readonly string[]> {
  return (await api(`${server.url}/health`)).body['available_tools'] as readonly string[];
}

/** Those of a server once it has one of this name: MCP servers are connected to in the background. */
async function toolsWith(server: RunningServer, name: string): Promise<readonly string[]> {
  for (;;) {
    const now = await tools(server);
    if (now.includes(name)) return now;
    await pause(50);
  }
}

/** What stands in the brackets of a pattern, once the server has said it. */
async function said(server: RunningServer, pattern: RegExp): Promise<string | undefined> {
  const found = await until(
    () => pattern.exec(server.output()),
    (match) => match !== null,
  );
  expect(found).not.toBeNull();
  return found?.[1];
}

describe('the tools of a server', () => {
  it('are the built-in ones and those of its plugins, which may not take their names', async () => {
    const config = `${MODELS}plugins: [./say.js]\n`;
    const server = await startServer({ config, files: { 'say.js': PLUGIN } });
    expect((await tools(server)).slice(0, 7)).toEqual([...BUILT_IN, 'say', 'nothing']);
    expect(await server.stop()).toBe(0);
    const files = { 'say.js': PLUGIN.replace('say:', 'calculate:') };
    const { code, output } = await runParley(['check-config'], { config, files });
    expect([code, output]).toEqual([78, expect.stringContaining('the tool "calculate" already exists')]);
  });
});

describe('U18: a tool of a plugin, in a chat', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({ config: `${chatting(1)}plugins: [./say.js]\n`, files: { 'say.js': PLUGIN } });
  });

  it.each<[string, object, object]>([
    ['say', { what: 'hello' }, { status: 'completed', result: 'hello', error: null }],
    ['nothing', {}, { status: 'completed', result: '(no output)' }],
    ['numbers', {}, { status: 'completed', result: '[1,2]' }],
    ['cyclic', {}, { status: 'completed', result: expect.stringContaining('[Circular') }],
    ['binary', {}, { status: 'completed', result: '[binary data, 10000000 bytes]' }],
    ['huge', {}, { status: 'completed', result: expect.stringMatching(/^x{60000,66000}\n.*cut/) }],
    ['throws', {}, { status: 'failed', error: expect.stringContaining('out of paper') }],
    ['throws_text', {}, { status: 'failed', error: expect.stringContaining('no error at all') }],
    ['hangs', {}, { status: 'failed', error: expect.stringContaining('timed out after 1 s') }],
    [
      'say',
      { what: 3, more: 1 },
      { status: 'failed', error: expect.stringContaining('/what must be a string (got 3)') },
    ],
    [
      'say',
      JSON.parse('{"__proto__": {}}') as object,
      { status: 'failed', error: expect.stringContaining('a key that is not allowed') },
    ],
    ['Say', {}, { status: 'failed', error: expect.stringContaining('Unknown function') }],
  ])('%s %j', async (name, args, called) => {
    expect(await call(server, name, args)).toMatchObject(called);
  });
});

describe('mcp_servers', () => {
  it('without their package are a problem of the configuration that says what to install', async () => {
    const { code, output } = await runParley(['check-config'], { config: MODELS + MCP });
    expect(code).toBe(78);
    expect(output).toContain(
      'mcp_servers: MCP servers need a package that is not installed: npm install @modelcontextprotocol/sdk@1',
    );
    expect(output).not.toContain(TOKEN);
  });
});

(PEERS_INSTALLED ? describe : describe.skip)('mcp_servers with their package', () => {
  it('are checked before the start, as far as this machine knows them: the tools that agents name too', async () => {
    const config = `mcp_servers:
  my.files: {command: no-such-program}
  own: {command: ./no-such-file}
  node: {command: node, args: [x.mjs]}
agents:
  flyer: {tools: [my_files__read, web__search]}
`;
    const { code, output } = await runParley(['check-config'], { config, cwd: await folderWithSdk() });
    expect(code).toBe(0);
    expect(output).toContain(
      'mcp_servers["my.files"].command: there is no such program in PATH (got "no-such-program")',
    );
    expect(output).toContain(
      'parley.yaml:3:9: mcp_servers.own.command: there is no such program (got "./no-such-file")',
    );
    expect(output).toContain('parley.yaml:6:35: agents.flyer.tools[1]: there is no MCP server "web" that could bring');
    expect(output).toContain('get_stock_price, my_files__…, own__…, node__…');
    expect(output).not.toMatch(/servers\.node|my_files__read/);
  });

  it('add their tools; one that is not there stops nothing; processes end with the server', async () => {
    const cwd = await folderWithSdk();
    const server = await startServer({ config: chatting(60) + MCP, cwd, args: ['--verbose'] });
    await toolsWith(server, 'every__echo');
    const all = await toolsWith(server, 'odd__environment');
    expect(all.slice(0, 5)).toEqual(BUILT_IN);
    // In the order of the configuration, whichever was there first.
    expect(all.indexOf('odd__environment')).toBeLessThan(all.indexOf('every__echo'));
    await said(server, /an MCP server cannot be used/);
    expect(await call(server, 'every__get-sum', { a: 2, b: 3 })).toMatchObject({
      status: 'completed',
      result: expect.stringContaining('5'),
    });
    expect(await call(server, 'every__get-sum', { a: '2' })).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('/a must be a number'),
    });
    expect(await call(server, 'odd__fails')).toMatchObject({ status: 'failed', error: 'the printer is on fire' });
    const pid = Number(await said(server, /pid (\d+), token \*{3}/));
    expect(process.kill(pid, 0)).toBe(true);
    expect(await server.stop()).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(server.output()).not.toContain(TOKEN);
  });
});
