import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { api } from '../support/api.js';
import { runParley, startServer, stopAllServers, type RunningServer } from '../support/server.js';

const KEYS = { PARLEY_API_KEYS: 'team-a:key-of-team-a,team-b:key-of-team-b' };
const CONFIG =
  'models:\n  demo: {name: demo, type: demo}\nevaluators: []\nauth:\n  keys:\n    - {name: viewer, key: key-of-viewer, scopes: [chat]}\n    - {name: past, key: key-of-past, expires: 2020-01-01T00:00:00Z}\nlimits: {wrong_keys_per_minute: 10000}\n';
const BODY = { agent_configs: [{ name: 'A', goal: 'g' }], max_turns: 1 };

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ config: CONFIG, env: KEYS });
});

afterAll(stopAllServers);

/** A request whose path is sent exactly as written. */
function raw(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject).end();
  });
}

describe('keys', () => {
  it('let in who has one, by either header, and name the tenant: others do not see what it made', async () => {
    const made = await api(`${server.url}/conversations`, 'POST', BODY, { 'x-api-key': 'key-of-team-a' });
    expect(made.status).toBe(202);
    const id = String(made.body['conversation_id']);
    expect(
      (await api(`${server.url}/conversations/${id}`, 'GET', undefined, { authorization: 'Bearer key-of-team-a' }))
        .status,
    ).toBe(200);
    const theirs = { 'x-api-key': 'key-of-team-b' };
    const foreign = await api(`${server.url}/conversations/${id}`, 'GET', undefined, theirs);
    const unknown = await api(
      `${server.url}/conversations/${id.replace(/.$/, (c) => (c === '0' ? '1' : '0'))}`,
      'GET',
      undefined,
      theirs,
    );
    expect(foreign.status).toBe(404);
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
    expect((await api(`${server.url}/conversations`, 'GET', undefined, theirs)).body['conversations']).toEqual([]);
    for (const [method, path] of [
      ['GET', `/events`],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const) {
      expect((await api(`${server.url}/conversations/${id}${path}`, method, undefined, theirs)).status).toBe(404);
    }
  });

  it('are asked for on every form of every path: 401 without one, 403 with a wrong one', async () => {
    const forms = [
      '/conversations',
      '//conversations',
      '/conversations/',
      '/CONVERSATIONS',
      '/%63onversations',
      '/conversations;x=1',
      '/conversations/../conversations',
      '/models',
      '/models/demo',
      '/conversations/x/events',
      '/nowhere',
      '/HEALTH/ready',
      '/docs/../conversations',
      '/health/..%2fmodels',
      '/docs/%2e%2e/models',
    ];
    for (const path of forms) {
      for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS']) {
        expect([path, method, (await raw(path, {}, method)).status]).toEqual([path, method, 401]);
        expect([path, method, (await raw(path, { 'x-api-key': 'wrong' }, method)).status]).toEqual([path, method, 403]);
      }
    }
  });

  it.each([
    ['an empty header', { 'x-api-key': '' }, 401],
    ['spaces', { 'x-api-key': '   ' }, 401],
    ['a prefix of a key', { 'x-api-key': 'key-of-team-' }, 403],
    ['a key and more', { 'x-api-key': 'key-of-team-aa' }, 403],
    ['a name for a key', { 'x-api-key': 'team-a' }, 403],
    ['10 KB', { 'x-api-key': 'k'.repeat(10_000) }, 403],
    ['a key in a cookie', { cookie: 'x-api-key=key-of-team-a' }, 401],
    [
      'a key as basic credentials',
      { authorization: `Basic ${Buffer.from('x:key-of-team-a').toString('base64')}` },
      401,
    ],
    ['SQL', { 'x-api-key': "x' OR '1'='1" }, 403],
    ['an expired key', { 'x-api-key': 'key-of-past' }, 403],
  ])('are not replaced by %s', async (_name, headers, status) => {
    const answer = await raw('/conversations', headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ status, code: status === 401 ? 'unauthenticated' : 'forbidden' });
  });

  it('are not read from the query', async () => {
    for (const name of ['api_key', 'x_api_key', 'key'])
      expect((await raw(`/conversations?${name}=key-of-team-a`)).status).toBe(401);
  });

  it('are not needed where there is nothing to protect', async () => {
    for (const path of ['/', '/health', '/health/live', '/health/ready', '/health/startup'])
      expect((await raw(path)).status).toBe(200);
  });

  it('never show in what the server prints', () => {
    expect(server.output()).not.toMatch(/key-of-(team|viewer|past)/);
  });
});

describe('the loopback rule', () => {
  it('refuses to start on another address without keys, and says what to set', async () => {
    const refused = await runParley(['serve', '--host', '0.0.0.0', '--port', '0']);
    expect(refused.code).toBe(78);
    expect(refused.output).toMatch(/PARLEY_API_KEYS.*PARLEY_ALLOW_ANONYMOUS=1/);
  });

  it('lets everybody in elsewhere only when told to', async () => {
    const open = await startServer({ args: ['--host', '0.0.0.0'], env: { PARLEY_ALLOW_ANONYMOUS: '1' } });
    const url = open.url.replace('0.0.0.0', '127.0.0.1');
    expect((await api(`${url}/conversations`)).status).toBe(200);
    await open.stop();
  });

  it('answers only to a loopback host name on a loopback address', async () => {
    const local = await startServer();
    const { port } = new URL(local.url);
    expect(local.output()).toContain('No API keys are configured');
    const ask = (host: string): Promise<number> =>
      new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port, path: '/conversations', headers: { host } }, (r) =>
          resolve(r.resume().statusCode ?? 0),
        )
          .on('error', reject)
          .end();
      });
    for (const host of ['127.0.0.1', `localhost:${port}`, '[::1]:1', 'LOCALHOST'])
      expect([host, await ask(host)]).toEqual([host, 200]);
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '169.254.169.254']) {
      expect([host, await ask(host)]).toEqual([host, 421]);
    }
    await local.stop();
  });
});
