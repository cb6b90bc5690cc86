import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Tool } from '../../src/core/ports/tool.js';
import { SystemClock } from '../../src/runtime/system-clock.js';
import { McpServers } from '../../src/tools/mcp/mcp-servers.js';
import type { McpSettings } from '../../src/tools/mcp/mcp-settings.js';
import { findSdk, loadSdk } from '../../src/tools/mcp/sdk.js';
import { contextOf, toolContract } from '../contracts/tool.contract.js';
import { KeptLog } from '../support/mcp/kept-log.js';
import { EVERYTHING, ODD_SERVER, PEERS, PEERS_INSTALLED } from '../support/mcp/peers.js';
import { freePort } from '../support/ports.js';

const CONNECTED = 'an MCP server is connected';
const TOKEN = 'canary-of-an-mcp-server';

const STDIO: McpSettings = { name: 'every', command: process.execPath, args: [EVERYTHING, 'stdio'] };
const ODD: McpSettings = { name: 'odd', command: process.execPath, args: [ODD_SERVER], env: { TOKEN } };

const started: { stop(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

interface Started {
  readonly servers: McpServers;
  readonly log: KeptLog;
  readonly tool: (name: string) => Tool;
}

function start(...settings: readonly McpSettings[]): Started {
  const place = findSdk([PEERS]);
  if (typeof place === 'string') throw new Error(place);
  const log = new KeptLog();
  const sdk = async () => loadSdk(place.root);
  const servers = new McpServers(settings, { clock: new SystemClock(), random: () => 0, log, version: '1', sdk });
  started.push(servers);
  servers.start();
  return {
    servers,
    log,
    tool(name) {
      const found = servers.tools().find((tool) => tool.name === name);
      if (found === undefined) throw new Error(`there is no ${name}, but ${names(servers).join(', ')}`);
      return found;
    },
  };
}

async function connected(...settings: readonly McpSettings[]): Promise<Started> {
  const all = start(...settings);
  await all.log.next(CONNECTED);
  return all;
}

function names(servers: McpServers): readonly string[] {
  return servers.tools().map((tool) => tool.name);
}

/** The official server over HTTP, in a process of its own. */
async function serveHttp(port: number): Promise<ChildProcess> {
  const env = { PATH: process.env['PATH'], PORT: String(port) };
  const child = spawn(process.execPath, [EVERYTHING, 'streamableHttp'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  started.push({ stop: () => kill(child) });
  for await (const chunk of child.stderr ?? []) if (String(chunk).includes('listening')) break;
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const suite = PEERS_INSTALLED ? describe : describe.skip;

suite.each<'stdio' | 'http'>(['stdio', 'http'])('the official MCP server over %s', (transport) => {
  async function everything(): Promise<Started> {
    if (transport === 'stdio') return connected(STDIO);
    const port = await freePort();
    await serveHttp(port);
    return connected({ name: 'every', url: `http://127.0.0.1:${port}/mcp` });
  }

  it('has its tools listed and called, with every kind of content', async () => {
    const { servers, tool } = await everything();
    expect(names(servers)).toEqual(expect.arrayContaining(['every__echo', 'every__get-sum', 'every__get-tiny-image']));
    expect(await tool('every__echo').execute({ message: 'hi' }, contextOf())).toEqual({ content: 'Echo: hi' });
    const image = await tool('every__get-tiny-image').execute({}, contextOf());
    expect(image.content).toMatch(/\[image, image\/png, \d+ bytes\]/);
    const structured = await tool('every__get-structured-content').execute({ location: 'New York' }, contextOf());
    expect(structured).toMatchObject({ details: { temperature: expect.any(Number) } });
    expect(JSON.parse(structured.content)).toEqual(structured.details);
    const links = await tool('every__get-resource-links').execute({ count: 1 }, contextOf());
    expect(links.content).toContain('demo://resource/');
    const wrong = await tool('every__get-sum').execute({ a: 'x' }, contextOf());
    expect(wrong).toMatchObject({ is_error: true, content: expect.stringContaining('-32602') });
  });

  it('tells how far a call is, and ends it when its signal aborts', async () => {
    const { tool } = await everything();
    const operation = tool('every__trigger-long-running-operation');
    expect(operation).toMatchObject({ idempotent: true, label: 'Trigger Long Running Operation Tool' });
    const context = contextOf();
    await operation.execute({ duration: 0.4, steps: 2 }, context);
    expect(context.updates[0]).toEqual({ progress: 1, total: 2 });
    const controller = new AbortController();
    const long = operation.execute({ duration: 60, steps: 1 }, contextOf(controller));
    controller.abort();
    await expect(long).rejects.toMatchObject({ code: 'aborted' });
  });
});

suite('an MCP server that goes away', () => {
  it('as a process is started again; its tools are gone meanwhile', async () => {
    const { servers, log, tool } = await connected(ODD);
    const back = log.next(CONNECTED);
    const lost = log.next('the connection to an MCP server is lost');
    await expect(tool('odd__exits').execute({}, contextOf())).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: 'the MCP server "odd" cannot be reached',
    });
    expect((await lost).about).toEqual({ mcp_server: 'odd', retry_in_ms: 500 });
    expect(names(servers)).toEqual([]);
    await back;
    expect(await tool('odd__fails').execute({}, contextOf())).toMatchObject({ is_error: true });
  });

  it('over HTTP is found again, also by calls under way', async () => {
    const port = await freePort();
    const child = await serveHttp(port);
    const { servers, log, tool } = await connected({ name: 'every', url: `http://127.0.0.1:${port}/mcp` });
    const lost = log.next('the connection to an MCP server is lost');
    const call = tool('every__trigger-long-running-operation').execute({ duration: 60, steps: 1 }, contextOf());
    const failed = call.catch((error: unknown) => error);
    await kill(child);
    await lost;
    expect(await failed).toMatchObject({ code: 'upstream_unavailable' });
    expect(names(servers)).toEqual([]);
    const back = log.next(CONNECTED);
    await serveHttp(port);
    await back;
    expect(await tool('every__echo').execute({ message: 'again' }, contextOf())).toEqual({ content: 'Echo: again' });
  });

  it('or never was there, is asked again with growing waits, and keeps nobody from the others', async () => {
    const nowhere = { name: 'nowhere', url: `http://127.0.0.1:${await freePort()}/mcp` };
    const missing = { name: 'missing', command: '/no/such/command' };
    const { servers, log } = start(nowhere, missing, ODD);
    await log.next(CONNECTED);
    expect(names(servers)).toContain('odd__fails');
    await log.when('"retry_in_ms":1000');
    await log.when('ECONNREFUSED');
    await log.when('ENOENT');
    const waits = (name: string) =>
      log.lines.filter(
        ({ level, about }) => level === 'warn' && about['mcp_server'] === name && 'retry_in_ms' in about,
      );
    expect(waits('nowhere')[0]).toMatchObject({
      about: { error: expect.stringContaining('ECONNREFUSED'), retry_in_ms: 500 },
    });
    expect(waits('missing')[0]).toMatchObject({
      about: { error: expect.stringContaining('ENOENT'), retry_in_ms: 500 },
    });
  });
});

suite('an odd MCP server', () => {
  it('has all its pages read, its names made fit, and tools without a usable form left out', async () => {
    const { servers, log } = await connected(ODD);
    const [environment, odd, ...others] = names(servers);
    expect(environment).toBe('odd__environment');
    expect(odd).toMatch(/^odd__na_ve_tool___with_a_long_name__so_long_that_no_mod_[\da-f]{8}$/);
    expect(others.join(' ')).toBe('odd__fails odd__throws odd__huge odd__hangs odd__adds odd__exits');
    expect(log.lines).toContainEqual({
      level: 'warn',
      about: {
        mcp_server: 'odd',
        tool: 'bad_schema',
        problem: '/properties/a/type must be a JSON type, or a list of them',
      },
      message: 'a tool has no usable schema',
    });
  });

  it('is given PATH, HOME and what the configuration says, and no more; its secrets stay out of logs and errors', async () => {
    const { log, tool } = await connected(ODD);
    const { content } = await tool('odd__environment').execute({}, contextOf());
    const given = Object.keys(JSON.parse(content) as object).filter((name) => !name.startsWith('__'));
    expect(given.toSorted()).toEqual(['HOME', 'PATH', 'TOKEN'].filter((name) => name === 'TOKEN' || process.env[name]));
    expect(await tool('odd__throws').execute({}, contextOf())).toEqual({
      content: expect.stringContaining('no such thing, says ***'),
      is_error: true,
    });
    expect(JSON.stringify(log.lines)).toContain('token ***');
    expect(JSON.stringify(log.lines)).not.toContain(TOKEN);
  });

  it('has its failures told, and what is huge cut', async () => {
    const { tool } = await connected(ODD);
    expect(tool('odd__fails')).toMatchObject({ idempotent: true, label: 'Fails' });
    expect(tool('odd__throws').idempotent).toBe(false);
    expect(await tool('odd__fails').execute({}, contextOf())).toEqual({
      content: 'the printer is on fire',
      is_error: true,
    });
    const { content } = await tool('odd__huge').execute({}, contextOf());
    expect(content.length).toBeLessThan(1_100_000);
    expect(content).toContain('more characters were cut');
  });

  it('is told of a call that was stopped', async () => {
    const { log, tool } = await connected(ODD);
    const controller = new AbortController();
    const begun = log.next('hangs: begun');
    const call = tool('odd__hangs').execute({}, contextOf(controller));
    await begun;
    const cancelled = log.next('hangs: cancelled');
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    await cancelled;
  });

  it('may change its tools', async () => {
    const { servers, log, tool } = await connected(ODD);
    const changed = log.next('an MCP server changed its tools');
    await tool('odd__adds').execute({}, contextOf());
    await changed;
    expect(names(servers)).toContain('odd__added');
  });

  it('ends with Parley, also while it is being connected to', async () => {
    const { servers, log } = start(ODD);
    const { about } = await log.next('pid ');
    const pid = Number(/pid (\d+)/.exec(String(about['line']))?.[1]);
    await servers.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(names(servers)).toEqual([]);
  });
});

if (PEERS_INSTALLED) {
  toolContract('of an MCP server', async () => {
    const { tool } = await connected(STDIO);
    return {
      tool: tool('every__trigger-long-running-operation'),
      args: { duration: 0.1, steps: 1 },
      slow: { duration: 60, steps: 1 },
    };
  });
}
