import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configFor } from '../support/models.js';
import { freePort } from '../support/ports.js';
import { runParley, startCommand, startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const SCENARIO = `# The body of POST /conversations
scenario: Two friends plan a weekend
agent_configs:
  - name: Ann
    goal: the sea
  - name: Ben
    goal: the mountains
max_turns: 2
action_order: agent_id_based
`;
const KEY = 'key-of-the-terminal';

let upstream: Upstream;
let config: string;
/** One that runs: the commands that are not about a server of their own talk to it, which starts them sooner. */
let running: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  config = configFor(upstream.url, ['scripted', 'begun', 'bad:500', 'bad:hang', 'tools']);
  running = await startServer({ config });
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

describe('parley run', () => {
  const files = { 'scenario.yaml': SCENARIO };

  it('holds the conversation of a file, live, and says how it ended by its exit code', async () => {
    const good = await runParley(['run', 'scenario.yaml'], { config, files });
    expect(good.code).toBe(0);
    const turns =
      /── turn 1 ─+\nAnn: Ann says \(1\)[^─]+\nBen: Ben says \(1\)[^─]+\n── turn 2 ─+\nAnn: [^─]+\nBen: [^─]+\ncompleted \(max_turns\)/;
    expect(good.output).toMatch(turns);
    const failed = await runParley(['run', 'scenario.yaml', '--model', 'bad:500', '--url', running.url], { files });
    expect(failed).toMatchObject({ code: 1, output: expect.stringContaining('failed (upstream)') });
  });

  it('gives the finished conversation as JSON and nothing else, with --json', async () => {
    const flags = ['--json', '--turns', '1', '--seed', '7', '--url', running.url];
    const { code, output } = await runParley(['run', ...flags, 'scenario.yaml'], { files });
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      status: 'completed',
      turn_count: 1,
      seed: 7,
      scenario: expect.any(String),
    });
  });

  it('says what is wrong with a file at its place', async () => {
    const wrong = `${SCENARIO.replace('goal: the sea', 'model: nope').replace('max_turns: 2', 'max_turns: two')}surprise: 1\n`;
    const shape = await runParley(['run', 's.yaml'], { config, files: { 's.yaml': wrong } });
    expect(shape.code).toBe(78);
    expect(shape.output).toMatch(/^Invalid scenario:\n/m);
    expect(shape.output).toMatch(/s\.yaml:8:1: max_turns: must be an integer/);
    expect(shape.output).toMatch(/s\.yaml:10:1: surprise: /);
    const name = await runParley(['run', 's.yaml'], {
      config,
      files: { 's.yaml': SCENARIO.replace('goal: the sea', 'model: nope') },
    });
    expect(name).toMatchObject({
      code: 78,
      output: expect.stringMatching(/s\.yaml:5:5: agent_configs\[0\]\.model: .*nope/),
    });
    const yaml = await runParley(['run', 's.yaml'], { config, files: { 's.yaml': 'scenario: "a\n' } });
    expect(yaml).toMatchObject({ code: 78, output: expect.stringMatching(/^Invalid scenario:\n {2}- s\.yaml:/m) });
    expect(await runParley(['run', 'none.yaml'], { config })).toMatchObject({
      code: 78,
      output: expect.stringContaining('Invalid scenario:\n  - none.yaml: '),
    });
    expect((await runParley(['run'], { config })).code).toBe(2);
  });

  it('asks the people in it, who may leave', async () => {
    const scenario = SCENARIO.replace('goal: the sea', 'type: human');
    const command = await startCommand(['run', 's.yaml', '--url', running.url], { files: { 's.yaml': scenario } });
    await command.printed('/leave leaves');
    command.type('Hello \u001b[31mBen');
    await command.printed('── turn 2');
    command.type('/leave');
    expect(await command.exited).toBe(0);
    expect(command.output()).toMatch(/Ann: Hello \[31mBen\nBen: /);
    expect(command.output()).toContain('completed (left)');
    expect(JSON.stringify(upstream.calls('scripted').at(-1)?.body)).toContain('Hello');
  });

  it('is cancelled by Ctrl-C, and says so', async () => {
    const command = await startCommand(['run', 'scenario.yaml', '--model', 'bad:hang'], { config, files });
    await command.printed('── turn 1');
    command.interrupt();
    expect(await command.exited).toBe(1);
    expect(command.output()).toContain('cancelled (cancelled)');
  });

  it('talks to a running server with its key, and goes on when that is started again', async () => {
    const env = { PARLEY_API_KEYS: `me:${KEY}` };
    const args = ['--port', String(await freePort())];
    const first = await startServer({ config, env, args });
    const remote = ['run', 'scenario.yaml', '--url', first.url, '--model', 'begun'];
    expect(await runParley(remote, { files })).toMatchObject({ code: 1, output: expect.stringContaining('API key') });
    const wrong = await runParley([...remote, '--key', 'wrong'], { files });
    expect(wrong).toMatchObject({ code: 1, output: expect.stringContaining('API key') });

    // What is said first is not said to its end before the server dies.
    const half = { text: ['{"action_type":"speak","argument":"Well, ', { until: new Promise(() => undefined) }] };
    upstream.script('begun', (_call, n) => (n === 1 ? half : { as: 'scripted' }));
    const command = await startCommand(remote, { files, env: { PARLEY_API_KEY: KEY } });
    await command.printed('Ann: Well');
    await first.kill();
    const second = await startServer({ config, env, args, dataDir: first.dataDir });
    expect(await command.exited).toBe(0);
    expect(command.output()).toContain('(that is taken back: it comes again)');
    expect(command.output()).toContain('completed (max_turns)');
    await second.stop();
  });
});

describe('parley chat', () => {
  it('answers each line, remembers what was said, and begins anew when asked to', async () => {
    upstream.reset();
    const command = await startCommand(['chat'], { config });
    command.type('My name is Zoe');
    command.type('What is my name?');
    command.type('/new');
    command.type('Who am I?');
    command.type(undefined);
    expect(await command.exited).toBe(0);
    const asked = upstream.calls('scripted').map((call) => JSON.stringify(call.body));
    expect(asked).toHaveLength(3);
    expect(asked[1]).toContain('My name is Zoe');
    expect(asked[2]).not.toContain('Zoe');
    const answers = command.output().match(/^Answer \d\. You wrote: .*$/gm);
    expect(answers?.map((line) => line.replace(/^.*wrote: /, ''))).toEqual([
      'My name is Zoe',
      'What is my name?',
      'Who am I?',
    ]);
  });

  it('answers one message and ends, as text or as JSON, with an exit code', async () => {
    const json = await runParley(['chat', '--message', 'hello', '--json'], { config });
    expect(json.code).toBe(0);
    expect(JSON.parse(json.output)).toMatchObject({ event_type: 'chat_complete', final_response: expect.any(String) });
    const there = ['chat', '--message', 'hello', '--url', running.url];
    const failed = await runParley([...there, '--model', 'bad:500']);
    expect(failed).toMatchObject({ code: 1, output: expect.stringContaining('upstream_unavailable') });
    const nobody = await runParley([...there, '--agent', 'nobody']);
    expect(nobody).toMatchObject({ code: 1, output: expect.stringContaining('nobody') });
  });

  it('shows the tools that an answer takes', async () => {
    const { code, output } = await runParley(['chat', '--message', 'What is 2+3?'], {
      config: 'models: {demo: {name: demo, type: demo}}\n',
    });
    expect(code).toBe(0);
    expect(output).toContain('[calculate {"expression":"2+3"}]\n[calculate: 5]\n');
  });

  it('ends quietly when nobody reads on', async () => {
    const bin = fileURLToPath(new URL('../../bin/parley.mjs', import.meta.url));
    const pipe = `"${process.execPath}" "${bin}" chat --message 'What is 2+3?' --url "${running.url}" | true`;
    const { stderr } = await promisify(execFile)('sh', ['-c', pipe]);
    expect(stderr).toBe('');
  });

  it('stops an answer at Ctrl-C and goes on', async () => {
    const command = await startCommand(['chat', '--model', 'bad:hang', '--url', running.url]);
    command.type('hello');
    await upstream.until((now) => now.open('bad:hang') === 1, 20_000);
    command.interrupt();
    await command.printed('[');
    command.type('/exit');
    expect(await command.exited).toBe(1);
    expect(command.output()).toContain('cancelled');
  });
});
