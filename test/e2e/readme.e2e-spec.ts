import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { api, settled, until } from '../support/api.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { SessionClient } from '../support/session-client.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The commands of all shell blocks, comments taken off and continued lines joined, in order. */
function commands(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/```bash\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const lines = blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'));
  return lines
    .map((line) =>
      line
        .replace(/\s+#.*$/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '');
}

interface Ran {
  readonly code: number;
  readonly output: string;
}

let server: RunningServer;
let conversation = '';
let folder: string;

beforeAll(async () => {
  server = await startServer();
  folder = await temporaryFolder();
  const yaml = /```yaml\n([\s\S]*?)```/.exec(README)?.[1] ?? '';
  await writeFile(join(folder, 'parley.yaml'), yaml);
});

afterAll(stopAllServers);

/** Runs a line as a shell would, with the server of this test in place of the one on the usual port. */
function shell(line: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const text = line
    .replaceAll('http://127.0.0.1:8000', server.url)
    .replaceAll(/^npx parley/g, `node ${join(ROOT, 'bin/parley.mjs')}`);
  const cwd = line.startsWith('npm ') || /(?:config|examples)\/\w+\.yaml/.test(line) ? ROOT : folder;
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, OPENAI_API_KEY: 'unused', ...env }, maxBuffer: 1 << 24 };
    execFile('sh', ['-c', text], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

/** Starts something that stays, until it says that it listens; then ends it. */
async function startsAndListens(command: string, args: readonly string[], cwd: string): Promise<void> {
  const data = join(folder, `data-${Date.now()}`);
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PORT: '0', PARLEY_DATA_DIR: data },
    detached: true,
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (/Parley listens on http:\/\/127\.0\.0\.1:\d+/.test(output)) resolve();
    });
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
  const gone = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  process.kill(-(child.pid ?? 0), 'SIGTERM');
  await gone;
}

/** How each command of the README is shown to work. A command that is not here fails the test: add it, or leave it out. */
const CHECKS: readonly { readonly line: RegExp; readonly check: (line: string) => Promise<void> }[] = [
  {
    // The install itself is what brought us here; what a fresh clone does is proven by .ci/run.
    line: /^npm ci && npm start$/,
    check: async () => {
      expect((await shell('npm ci --dry-run --ignore-scripts --offline')).code).toBe(0);
      await startsAndListens('npm', ['start'], ROOT);
    },
  },
  {
    line: /^npm ci && npm test$/,
    check: async () => {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      expect(scripts['test']).toContain('jest');
      expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toMatch(/npm test/);
    },
  },
  {
    line: /^curl -sN -X POST \S+\/chat\/stream .*15 \+ 27/,
    check: async (line) => {
      const { output } = await shell(line);
      expect(output).toContain('"event_type":"tool_call_complete"');
      expect(output).toMatch(/"event_type":"chat_complete".*42/);
    },
  },
  {
    line: /^curl -s -X POST \S+\/agents\/mathy /,
    check: async (line) => {
      expect(JSON.parse((await shell(line)).output)).toMatchObject({ key: 'mathy' });
      expect((await api(`${server.url}/agents/mathy`)).body).toMatchObject({ name: 'Mathy', tools: ['calculate'] });
    },
  },
  {
    line: /^curl -s -X POST .*Two friends/,
    check: async (line) => {
      const answer = JSON.parse((await shell(line)).output) as Record<string, unknown>;
      const printed = JSON.parse(/```json\n(\{"conversation_id.*\})\n```/.exec(README)?.[1] ?? '{}') as Record<
        string,
        unknown
      >;
      expect(Object.keys(answer)).toEqual(Object.keys(printed));
      const { conversation_id: _id, run_id: _run, ...rest } = printed;
      expect(answer).toMatchObject(rest);
      conversation = String(answer['conversation_id']);
      expect(await settled(server.url, conversation)).toMatchObject({ status: 'completed' });
    },
  },
  {
    line: /^curl -s -X POST \S+\/create_session/,
    check: async (line) => {
      const { session_id } = JSON.parse((await shell(line)).output) as Record<string, string>;
      const client = await SessionClient.open(server.url, session_id ?? '');
      const { result } = await client.call('tool_list');
      expect(result).toMatchObject({ client_tools: [{ name: 'get_weather' }] });
      client.close();
    },
  },
  {
    line: /^curl -s -X POST .*"type": "human"/,
    check: async (line) => {
      const answer = JSON.parse((await shell(line)).output) as Record<string, unknown>;
      expect(answer).toMatchObject({ status: 'running', agent_count: 2 });
      conversation = String(answer['conversation_id']);
    },
  },
  {
    line: /^curl -s -X POST .*messages" .*"message"/,
    check: async (line) => {
      const answer = JSON.parse((await shell(line, { ID: conversation })).output) as Record<string, unknown>;
      const { conversation_id: _id, ...printed } = JSON.parse(
        /```json\n(\{.*"accepted".*\})\n```/.exec(README)?.[1] ?? '{}',
      ) as Record<string, unknown>;
      expect(answer).toMatchObject(printed);
    },
  },
  {
    line: /^curl -sN "[^"]*\/events"$/,
    check: async (line) => {
      const { output } = await shell(line, { ID: conversation });
      expect(output).toMatch(/^retry: \d+\n\nid: 1\ndata: \{"seq":1,.*"type":"run_start"/);
      expect(output).toMatch(/"type":"run_end".*\}\n\n$/);
    },
  },
  {
    line: /^curl -sN -H 'Last-Event-ID: 5\/11' /,
    check: async (line) => {
      const whole = await shell(line.replace(/-H '[^']*' /, ''), { ID: conversation });
      const cursor = /^id: (5\/\d+)$/m.exec(whole.output)?.[1] ?? '5';
      const { output } = await shell(line.replace('5/11', cursor), { ID: conversation });
      expect(output.length).toBeLessThan(whole.output.length);
      expect(output).toMatch(/"type":"run_end".*\}\n\n$/);
    },
  },
  {
    line: /^curl -sN .*projection=chat"$/,
    check: async (line) => {
      const { output } = await shell(line, { ID: conversation });
      expect(output).toMatch(/^retry: \d+\n\nid: \d+(\/\d+)+\ndata: \{"event_type":"chat_chunk"/);
      expect(output).toMatch(/data: \{"event_type":"chat_complete".*\}\n\n$/);
    },
  },
  {
    line: /^curl -sN .*"improvement": true/,
    check: async (line) => {
      const { output } = await shell(line);
      expect(output).toMatch(/^🤔 Generating draft answer\.\.\..*second improvement pass\.\.\.\n\n.+\[\[END\]\]$/s);
    },
  },
  {
    line: /^curl -s "http:\/\/127\.0\.0\.1:8000\/conversations\/\$ID"$/,
    check: async (line) => {
      const body = JSON.parse((await shell(line, { ID: conversation })).output) as Record<string, unknown>;
      expect(body).toMatchObject({ conversation_id: conversation, status: 'completed' });
    },
  },
  {
    line: /^npx parley serve /,
    check: () =>
      startsAndListens('node', [join(ROOT, 'bin/parley.mjs'), 'serve', '--host', '127.0.0.1', '--port', '0'], folder),
  },
  {
    line: /^npx parley check-config /,
    check: async (line) =>
      expect(await shell(line)).toMatchObject({ code: 0, output: expect.stringContaining('is good') }),
  },
  {
    line: /^npx parley check-health /,
    check: async (line) => {
      const ready = await until(
        () => shell(line),
        ({ code }) => code === 0,
      );
      expect(ready).toMatchObject({ code: 0, output: expect.stringContaining('is ready') });
    },
  },
  {
    line: /^npx parley demo /,
    check: async (line) => {
      const { code, output } = await shell(line);
      expect(code).toBe(0);
      expect(output).toMatch(/── turn 1 ─/);
      expect(output).toMatch(/Alice {2,}Bob\n[\s\S]*overall +\d/);
    },
  },
  {
    line: /^npx parley run /,
    check: async (line) => {
      const { code, output } = await shell(line, { OPENAI_API_KEY: '' });
      expect(code).toBe(0);
      expect(output).toMatch(/── turn 2 ─[\s\S]*completed \((?:max_turns|left)\)/);
    },
  },
  {
    line: /^npx parley chat /,
    check: async (line) => {
      const { code, output } = await shell(line, { OPENAI_API_KEY: '' });
      expect(code).toBe(0);
      expect(output).toContain('[calculate: 5]');
    },
  },
  {
    line: /^npx parley --help$/,
    check: async (line) =>
      expect(await shell(line)).toMatchObject({ code: 0, output: expect.stringContaining('check-config') }),
  },
  {
    // These take long: .ci/run runs the first, and whoever measures the second. Here: that they are there.
    line: /^npm run (check|bench)$/,
    check: async (line) => {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      const files = /[\w./-]+\.mjs/g;
      const script = scripts[line.replace('npm run ', '')] ?? '';
      expect(script).not.toBe('');
      expect((script.match(files) ?? []).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    },
  },
  {
    // The long forms of tests. Here: that the test is there, and looks at the variable.
    line: /^PARLEY_\w+=\w+ npm test -- test\/faults\/[\w-]+$/,
    check: async (line) => {
      const [, variable = '', path = ''] = /^(\w+)=.* (\S+)$/.exec(line) ?? [];
      const sources = [`${path}.e2e-spec.ts`, 'test/support/faults/figures.ts'];
      const texts = sources.map((source) => readFileSync(join(ROOT, source), 'utf8'));
      expect(texts.some((text) => text.includes(variable))).toBe(true);
    },
  },
];

describe('the README', () => {
  const found = commands(README);

  it('has commands', () => {
    expect(found.length).toBeGreaterThan(8);
  });

  it.each(found)(
    'says what works: %s',
    async (line) => {
      const checks = CHECKS.filter((entry) => entry.line.test(line));
      expect([line, checks.length]).toEqual([line, 1]);
      await checks[0]?.check(line);
    },
    120_000,
  );

  it('shows a configuration that is good, and links to what is there', async () => {
    const checked = await shell('npx parley check-config --config parley.yaml');
    expect(checked).toMatchObject({ code: 0, output: expect.stringContaining('gpt, local, mine') });
    const links = [...README.matchAll(/\]\((?!http)([^)#]+)\)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
    const paths = [...README.matchAll(/`((?:src|test|config|docs|bench)\/[\w./-]+)`/g)].map((match) => match[1] ?? '');
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names endpoints that are there', async () => {
    const gets = [...README.matchAll(/GET (\/[a-z0-9./]*)/g)]
      .map((match) => match[1] ?? '')
      .filter((path) => !path.endsWith('/'));
    for (const path of new Set(gets))
      expect([path, (await api(server.url + path, 'HEAD')).status]).toEqual([path, 200]);
  });
});
