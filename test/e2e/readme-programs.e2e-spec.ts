// The programs that the README prints, run as somebody who copies them would: only addresses are changed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { api } from '../support/api.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const PROGRAMS = [...README.matchAll(/```(js|ts)\n([\s\S]*?)```/g)].map(([, language = '', text = '']) => ({
  file: `program.m${language}`,
  text,
}));
const TIME_MS = 30_000;

let server: RunningServer;
let upstream: Upstream;
let folder: string;

beforeAll(async () => {
  server = await startServer();
  upstream = await startUpstream();
  folder = await temporaryFolder();
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/parley'));
  for (const name of ['openai', 'socket.io-client'])
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

type Program = (typeof PROGRAMS)[number];

/** Runs a program to its end, or until it printed something after which it stays. @returns what it printed */
async function run(program: Program, stays?: RegExp): Promise<string> {
  const text = program.text
    .replaceAll('127.0.0.1:8000', new URL(server.url).host)
    .replace("id: 'anthropic/claude-3.5-sonnet'", `$&, baseUrl: '${upstream.url}'`);
  await writeFile(join(folder, program.file), text);
  const env = { PATH: process.env['PATH'] ?? '', OPENROUTER_API_KEY: 'key-of-a-reader' };
  const child = spawn(process.execPath, [program.file], { cwd: folder, env });
  let output = '';
  const late = setTimeout(() => child.kill('SIGKILL'), TIME_MS);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (stays?.test(output) === true) child.kill();
    });
  }
  const code = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  clearTimeout(late);
  if (stays === undefined && code !== 0) throw new Error(`it ended with ${String(code)}:\n${output}`);
  return output;
}

/** How each program is shown to work. One that is not here fails the test. */
const CHECKS: readonly { readonly holds: RegExp; readonly check: (program: Program) => Promise<void> }[] = [
  {
    holds: /from 'openai'/,
    check: async (program) => {
      const mathy = /agents\/mathy [\s\S]*?-d '(\{.*\})'/.exec(README)?.[1] ?? '{}';
      const made = await api(`${server.url}/agents/mathy`, 'POST', JSON.parse(mathy));
      expect(made.status).toBe(201);
      expect(await run(program)).toContain('42');
    },
  },
  {
    holds: /new WebSocket\(/,
    check: async (program) => {
      const output = await run(program, /chat_complete[\s\S]*final_response[\s\S]*\n\}/);
      expect(output).toMatch(/type: 'tool_call'[\s\S]*type: 'chat_complete'[\s\S]*42/);
    },
  },
  {
    holds: /from 'socket\.io-client'/,
    check: async (program) => {
      const output = await run(program);
      expect(output).toMatch(/ok: true[\s\S]*conversation_id: 'conv_/);
      expect(output).toMatch(/^\d+ run_start$[\s\S]*tool_execution_end$[\s\S]*run_end$/m);
    },
  },
  {
    holds: /from 'parley\/plugins'/,
    check: async ({ text }) => {
      const config = 'models: {demo: {name: demo, type: demo}}\nplugins: [./add.mts]\n';
      const plugged = await startServer({ config, files: { 'add.mts': text } });
      const { body } = await api(`${plugged.url}/chat`, 'POST', { message: 'Add 2 and 40' });
      expect(body).toMatchObject({
        response: expect.stringContaining('42'),
        tool_calls: [{ name: 'add', arguments: { a: 2, b: 40 }, status: 'completed', result: '42' }],
      });
    },
  },
  {
    holds: /from 'parley\/agent'/,
    check: async (program) => {
      upstream.script('anthropic/claude-3.5-sonnet', [{ text: ['It is ', 'Paris.'] }]);
      const lines = (await run(program)).trim().split('\n');
      expect([lines[0], lines.at(-2), lines.at(-1)]).toEqual(['agent_start', 'agent_end', 'It is Paris.']);
      const [call] = upstream.calls('anthropic/claude-3.5-sonnet');
      expect(call?.headers['authorization']).toBe('Bearer key-of-a-reader');
    },
  },
  {
    holds: /new ConversationEngine\(/,
    check: async (program) => {
      const output = await run(program);
      expect(output).toMatch(/^🤔 Generating draft answer\.\.\.[\s\S]+draft_answer: /);
    },
  },
];

describe('the README', () => {
  it('has programs', () => {
    expect(PROGRAMS.length).toBeGreaterThanOrEqual(CHECKS.length);
  });

  it.each(PROGRAMS.map((program) => [/from '[\w./-]+'|new \w+/.exec(program.text)?.[0] ?? '', program] as const))(
    'prints a program that works: %s',
    async (_first, program) => {
      const checks = CHECKS.filter(({ holds }) => holds.test(program.text));
      expect([program.text, checks.length]).toEqual([program.text, 1]);
      await checks[0]?.check(program);
    },
    120_000,
  );
});
