import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { api, startConversation } from '../support/api.js';
import { sendRaw, type RawAnswer } from '../support/raw.js';
import { runParley, startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';

const MODELS = 'models: {demo: {name: demo, type: demo}}\nevaluators: []\n';
const KEYS = { PARLEY_API_KEYS: 'team-a:key-of-team-a,team-b:key-of-team-b,team-c:key-of-team-c' };
const A = { 'x-api-key': 'key-of-team-a' };
const B = { 'x-api-key': 'key-of-team-b' };
const C = { 'x-api-key': 'key-of-team-c' };
const ALLOWED = 'https://good.example';
/** Waits for a person, and so runs until it is cancelled. */
const LASTING = { agent_configs: [{ name: 'A', type: 'human' }, { name: 'B' }], max_turns: 5 };

/** With the limits that are there unless others are set. */
let usual: RunningServer;
/** On this machine, without keys. */
let open: RunningServer;

beforeAll(async () => {
  [usual, open] = await Promise.all([
    startServer({ config: `${MODELS}server: {cors_origins: ["${ALLOWED}"]}`, env: KEYS }),
    startServer({ config: `${MODELS}limits: {running_runs_per_key: 1, streams_per_key: 1}` }),
  ]);
}, 120_000);

afterAll(stopAllServers);

function get(server: RunningServer, path: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  return sendRaw(server.url, { path, headers });
}

/** Asks until an answer is as wanted: for what the server notices in its own time. */
async function until(ask: () => Promise<RawAnswer>, status: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  let last = 0;
  while (Date.now() < deadline) {
    last = (await ask()).status;
    if (last === status) return;
    await pause(100);
  }
  throw new Error(`answered ${last}, not ${status}`);
}

describe('requests of a key', () => {
  it('are counted in every answer, and refused with a time to wait beyond the limit', async () => {
    const server = await startServer({ config: `${MODELS}limits: {requests_per_minute: 60}`, env: KEYS });
    const began = performance.now();
    const first = await get(server, '/models', A);
    expect(first.headers).toMatchObject({
      'ratelimit-limit': '60',
      'ratelimit-remaining': '59',
      'ratelimit-reset': '1',
      'x-ratelimit-limit': '60',
      'x-ratelimit-remaining': '59',
      'x-ratelimit-reset': '1',
    });
    const second = await get(server, '/nowhere', A);
    const third = await get(server, '/health', A);
    const left = [second, third].map(({ headers }) => Number(headers['ratelimit-remaining']));
    // One comes back each second.
    const back = Math.floor((performance.now() - began) / 1_000);
    for (const [index, remaining] of left.entries()) {
      expect(remaining).toBeGreaterThanOrEqual(58 - index);
      expect(remaining).toBeLessThanOrEqual(58 - index + back);
    }
    expect((await get(server, '/health')).headers['ratelimit-limit']).toBeUndefined();
    const answers = await Promise.all(Array.from({ length: 120 }, () => get(server, '/models', A)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(5);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(50);
    expect(refused[0]?.body).toMatchObject({ code: 'rate_limited', retryable: true, status: 429 });
    expect(refused[0]?.headers).toMatchObject({ 'retry-after': '1', 'ratelimit-remaining': '0' });
    expect((await get(server, '/models', B)).headers['ratelimit-remaining']).toBe('59');
    await until(() => get(server, '/models', A), 200);
    await server.stop();
  });

  it('are 600 a minute, unless it is this machine without keys', async () => {
    expect((await get(usual, '/models', A)).headers['ratelimit-limit']).toBe('600');
    const answers = await Promise.all(Array.from({ length: 700 }, () => get(open, '/models')));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers[0]?.headers['ratelimit-limit']).toBeUndefined();
  });

  it('are counted by address where everybody is let in from elsewhere', async () => {
    const env = { PARLEY_ALLOW_ANONYMOUS: '1' };
    const config = `${MODELS}limits: {requests_per_minute: 5}`;
    const server = await startServer({ config, args: ['--host', '0.0.0.0'], env });
    const url = server.url.replace('0.0.0.0', '127.0.0.1');
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) statuses.push((await sendRaw(url, { path: '/models' })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect((await sendRaw(url, { path: '/health/live' })).status).toBe(200);
    await server.stop();
  });
});

it('S06: many wrong keys from an address are answered 429, and right ones from it still work', async () => {
  /** Guesses until there were too many. How many that are grows with the time it takes: some come back each second. */
  const guess = async (headers: (n: number) => Readonly<Record<string, string>>): Promise<[number, RawAnswer]> => {
    for (let n = 0; n < 1_000; n++) {
      const answer = await get(usual, '/conversations', headers(n));
      if (answer.status !== 403) return [n, answer];
    }
    throw new Error('no guess was too many');
  };
  const [guesses] = await guess((n) => ({ 'x-api-key': `guess-${n}` }));
  expect(guesses).toBeGreaterThanOrEqual(100);
  const [others, refused] = await guess(() => ({ authorization: 'Bearer another-guess' }));
  expect(others).toBeLessThan(50);
  expect([refused.status, refused.body['code']]).toEqual([429, 'rate_limited']);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await get(usual, '/models', B)).status).toBe(200);
  expect((await get(usual, '/models')).status).toBe(401);
  expect(usual.output()).not.toMatch(/guess-|another-guess/);
});

describe('what a key has at once', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({ config: `${MODELS}limits: {running_runs_per_key: 2, streams_per_key: 2}`, env: KEYS });
  });

  it('is so many runs: more are 429 until one ends, other keys go on', async () => {
    const start = (key: Readonly<Record<string, string>>): ReturnType<typeof api> =>
      api(`${server.url}/conversations`, 'POST', LASTING, key);
    const first = await start(A);
    expect([first.status, (await start(A)).status]).toEqual([202, 202]);
    const third = await start(A);
    expect([third.status, third.body['code'], third.headers.get('retry-after')]).toEqual([429, 'too_many_runs', '5']);
    expect((await start(B)).status).toBe(202);
    const id = String(first.body['conversation_id']);
    expect((await api(`${server.url}/conversations/${id}/cancel`, 'POST', {}, A)).status).toBe(200);
    await api(`${server.url}/conversations/${id}/events`, 'GET', undefined, { ...A, accept: 'application/json' });
    await until(async () => {
      const { status } = await start(A);
      return { status, headers: {}, text: '', body: {} };
    }, 202);
  });

  it('is so many streams, refused before their first byte', async () => {
    const made = await api(`${server.url}/conversations`, 'POST', LASTING, C);
    const events = `/conversations/${String(made.body['conversation_id'])}/events`;
    const leave = new AbortController();
    const follow = (signal?: AbortSignal): Promise<Response> =>
      fetch(`${server.url}${events}`, { headers: C, ...(signal === undefined ? {} : { signal }) });
    await follow(leave.signal);
    const second = await follow();
    const third = await follow();
    expect([second.status, third.status, third.headers.get('content-type')]).toEqual([
      200,
      429,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await third.json()).toMatchObject({ code: 'rate_limited' });
    leave.abort();
    await until(async () => {
      const { status, body } = await follow();
      await body?.cancel();
      return { status, headers: {}, text: '', body: {} };
    }, 200);
  });

  it('is not limited on this machine without keys', async () => {
    const ids = [await startConversation(open.url, LASTING), await startConversation(open.url, LASTING)];
    for (const id of [...ids, ...ids]) {
      const stream = await fetch(`${open.url}/conversations/${id}/events`);
      expect(stream.status).toBe(200);
    }
  });
});

describe('S12: pages', () => {
  const FOREIGN = [
    'https://evil.example',
    'null',
    'https://good.example.evil.com',
    'https://evilgood.example',
    'http://good.example',
    'https://good.example:8443',
    'https://good.example/',
    'https://GOOD.example',
    'https://sub.good.example',
    'http://localhost:3000',
  ];

  it('of a listed origin may read, with a preflight that needs no key; others get nothing', async () => {
    const preflight = (origin: string): Promise<RawAnswer> =>
      sendRaw(usual.url, {
        method: 'OPTIONS',
        path: '/conversations',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
      });
    const good = await preflight(ALLOWED);
    expect([good.status, good.text, good.headers['access-control-allow-origin']]).toEqual([204, '', ALLOWED]);
    expect(good.headers['access-control-allow-headers']).toMatch(/X-API-Key.*Idempotency-Key.*Last-Event-ID/);
    expect(good.headers['access-control-allow-methods']).toContain('DELETE');
    for (const origin of FOREIGN) {
      const bad = await preflight(origin);
      expect([origin, bad.status, corsHeaders(bad)]).toEqual([origin, 401, []]);
      const answer = await get(usual, '/models', { ...A, origin });
      expect([origin, answer.status, corsHeaders(answer)]).toEqual([origin, 200, []]);
    }
    const answer = await get(usual, '/models', { ...A, origin: ALLOWED });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ALLOWED,
      vary: expect.stringMatching(/Origin/),
    });
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    for (const name of ['X-Conversation-Id', 'X-Run-Id', 'Location', 'RateLimit-Remaining', 'Retry-After'])
      expect(answer.headers['access-control-expose-headers']).toContain(name);
    const refused = await get(usual, '/models', { origin: ALLOWED });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, ALLOWED]);
  });

  it('of this machine may, where none is listed; foreign ones cannot act without a key', async () => {
    const post = (headers: Readonly<Record<string, string>>): Promise<RawAnswer> =>
      sendRaw(open.url, {
        method: 'POST',
        path: '/conversations',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ agent_configs: [{ name: 'A' }], max_turns: 1 }),
      });
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1:5173', open.url, 'http://[::1]:80']) {
      const answer = await get(open, '/models', { origin });
      const own = new URL(origin).origin === origin;
      expect([origin, corsHeaders(answer).length > 0]).toEqual([origin, own]);
      expect((await post({ origin: new URL(origin).origin })).status).toBe(202);
    }
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'http://127.0.0.1.nip.io']) {
      const read = await get(open, '/models', { origin });
      expect([origin, read.status, corsHeaders(read)]).toEqual([origin, 200, []]);
      const acted = await post({ origin });
      expect([origin, acted.status, acted.body['code']]).toEqual([origin, 403, 'forbidden']);
      expect((await get(open, '/models', { origin, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    }
    expect((await get(open, '/models', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await get(open, '/models', { 'sec-fetch-site': 'none' })).status).toBe(200);
    expect((await get(open, '/health', { 'sec-fetch-site': 'cross-site' })).status).toBe(200);
    expect((await post({})).status).toBe(202);
  });

  it('of every origin may, when that is asked for', async () => {
    const server = await startServer({ config: `${MODELS}server: {cors_origins: ["*"]}` });
    const answer = await get(server, '/models', { origin: 'https://any.example' });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    await server.stop();
  });
});

function corsHeaders({ headers }: RawAnswer): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control'));
}

describe('a key file', () => {
  const LIST = (keys: string): string => `# people\n${keys}`;

  it('is read at the start and again when it changes; the last good keys stay', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'keys.yaml');
    const write = async (text: string): Promise<void> => {
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    };
    await write(LIST('- {name: ann, key: secret-of-ann}\n- {name: bob, key: secret-of-bob, scopes: [admin]}\n'));
    // The file alone is enough to serve beyond this machine.
    const config = `${MODELS}auth: {keys_file: "${path}"}`;
    const server = await startServer({ config, args: ['--host', '0.0.0.0'] });
    const url = server.url.replace('0.0.0.0', '127.0.0.1');
    const ask = (key: string, of = '/models'): Promise<RawAnswer> =>
      sendRaw(url, { path: of, headers: { 'x-api-key': key } });
    expect([(await ask('secret-of-ann')).status, (await sendRaw(url, { path: '/models' })).status]).toEqual([200, 401]);
    expect([(await ask('secret-of-bob')).status, (await ask('secret-of-bob', '/config')).status]).toEqual([403, 200]);
    expect(server.output()).not.toContain('everybody');

    const soon = new Date(Date.now() + 8_000).toISOString();
    await write(LIST(`- {name: cleo, key: secret-of-cleo, expires: "${soon}"}\n`));
    await until(() => ask('secret-of-cleo'), 200);
    expect((await ask('secret-of-ann')).status).toBe(403);
    await until(() => ask('secret-of-cleo'), 403);

    await write('dan:secret-of-dan\n# comment\nsecret-alone\n');
    await until(async () => {
      const said = /keys\.yaml:3: must be name:key/.test(server.output());
      return { status: said ? 200 : 0, headers: {}, text: '', body: {} };
    }, 200);
    expect((await ask('secret-of-dan')).status).toBe(403);
    await write('dan:secret-of-dan\n');
    await until(() => ask('secret-of-dan'), 200);
    await rm(path);
    await pause(1_500);
    expect((await ask('secret-of-dan')).status).toBe(200);
    await write('[]\n');
    await until(() => ask('secret-of-dan'), 403);
    expect((await sendRaw(url, { path: '/models' })).status).toBe(401);
    await write('[{"name": "eve", "key": "secret-of-eve"}]');
    await chmod(path, 0o644);
    await until(() => ask('secret-of-eve'), 200);
    expect(server.output()).toContain('can be read by everybody on this machine');
    expect(server.output()).not.toMatch(/secret-(of-\w+|alone)/);
    await server.stop();
  }, 120_000);

  it.each([
    [
      'lines',
      'ann:secret-1\nsecret-2\n:secret-3\nbob:\nann:secret-4\n',
      /:2: .*\n.*:3: .*\n.*:4: .*\n.*:5: .*"ann".*twice/,
    ],
    [
      'a list',
      '- {name: a b, key: secret-1}\n- name: c\n- {name: d, key: secret-2, secret-3: x}\n',
      /:1: .*\n.*:2: .*\n.*:3: /,
    ],
    [
      'scopes and times',
      '- {name: a, key: secret-1, scopes: [root]}\n- {name: b, key: secret-2, expires: soon}',
      /:1: scopes.*\n.*:2: expires/,
    ],
    ['numbers', '- {name: a, key: 123456}\n', /:1: .*texts/],
    ['no YAML', '- {name: a, key: "secret-1}\n', /:\d: is neither YAML nor JSON/],
    ['nothing', '\n', /:1: the file is empty/],
  ])('that is wrong stops the start, named by line: %s', async (_name, text, message) => {
    const path = join(await temporaryFolder(), 'keys.txt');
    await writeFile(path, text, { mode: 0o600 });
    const ended = await runParley(['serve', '--port', '0'], { config: `${MODELS}auth: {keys_file: "${path}"}` });
    expect([ended.code, ended.output]).toEqual([78, expect.stringMatching(message)]);
    expect(ended.output).not.toMatch(/secret-\d|123456/);
  });

  it('that is not there stops the start', async () => {
    const ended = await runParley(['serve', '--port', '0'], { config: `${MODELS}auth: {keys_file: /nowhere/keys}` });
    expect([ended.code, ended.output]).toEqual([78, expect.stringContaining('/nowhere/keys cannot be read (ENOENT)')]);
  });
});

describe('names and keys that clash', () => {
  it.each([
    [
      'a name in two sources',
      'ann:secret-1',
      'ann:secret-2\n',
      '"ann" names a key in the configuration and in the key file',
    ],
    ['a name for two keys', 'ann:secret-1,ann:secret-2', 'bob:secret-3\n', '"ann" names more than one key'],
    ['a key of two names', 'ann:secret-1', 'bob:secret-1\n', '"ann" and "bob" have the same key'],
    [
      'a key of two names in a file',
      'ann:secret-1',
      'bob:secret-2\ncleo:secret-2\n',
      '"bob" and "cleo" have the same key',
    ],
  ])('stop the start: %s', async (_name, PARLEY_API_KEYS, text, message) => {
    const path = join(await temporaryFolder(), 'keys');
    await writeFile(path, text, { mode: 0o600 });
    const config = `${MODELS}auth: {keys_file: "${path}"}`;
    const ended = await runParley(['serve', '--port', '0'], { config, env: { PARLEY_API_KEYS } });
    expect([ended.code, ended.output]).toEqual([78, expect.stringContaining(message)]);
    expect(ended.output).not.toMatch(/secret-\d/);
  });
});

it('a base path may be left on by a proxy', async () => {
  const server = await startServer({ config: `${MODELS}server: {base_path: /parley}`, env: KEYS });
  const { origin } = new URL(server.url);
  for (const prefix of ['', '/parley']) {
    expect((await sendRaw(origin, { path: `${prefix}/health/live` })).status).toBe(200);
    expect((await sendRaw(origin, { path: `${prefix}/models` })).status).toBe(401);
    expect((await sendRaw(origin, { path: `${prefix}/models?x=1`, headers: A })).status).toBe(200);
  }
  expect((await sendRaw(origin, { path: '/parleyhealth', headers: A })).status).toBe(404);
  await server.stop();
});

it('S08: no key shows in what the server prints, wherever it was sent', async () => {
  const keys = ['key-of-team-a', 'key/of+team-b==', 'wrong-key-0123456789'];
  const env = { PARLEY_API_KEYS: `team-a:${keys[0]},team-b:${keys[1]}` };
  const server = await startServer({ config: MODELS, args: ['--verbose'], env });
  for (const key of keys) {
    const coded = encodeURIComponent(key);
    const header = { 'x-api-key': 'key-of-team-a' };
    for (const path of ['/models', '/nowhere', '/conversations/x', '/conversations']) {
      await get(server, `${path}?x_api_key=${coded}&api_key=${coded}&key=${key}`);
      await get(server, path, { 'x-api-key': key });
      await get(server, path, { authorization: `Bearer ${key}`, cookie: `key=${key}`, 'x-request-id': key });
    }
    await sendRaw(server.url, {
      method: 'PUT',
      path: '/models',
      headers: { ...header, 'idempotency-key': `${key} x` },
    });
    await sendRaw(server.url, { method: 'POST', path: '/conversations', headers: header, body: key });
  }
  // A key of the server's own is known, wherever it stands.
  const own = { 'x-api-key': 'key-of-team-a' };
  await get(server, '/conversations/key-of-team-a/events', own);
  await get(server, '/models/key-of-team-a', own);
  await api(`${server.url}/conversations`, 'POST', { agent_configs: [{ name: 'A' }], model_name: keys[1] }, own);
  await server.stop();
  const output = server.output();
  expect(output).toContain('"code":"not_found"');
  for (const key of keys) expect(output).not.toContain(key);
});
