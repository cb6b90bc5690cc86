import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../support/api.js';
import { runParley, startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';
import { WsClient } from '../support/ws-client.js';
import { VaultDouble, type VaultFault } from '../support/vault/vault-double.js';

const DEMO = 'models: {demo: {name: demo, type: demo}}\n';
/** How soon a server that refreshes every second has to know. */
const SOON_MS = 45_000;

let vault: VaultDouble;

beforeAll(async () => {
  vault = await VaultDouble.start();
});

afterEach(() => vault.recover());

afterAll(async () => {
  await stopAllServers();
  await vault.stop();
});

function configFor(rest: string): string {
  return `${rest.includes('models:') ? '' : DEMO}evaluators: []\n${rest.replaceAll('VAULT', `key_vault_url: "${vault.url}", refresh_seconds: 1`)}`;
}

async function status(server: RunningServer, key: string, path = '/models'): Promise<number> {
  return (await api(`${server.url}${path}`, 'GET', undefined, { 'x-api-key': key })).status;
}

/** Waits until a key is answered like this; looks again whenever the vault was asked. */
async function until(server: RunningServer, key: string, wanted: number): Promise<void> {
  const end = Date.now() + SOON_MS;
  for (;;) {
    const seen = await status(server, key);
    if (seen === wanted) return;
    if (Date.now() > end) throw new Error(`${key} is answered ${seen}, not ${wanted}:\n${server.output()}`);
    await vault.nextRequest();
  }
}

/** Waits until the server said something. */
async function untilSaid(server: RunningServer, message: RegExp): Promise<void> {
  const end = Date.now() + SOON_MS;
  while (!message.test(server.output().replaceAll('\\"', '"'))) {
    if (Date.now() > end) throw new Error(`it was not said (${message}):\n${server.output()}`);
    await vault.nextRequest();
  }
}

/** Reads a stream until it is over, and says how it ended. */
async function untilCut(response: Response): Promise<{ readonly text: string; readonly cut: boolean }> {
  let text = '';
  try {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    return { text, cut: false };
  } catch {
    return { text, cut: true };
  }
}

describe('keys from a vault', () => {
  let server: RunningServer;
  let first: string;

  beforeAll(async () => {
    first = vault.set('main-key', 'vault-main-1\n');
    vault.set('parley-ann', 'vault-ann-1');
    vault.set('parley-file', '{"name": "bob", "key": "vault-bob-1", "scopes": ["chat"]}');
    vault.set(
      'parley-more',
      '[{"name": "cleo", "key": "vault-cleo-1"}, {"key": "vault-more-1", "expires": "2020-01-01"}]',
    );
    vault.set('other-key', 'vault-other-1');
    vault.set('ci-key', '{"key": "vault-ci-1", "scopes": ["chat", "admin"]}');
    server = await startServer({
      config: configFor(
        'azure: {VAULT, api_key_secret_name: main-key, api_key_secret_prefix: parley-}\nauth: {keys: [{name: ci, secret: ci-key, scopes: [chat]}]}\n',
      ),
      env: vault.env,
    });
  });

  it('are those of the named secrets and of all that have the prefix, plain or in JSON, with their limits', async () => {
    const keys = ['main', 'ann', 'bob', 'cleo', 'more', 'other', 'ci'].map((name) => `vault-${name}-1`);
    expect(await Promise.all(keys.map((key) => status(server, key)))).toEqual([200, 200, 200, 200, 403, 403, 200]);
    expect(await Promise.all(keys.map((key) => status(server, key, '/config')))).toEqual([
      200, 200, 403, 200, 403, 403, 403,
    ]);
    expect((await api(`${server.url}/models`)).status).toBe(401);
    expect(vault.requests.some((line) => line.startsWith('GET /secrets/other-key'))).toBe(false);
  });

  it('are named: what one makes belongs to its name, whichever version it was made with', async () => {
    const body = { agent_configs: [{ name: 'A', goal: 'g' }], max_turns: 1 };
    const made = await api(`${server.url}/conversations`, 'POST', body, { 'x-api-key': 'vault-main-1' });
    const path = `/conversations/${String(made.body['conversation_id'])}`;
    vault.set('main-key', 'vault-main-2');
    await until(server, 'vault-main-2', 200);
    expect(await status(server, 'vault-main-1', path)).toBe(200);
    expect(await status(server, 'vault-main-2', path)).toBe(200);
    expect(await status(server, 'vault-ann-1', path)).toBe(404);
  });

  it('S03: die with their version at the next refresh, on open streams too; the others live on', async () => {
    const body = { agent_configs: [{ name: 'A', goal: 'g' }], max_turns: 1 };
    const made = await api(`${server.url}/conversations`, 'POST', body, { 'x-api-key': 'vault-main-1' });
    const open = (key: string): Promise<Response> =>
      fetch(`${server.url}/conversations/${String(made.body['conversation_id'])}/events?follow=true&projection=chat`, {
        headers: { 'x-api-key': key, accept: 'text/event-stream' },
      });
    const [old, current] = await Promise.all([open('vault-main-1'), open('vault-main-2')]);
    const socket = await WsClient.open(server.url, '/ws', { headers: { 'x-api-key': 'vault-main-1' } });
    vault.update('main-key', first, { enabled: false });
    const seen = await untilCut(old);
    expect(seen.text).toContain('"error_code":"forbidden"');
    expect(seen.text.endsWith('\n\n')).toBe(true);
    expect(seen.cut).toBe(true);
    expect((await socket.closed).code).toBe(4401);
    expect([await status(server, 'vault-main-1'), await status(server, 'vault-main-2')]).toEqual([403, 200]);
    // The other stream is still open: it goes on to the end of the server.
    await current.body?.cancel();
  });

  it('die when a secret is deleted, and when a version expires while the vault is gone', async () => {
    vault.remove('parley-ann');
    await until(server, 'vault-ann-1', 403);
    const id = vault.set('parley-ann', 'vault-ann-2');
    await until(server, 'vault-ann-2', 200);
    const soon = Math.ceil(Date.now() / 1000) + 4;
    vault.update('parley-ann', id, { exp: soon });
    // The first of two listings may have been on its way before.
    const asked = vault.requests.length;
    const listings = (): number =>
      vault.requests.slice(asked).filter((line) => line === 'GET /secrets/parley-ann/versions 200').length;
    while (listings() < 2) await vault.nextRequest();
    vault.fail({ status: 503 });
    await until(server, 'vault-ann-2', 403);
    expect(Date.now()).toBeGreaterThanOrEqual(soon * 1000);
  });

  it.each<[string, VaultFault, RegExp]>([
    [
      'refuses',
      { status: 403 },
      /"main-key" cannot be read from the vault .*: it refuses \(403\): .*Key Vault Secrets User/,
    ],
    ['is asked too often', { status: 429, retryAfter: 0 }, /"main-key" cannot be read .* asked too often \(429\)/],
    ['is out of order', { status: 500 }, /"main-key" cannot be read .* is failing \(500\)/],
    ['hangs', 'hang', /"main-key" cannot be read .* does not answer in time/],
    ['breaks off', 'reset', /"main-key" cannot be read .* cannot be reached \(ECONNRESET\)/],
  ])(
    'P20: stay while the vault %s, and change again when it is back',
    async (name, fault, message) => {
      vault.fail(fault);
      await untilSaid(server, message);
      const key = `vault-new-${name.replaceAll(' ', '-')}`;
      const id = vault.set('main-key', key);
      expect([await status(server, 'vault-main-2'), await status(server, key)]).toEqual([200, 403]);
      vault.recover();
      await until(server, key, 200);
      vault.update('main-key', id, { enabled: false });
      await until(server, key, 403);
    },
    120_000,
  );

  it('a version that is no key is told of, and the others stay', async () => {
    const wrong = vault.set('main-key', '{"key": "vault-wrong-1", "scopes": "chat"}');
    await untilSaid(server, /"main-key" \(version \w+\) must have scopes/);
    expect(await status(server, 'vault-main-2')).toBe(200);
    vault.update('main-key', wrong, { enabled: false });
  });

  it('S08: never show, and neither does what the vault says', async () => {
    expect(server.output()).not.toMatch(/vault-\w+-\d|not to see|header-of-the-identity/);
    expect(server.output()).not.toContain(vault.token);
    expect(await server.stop()).toBe(0);
  });
});

describe('a start without its secrets', () => {
  const MAIN = 'azure: {VAULT, api_key_secret_name: absent}\n';

  it.each<[string, string, () => void, readonly [code: number, message: RegExp]]>([
    ['a secret that is not there', MAIN, () => undefined, [78, /there is no secret "absent" in the vault https:/]],
    [
      'a secret without a valid version',
      MAIN,
      () => {
        vault.set('absent', 'vault-dead-1', { enabled: false });
        vault.set('absent', 'vault-dead-2', { exp: 1_600_000_000 });
        vault.set('absent', 'vault-dead-3', { nbf: 4_000_000_000 });
      },
      [78, /the secret "absent" has no version that is enabled and valid now/],
    ],
    [
      'a secret that is no key',
      MAIN,
      () => vault.set('absent', '{"key": "vault-bad-1", "more": "vault-bad-2"}'),
      [78, /the secret "absent" \(version \w+\) has a field that is not name, key, scopes or expires/],
    ],
    ['a refusal', MAIN, () => vault.fail({ status: 403 }), [78, /"absent" cannot be read .* it refuses \(403\)/]],
    ['a 404', MAIN, () => vault.fail({ status: 404 }), [78, /"absent" cannot be read .* there is no such secret/]],
    ['an outage', MAIN, () => vault.fail({ status: 503 }), [1, /"absent" cannot be read .* is failing \(503\)/]],
    ['throttling', MAIN, () => vault.fail({ status: 429, retryAfter: 0 }), [1, /"absent" cannot be read .* \(429\)/]],
    [
      'a prefix that nothing has',
      'azure: {VAULT, api_key_secret_prefix: nobody-}\n',
      () => undefined,
      [78, /no secret of the vault has a name that begins with "nobody-"/],
    ],
    [
      'a provider key that is not there',
      'azure: {VAULT}\nmodels: {x: {name: x, type: openai, api_key: {secret: absent}}}\n',
      () => undefined,
      [78, /there is no secret "absent" in the vault/],
    ],
  ])('stops with one sentence: %s', async (_name, rest, prepare, [code, message]) => {
    vault.remove('absent');
    prepare();
    const ended = await runParley(['serve', '--port', '0'], { config: configFor(rest), env: vault.env });
    expect([ended.code, ended.output]).toEqual([code, expect.stringMatching(message)]);
    expect(ended.output).not.toMatch(/vault-(?:dead|bad)|not to see/);
  });

  it('stops when no identity is found', async () => {
    vault.set('absent', 'vault-there-1');
    const env = { ...vault.env, AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' };
    const ended = await runParley(['serve', '--port', '0'], { config: configFor(MAIN), env });
    expect([ended.code, ended.output]).toEqual([
      1,
      expect.stringMatching(/no Azure identity was accepted: set AZURE_/),
    ]);
  });

  it('stops when nobody is there: sources without keys do not open the door', async () => {
    const config = `${DEMO}azure: {key_vault_url: "https://localhost:9"}\nauth: {keys: [{name: ann, secret: ann-key}]}\n`;
    const ended = await runParley(['serve', '--port', '0'], { config, env: vault.env });
    expect([ended.code, ended.output]).toEqual([1, expect.stringContaining('cannot be reached (ECONNREFUSED)')]);
    expect(ended.output).not.toContain('everybody');
  });
});

describe('provider keys from a vault', () => {
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream();
  });

  afterAll(() => upstream.close());

  it('reach the provider, and nobody else', async () => {
    vault.set('provider-key', 'vault-provider-0', { enabled: false });
    vault.set('provider-key', 'vault-provider-1');
    vault.set('provider-key', 'vault-provider-2\n');
    const config = configFor(
      `azure: {VAULT}\nmodels: {m: {name: scripted, type: custom, api_base: "${upstream.url}", api_key: {secret: provider-key}}}\n`,
    );
    const server = await startServer({ config, env: vault.env });
    expect(server.output()).toContain('No API keys are configured');
    const body = { agent_configs: [{ name: 'A', goal: 'g' }], max_turns: 1 };
    const made = await api(`${server.url}/conversations`, 'POST', body);
    const events = await fetch(`${server.url}/conversations/${String(made.body['conversation_id'])}/events`);
    const shown = [await events.text(), JSON.stringify((await api(`${server.url}/config`)).body)];
    expect(upstream.calls('scripted')[0]?.headers['authorization']).toBe('Bearer vault-provider-2');
    await server.stop();
    expect([...shown, server.output()].join('\n')).not.toMatch(/vault-provider-\d/);
  });

  it('are used from the next refresh on: another version, none, one again; calls that run and an outage lose nothing', async () => {
    vault.set('rotated', 'vault-rotated-1');
    const base = `type: custom, api_base: "${upstream.url}", api_key: {secret: rotated}`;
    const config = configFor(
      `azure: {VAULT}\nmodels: {m: {name: scripted, ${base}}, twin: {name: echo, ${base}}}\nsystem_prompts: {}\n`,
    );
    const server = await startServer({ config, env: vault.env, args: ['--verbose'] });
    const chat = (model = 'm'): ReturnType<typeof api> =>
      api(`${server.url}/chat`, 'POST', { message: 'Hi', model, reset_history: true });
    const usedBy = (model: string): string | undefined => upstream.calls(model).at(-1)?.headers['authorization'];
    const used = async (key: string): Promise<void> => {
      const end = Date.now() + SOON_MS;
      for (;;) {
        await chat();
        if (usedBy('scripted') === `Bearer ${key}`) return;
        if (Date.now() > end) throw new Error(`the key is still ${usedBy('scripted')}:\n${server.output()}`);
        await vault.nextRequest();
      }
    };
    await used('vault-rotated-1');

    const gate = Promise.withResolvers<void>();
    upstream.script('scripted', [{ text: ['Begun', { until: gate.promise }, ' and ended.'] }]);
    const running = chat();
    await upstream.until((now) => now.open('scripted') > 0);
    upstream.script('scripted', { text: 'Fine.' });
    vault.set('rotated', 'vault-rotated-2');
    await used('vault-rotated-2');
    expect((await chat('twin')).status).toBe(200);
    expect(usedBy('echo')).toBe('Bearer vault-rotated-2');
    gate.resolve();
    expect((await running).body['response']).toBe('Begun and ended.');

    vault.fail({ status: 503 });
    await untilSaid(server, /"rotated" cannot be read .* is failing \(503\)/);
    expect((await chat()).status).toBe(200);
    vault.recover();

    vault.remove('rotated');
    await untilSaid(server, /models cannot be used: their key is gone/);
    const refused = await chat();
    expect([refused.status, refused.body['detail']]).toEqual([
      502,
      expect.stringMatching(/Model "m": there is no secret "rotated" in the vault .*\.$/),
    ]);
    expect((await api(`${server.url}/models/twin`)).body).toMatchObject({ healthy: false });
    vault.set('rotated', 'vault-rotated-3');
    await used('vault-rotated-3');
    expect((await api(`${server.url}/models/m`)).body).toMatchObject({ healthy: true });
    expect(server.output()).not.toMatch(/vault-rotated-\d/);
    await server.stop();
  }, 120_000);
});
