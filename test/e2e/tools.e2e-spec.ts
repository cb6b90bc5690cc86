import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { api } from '../support/api.js';
import { EVERYTHING, ODD_SERVER, PEERS, PEERS_INSTALLED } from '../support/mcp/peers.js';
import { runParley, startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';

const BUILT_IN = ['get_weather', 'calculate', 'get_time', 'search_web', 'get_stock_price'];
const TOKEN = 'canary-of-an-mcp-server';

const PLUGIN = `import { defineTool } from 'parley/plugins';
export default (api) => api.registerTool(defineTool({
  name: 'say', description: 'Says it.',
  parameters: { type: 'object', properties: { what: { type: 'string' } }, required: ['what'] },
  execute: ({ what }) => what,
}));
`;

const MODELS = 'models: {demo: {name: demo, type: demo}}\nevaluators: []\n';

const node = JSON.stringify(process.execPath);
const MCP = `mcp_servers:
  gone: {url: "http://127.0.0.1:9/mcp", headers: {Authorization: "Bearer ${TOKEN}"}}
  odd: {command: ${node}, args: [${JSON.stringify(ODD_SERVER)}], env: {TOKEN: ${TOKEN}}}
  every: {command: ${node}, args: [${JSON.stringify(EVERYTHING)}, stdio]}
`;

afterAll(stopAllServers);

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

describe('the tools of a server', () => {
  it('are the built-in ones and those of its plugins, which may not take their names', async () => {
    const config = `${MODELS}plugins: [./say.js]\n`;
    const server = await startServer({ config, files: { 'say.js': PLUGIN } });
    expect(await tools(server)).toEqual([...BUILT_IN, 'say']);
    expect(await server.stop()).toBe(0);
    const files = { 'say.js': PLUGIN.replace("'say'", "'calculate'") };
    const { code, output } = await runParley(['check-config'], { config, files });
    expect([code, output]).toEqual([78, expect.stringContaining('the tool "calculate" is there already')]);
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
  it('add their tools; one that is not there stops nothing; processes end with the server', async () => {
    const cwd = await folderWithSdk();
    const server = await startServer({ config: MODELS + MCP, cwd, args: ['--verbose'] });
    await toolsWith(server, 'every__echo');
    const all = await toolsWith(server, 'odd__environment');
    expect(all.slice(0, 5)).toEqual(BUILT_IN);
    // In the order of the configuration, whichever was there first.
    expect(all.indexOf('odd__environment')).toBeLessThan(all.indexOf('every__echo'));
    expect(server.output()).toContain('an MCP server cannot be used');
    const pid = Number(/pid (\d+), token \*{3}/.exec(server.output())?.[1]);
    expect(process.kill(pid, 0)).toBe(true);
    expect(await server.stop()).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(server.output()).not.toContain(TOKEN);
  });
});
