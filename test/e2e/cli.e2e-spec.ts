import { afterAll, describe, expect, it } from '@jest/globals';
import { until } from '../support/api.js';
import { runParley, startServer, stopAllServers } from '../support/server.js';

afterAll(stopAllServers);

describe('the command line', () => {
  it('lists every problem of a configuration with its place, masks secrets, and exits with 78', async () => {
    const config =
      'models:\n  m: {name: x, type: opnai, api_key: canary-secret-1}\ndefault_model: n\nsurprise: 1\nserver:\n  port: canary\n';
    const { code, output } = await runParley(['check-config'], { config });
    expect(code).toBe(78);
    expect(output).toMatch(/parley\.yaml:2:\d+: models\.m\.type: /);
    expect(output).toMatch(/parley\.yaml:4:\d+: surprise: /);
    expect(output).toMatch(/parley\.yaml:6:\d+: server\.port: /);
    expect(output).not.toContain('canary-secret-1');
    const json = await runParley(['check-config', '--json'], { config });
    expect(json.code).toBe(78);
    expect(JSON.parse(json.output)).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([expect.stringMatching(/surprise/)]),
    });
  });

  it('finds in one go all that the server would refuse later: keys, doors, evaluators, plugins, files', async () => {
    const config = `models:
  mine: {name: mine, type: demo}
  soon: {name: soon.gguf, type: local}
evaluators:
  - {type: rule_based, config: {max_turn_number: 0, surprise: 1}}
  - type: llm
    model: mine
    config:
      dimensions:
        - goal
        - {name: wit}
auth: {allow_anonymous: false}
server: {host: 0.0.0.0}
logging: {file_path: parley.yaml/x.log}
`;
    const bad = [
      /parley\.yaml:5:33: evaluators\[0\]\.config\.max_turn_number: must be a whole number from 1$/m,
      /parley\.yaml:5:53: evaluators\[0\]\.config\.surprise: is not known; there are max_turn_number, max_stale_turn$/m,
      /parley\.yaml:11:11: evaluators\[1\]\.config\.dimensions\[1\]\.range: is missing: \[low, high\]$/m,
      /parley\.yaml:13:10: server\.host: without API keys the server starts on a loopback address only/m,
      /parley\.yaml:14:11: logging\.file_path: .*x\.log cannot be made: .*parley\.yaml is no folder$/m,
    ];
    const checked = await runParley(['check-config'], { config });
    expect(checked.code).toBe(78);
    for (const pattern of bad) expect(checked.output).toMatch(pattern);
    expect(checked.output).toMatch(/warning: parley\.yaml:3:3: models\.soon: cannot be used: .*local/);
    const json = await runParley(['check-config', '--json'], { config });
    expect(JSON.parse(json.output)).toMatchObject({
      ok: false,
      problems: expect.any(Array),
      warnings: [expect.any(String)],
    });
  });

  it('finds what is wrong in a key file, by line, and shows no key', async () => {
    const files = { 'keys.yaml': '- {name: a, key: canary-1}\n- {name: b}\n- {name: a, key: canary-2}\n' };
    const config = 'auth: {keys_file: keys.yaml}\nserver: {host: 0.0.0.0}\n';
    for (const args of [['check-config'], ['serve', '--port', '0']]) {
      const { code, output } = await runParley(args, { config, files });
      expect(code).toBe(78);
      expect(output).toMatch(/keys\.yaml:2: must have a name and a key/);
      expect(output).toMatch(/keys\.yaml:3: the name "a" is given twice/);
      expect(output).not.toContain('canary');
    }
  });

  it('warns of keys that can be guessed, without showing them, and of tools that agents do without', async () => {
    const config = `auth:
  keys:
    - {name: short, key: canary-1}
    - {name: plain, key: aaaaaaaabbbbbbbb}
    - {name: good, key: 8b2f6c1e9d3a7f50}
  keys_file: keys.txt
agents:
  flyer: {tools: [calculate, fly, web__search]}
`;
    const files = { 'keys.txt': 'filed:canary-2\n' };
    const env = { PARLEY_API_KEYS: 'canary-3' };
    const there = 'there are get_weather, calculate, get_time, search_web, get_stock_price';
    const warned = [
      'PARLEY_API_KEYS: the key of "default" is shorter than 16 characters, so that it can be guessed',
      'parley.yaml:3:21: auth.keys[0].key: is shorter than 16 characters, so that it can be guessed',
      'parley.yaml:4:21: auth.keys[1].key: has too few different characters, so that it can be guessed',
      'keys.txt:1: the key of "filed" is shorter than 16 characters, so that it can be guessed',
      `parley.yaml:8:30: agents.flyer.tools[1]: there is no tool "fly": the agent goes without it; ${there}`,
      `parley.yaml:8:35: agents.flyer.tools[2]: there is no MCP server "web" that could bring the tool "web__search"`,
    ];
    const checked = await runParley(['check-config'], { config, files, env });
    expect(checked.code).toBe(0);
    for (const line of warned) expect(checked.output).toContain(line);
    const server = await startServer({ config, files, env });
    const shown = server.output().replaceAll('\\"', '"');
    for (const line of warned) expect(shown).toContain(line);
    for (const output of [checked.output, server.output()]) {
      expect(output).not.toMatch(/canary|aaaabbbb|auth\.keys\[2\]/);
    }
    await server.stop();
  });

  it('serves no configuration whose evaluators are wrong, and says where', async () => {
    const config = 'evaluators:\n  - type: rule_based\n    config:\n      max_turns: 3\n';
    const { code, output } = await runParley(['serve', '--port', '0'], { config });
    expect(code).toBe(78);
    expect(output).toMatch(
      /parley\.yaml:4:7: evaluators\[0\]\.config\.max_turns: is not known; there are max_turn_number/,
    );
  });

  it('refuses to serve a bad configuration with the same list', async () => {
    const { code, output } = await runParley(['serve'], { config: 'modells: {}\n' });
    expect([code, output]).toEqual([78, expect.stringMatching(/parley\.yaml:1:1: modells: /)]);
  });

  it('takes options before or after the command, and says how it is used', async () => {
    const config = 'evaluators: []\n';
    expect(await runParley(['--json', 'check-config'], { config })).toMatchObject({ code: 2 });
    const server = await startServer({ args: [], env: { PORT: '0' } });
    const { port } = new URL(server.url);
    for (const args of [
      ['check-health', '--port', port],
      ['--port', port, 'check-health'],
    ]) {
      const ready = await until(
        () => runParley(args),
        ({ code }) => code === 0,
      );
      expect(ready).toMatchObject({ code: 0, output: expect.stringContaining('is ready') });
    }
    await server.stop();
    expect(await runParley(['check-health', '--port', port])).toMatchObject({
      code: 1,
      output: expect.stringContaining('is not ready'),
    });
    expect(await runParley(['--help'])).toMatchObject({ code: 0, output: expect.stringContaining('Usage: parley') });
    expect((await runParley(['nonsense'])).code).toBe(2);
  });

  it('says once what keeps it from starting, and what to do', async () => {
    const server = await startServer();
    const { port } = new URL(server.url);
    const env = { PARLEY_ALLOW_ANONYMOUS: '1' };
    const serve = ['serve', '--host'];
    const cases: readonly (readonly [readonly string[], Readonly<Record<string, string>>, number, string])[] = [
      [
        [...serve, '127.0.0.1', '--port', port],
        {},
        1,
        `cannot listen on 127.0.0.1:${port} (EADDRINUSE): another program`,
      ],
      [
        [...serve, '192.0.2.1', '--port', '0'],
        env,
        1,
        'cannot listen on 192.0.2.1 (EADDRNOTAVAIL): this machine has no',
      ],
      [
        ['serve', '--port', '0'],
        { PARLEY_DATA_DIR: server.dataDir },
        78,
        `the data folder ${server.dataDir} is in use by`,
      ],
    ];
    for (const [args, more, expected, reason] of cases) {
      const { code, output } = await runParley(args, { env: more });
      expect([code, output.split(reason).length - 1, output]).toEqual([
        expected,
        1,
        expect.stringContaining('parley: '),
      ]);
      expect(output).not.toMatch(/"level":"error"/);
    }
  });

  it('shows a demo in under ten seconds, without a network, whatever keys are set, and judges it', async () => {
    const before = performance.now();
    await runParley(['--help']);
    const started = performance.now();
    // Longer where the least of commands, half a second else, takes longer too.
    const most = 10_000 * Math.max(1, (started - before) / 500);
    const env = { OPENAI_API_KEY: 'sk-canary', OPENAI_BASE_URL: 'http://127.0.0.1:1' };
    const { code, output } = await runParley(['demo'], { env });
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(most);
    expect(output).toMatch(/── turn 1 ─[\s\S]*── turn 2 ─/);
    expect(output).toMatch(/completed \((left|max_turns)\)/);
    for (const dimension of [
      'believability',
      'relationship',
      'knowledge',
      'secret',
      'social_rules',
      'financial_and_material_benefits',
      'goal',
    ]) {
      expect(output).toMatch(new RegExp(`^${dimension} +-?\\d+\\.\\d +-?\\d+\\.\\d$`, 'm'));
    }
    const json = await runParley(['demo', '--json', '--turns', '2', '--agents', 'Ann', 'Ben', 'Cleo', '--seed', '1']);
    expect(JSON.parse(json.output)).toMatchObject({ status: 'completed', agent_count: 3, turn_count: 2 });
  }, 120_000);
});
