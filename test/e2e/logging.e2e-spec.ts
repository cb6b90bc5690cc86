import { afterAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { api } from '../support/api.js';
import { sendRaw } from '../support/raw.js';
import { runParley, startServer, stopAllServers, temporaryFolder } from '../support/server.js';

const MODELS = 'models: {demo: {name: demo, type: demo}}\nevaluators: []\n';
/** The block of document 1, with the level that says most. */
const DOCUMENT_1 = `logging:
  level: DEBUG
  format: "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
  file_path: logs/tiny_chat.log
`;
const KEY = 'key-that-nobody-may-read';
const SCENARIO = 'Canaries talk about seeds';

afterAll(stopAllServers);

/** Starts a server in a folder, talks to it with a key and a scenario, and ends it. @returns all that it printed */
async function use(cwd: string, logging: string): Promise<string> {
  const server = await startServer({ cwd, config: MODELS + logging, env: { PARLEY_API_KEYS: `team:${KEY}` } });
  const key = { 'x-api-key': KEY };
  const body = { agent_configs: [{ name: 'Ann' }, { name: 'Ben' }], scenario: SCENARIO, max_turns: 1 };
  await api(`${server.url}/conversations`, 'POST', body, { ...key, prefer: 'wait=20' });
  await sendRaw(server.url, { path: `/nowhere/${KEY}?x_api_key=${KEY}`, headers: key });
  await sendRaw(server.url, { path: '/models', headers: { 'x-api-key': `wrong-${KEY}` } });
  expect(await server.stop()).toBe(0);
  return server.output();
}

async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).toSorted();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

describe('logging', () => {
  it("writes document 1's file in document 1's format, without keys and without what is said", async () => {
    const cwd = await temporaryFolder();
    const output = await use(cwd, DOCUMENT_1);
    const files = await filesOf(join(cwd, 'logs'));
    expect(Object.keys(files)).toEqual(['tiny_chat.log']);
    const lines = (files['tiny_chat.log'] ?? '').trimEnd().split('\n');
    const other = lines.filter(
      (line) => !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - \w+ - (?:DEBUG|INFO|WARNING|ERROR) - /.test(line),
    );
    expect(other).toEqual([]);
    expect(lines.join('\n')).toMatch(
      / - parley - DEBUG - run completed tenant=team conversation_id=conv_\S+ run_id=run_/,
    );
    for (const text of [output, lines.join('\n')]) {
      expect(text).toContain('run completed');
      expect([KEY, SCENARIO].filter((word) => text.includes(word))).toEqual([]);
    }
  });

  it('writes JSON where nobody reads along, puts full files aside, and goes on in the last one', async () => {
    const cwd = await temporaryFolder();
    const logging = 'logging: {level: debug, file_path: parley.log, max_file_size: 4KB, backup_count: 2}\n';
    await use(cwd, logging);
    await use(cwd, logging);
    const files = Object.entries(await filesOf(cwd)).filter(([name]) => name.startsWith('parley.log'));
    expect(files.map(([name]) => name)).toEqual(['parley.log', 'parley.log.1', 'parley.log.2']);
    for (const [, text] of files) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4000);
      for (const line of text.trimEnd().split('\n'))
        expect(JSON.parse(line)).toEqual(
          expect.objectContaining({ level: expect.any(String), msg: expect.any(String) }),
        );
    }
  });

  it('shows what is said only where that is asked for', async () => {
    const cwd = await temporaryFolder();
    const output = await use(cwd, 'logging: {level: info, format: pretty, contents: true}\n');
    const said = output.split('\n').filter((line) => line.includes(' INFO  message_end '));
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/agent=(?:Ann|Ben) role=assistant text="/);
    expect(output).not.toContain(KEY);
  });

  it('refuses a file that cannot be written, and a format with a field that is not known', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'in-the-way'), '');
    const file = await runParley(['serve', '--port', '0'], {
      cwd,
      config: `${MODELS}logging: {file_path: in-the-way/logs/x.log}\n`,
    });
    expect(file.code).toBe(78);
    expect(file.output).toMatch(/logging\.file_path: .*in-the-way\/logs\/x\.log cannot be written \(ENOTDIR\)/);
    const format = await runParley(['check-config'], { config: `${MODELS}logging: {format: '%(massage)s'}\n` });
    expect(format.code).toBe(78);
    expect(format.output).toMatch(/parley\.yaml:3:11: logging\.format: must be a format \(auto, json, pretty.*message/);
  });
});
