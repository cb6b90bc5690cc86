import { afterAll, describe, expect, it } from '@jest/globals';
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
      expect(await runParley(args)).toMatchObject({ code: 0, output: expect.stringContaining('is ready') });
    }
    await server.stop();
    expect(await runParley(['check-health', '--port', port])).toMatchObject({
      code: 1,
      output: expect.stringContaining('is not ready'),
    });
    expect(await runParley(['--help'])).toMatchObject({ code: 0, output: expect.stringContaining('Usage: parley') });
    expect((await runParley(['nonsense'])).code).toBe(2);
  });

  it('says what to do when the port is taken', async () => {
    const server = await startServer();
    const { port } = new URL(server.url);
    const { code, output } = await runParley(['serve', '--port', port]);
    expect([code, output]).toEqual([1, expect.stringContaining('set another --host or --port')]);
  });

  it('shows a demo in under ten seconds, without a network, whatever keys are set, and judges it', async () => {
    const started = performance.now();
    const env = { OPENAI_API_KEY: 'sk-canary', OPENAI_BASE_URL: 'http://127.0.0.1:1' };
    const { code, output } = await runParley(['demo'], { env });
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(10_000);
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
  }, 60_000);
});
