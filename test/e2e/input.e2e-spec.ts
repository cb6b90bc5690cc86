import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { api, settled, statusWhen, until } from '../support/api.js';
import { sendRaw, talk, type RawAnswer } from '../support/raw.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { processorTime } from '../support/processor-time.js';

const CONFIG = 'models: {demo: {name: demo, type: demo}}\nevaluators: []\n';
const JSON_TYPE = { 'content-type': 'application/json' };
const MIB = 1_048_576;
const AGENTS = [{ name: 'A', goal: 'g' }];
const UNKNOWN = 'conv_01a1fd61-2742-75b2-84dd-000000000000';
/** Routes that take a body, with the path of one. */
const POSTS = ['/conversations', `/conversations/${UNKNOWN}/cancel`, `/conversations/${UNKNOWN}/messages`];

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ config: CONFIG });
});

afterAll(stopAllServers);

type Headers = Readonly<Record<string, string>>;

function post(body: string | Buffer, headers: Headers = JSON_TYPE, path = '/conversations'): Promise<RawAnswer> {
  return sendRaw(server.url, { method: 'POST', path, headers, body });
}

const postJson = (body: unknown): Promise<RawAnswer> => post(JSON.stringify(body));

function expectProblem(answer: RawAnswer, status: number, code?: string): void {
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect({ status: answer.status, code: answer.body['code'] }).toEqual({
    status,
    code: code ?? answer.body['code'],
  });
  expect(answer.text).not.toMatch(/node_modules|\bat .*\.js:\d|SyntaxError|RangeError/);
}

/** KiB of memory that the server holds. */
function memory(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]);
}

async function conversations(): Promise<number> {
  const { body } = await api(`${server.url}/conversations?limit=200`);
  return (body['conversations'] as unknown[]).length;
}

describe('B01: a body that is no object', () => {
  it.each(POSTS)('%s', async (path) => {
    for (const body of ['null', '[]', '"x"', '7', 'true', '[[1]]']) {
      const answer = await post(body, JSON_TYPE, path);
      expectProblem(answer, 422, 'invalid_request');
    }
    for (const body of ['{}', '']) {
      const answer = await post(body, body === '' ? {} : JSON_TYPE, path);
      expect([path, body, [404, 422].includes(answer.status)]).toEqual([path, body, true]);
    }
    for (const type of [
      undefined,
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const answer = await post('{}', type === undefined ? {} : { 'content-type': type }, path);
      expectProblem(answer, 415, 'unsupported_media_type');
    }
  });

  it('names the fields that are missing', async () => {
    const answer = await postJson({});
    expect(answer.body['errors']).toEqual(
      expect.arrayContaining([expect.objectContaining({ pointer: '/agent_configs' })]),
    );
  });
});

describe('B02: bytes and texts', () => {
  it.each([
    ['half', '{"agent_configs": [{"name": "A"'],
    ['text behind it', '{"agent_configs": []} {}'],
    ['a comma too many', '{"agent_configs": [],}'],
    ['single quotes', "{'agent_configs': []}"],
    ['NaN', '{"max_turns": NaN}'],
    ['a bare line break in a text', '{"scenario": "a\nb"}'],
    ['bad UTF-8', Buffer.from([...Buffer.from('{"scenario": "'), 0xff, 0xfe, ...Buffer.from('"}')])],
    ['a UTF-8 surrogate', Buffer.from([...Buffer.from('{"scenario": "'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')])],
    ['UTF-16', Buffer.from('{"agent_configs": []}', 'utf16le')],
    ['blanks', '   '],
  ])('%s is not JSON', async (_name, body) => {
    expectProblem(await post(body), 400, 'invalid_json');
  });

  it('a byte order mark does no harm', async () => {
    const answer = await post(`\uFEFF${JSON.stringify({ agent_configs: AGENTS, max_turns: 1 })}`);
    expect(answer.status).toBe(202);
  });

  it.each(['memory', 'sqlite'])('lone surrogates and NUL come back as they were: %s', async (type) => {
    const own = await startServer({ config: `${CONFIG}storage: {type: ${type}}` });
    const texts = ['a\u0000b', 'lone \\ud800', '👩‍👩‍👧‍👦', '\u202Eright to left', '\u200b\u200d', '\u2028\u2029', '`${x}`'];
    const scenario = JSON.stringify(texts.join('|')).replace('\\\\ud800', '\\ud800');
    const text = `{"agent_configs":[{"name":"A","goal":"g"}],"max_turns":1,"scenario":${scenario}}`;
    const made = await sendRaw(own.url, { method: 'POST', path: '/conversations', headers: JSON_TYPE, body: text });
    expect(made.status).toBe(202);
    const view = await settled(own.url, String(made.body['conversation_id']));
    const log = view['episode_log'] as Record<string, unknown>;
    expect(log['environment']).toBe(JSON.parse(scenario));
    await own.stop();
  });
});

describe('B03: other types, charsets and encodings', () => {
  const body = JSON.stringify({ agent_configs: AGENTS, max_turns: 1 });

  it.each([
    'application/json; charset=utf-16',
    'application/json; charset=utf-7',
    'application/json; charset="latin1"',
    'application/json;charset=utf-32',
    'text/json',
    'application/xml',
  ])('%s is not taken', async (type) => {
    expectProblem(await post(body, { 'content-type': type }), 415, 'unsupported_media_type');
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset="UTF-8"'])(
    '%s is',
    async (type) => {
      expect((await post(body, { 'content-type': type })).status).toBe(202);
    },
  );

  it('a compressed body is', async () => {
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['br', brotliCompressSync(body)],
      ['identity', Buffer.from(body)],
    ] as const) {
      expect((await post(bytes, { ...JSON_TYPE, 'content-encoding': encoding })).status).toBe(202);
    }
    for (const encoding of ['gzip, gzip', 'compress', 'constructor', '__proto__']) {
      const answer = await post(gzipSync(body), { ...JSON_TYPE, 'content-encoding': encoding });
      expectProblem(answer, 415, 'unsupported_media_type');
    }
    const broken = await post(gzipSync(body).subarray(0, 30), { ...JSON_TYPE, 'content-encoding': 'gzip' });
    expectProblem(broken, 400, 'malformed_request');
  });

  it('a bomb is counted as it is when unpacked, and takes no memory', async () => {
    const plain = Buffer.alloc(64 * MIB, ' ');
    const bombs = [
      ['gzip', gzipSync(plain)],
      ['deflate', deflateSync(plain)],
      ['br', brotliCompressSync(plain)],
    ] as const;
    const before = memory();
    for (let round = 0; round < 5; round++) {
      for (const [encoding, bytes] of bombs) {
        const answer = await post(bytes, { ...JSON_TYPE, 'content-encoding': encoding });
        expectProblem(answer, 413, 'payload_too_large');
      }
    }
    expect(memory() - before).toBeLessThan(40 * 1024);
  });
});

describe('B04: size', () => {
  const filled = (bytes: number): string => {
    const frame = JSON.stringify({ agent_configs: AGENTS, max_turns: 1, x: '' });
    return frame.replace('"x":""', `"x":"${'x'.repeat(bytes - frame.length)}"`);
  };

  it('a body of the limit is read, one byte more is not, nor ten times as much', async () => {
    const before = await conversations();
    // Blanks: neither a text nor a field is too large.
    const fits = JSON.stringify({ agent_configs: AGENTS }).padEnd(MIB);
    expect((await post(fits)).status).toBe(202);
    for (const size of [MIB + 1, 10 * MIB]) expectProblem(await post(filled(size)), 413, 'payload_too_large');
    // Far too large: cut off, whether the sender gets to read why or not.
    const cut = await post(filled(40 * MIB)).catch((error: NodeJS.ErrnoException) => error.code);
    if (typeof cut === 'object') expectProblem(cut, 413, 'payload_too_large');
    else expect(['EPIPE', 'ECONNRESET']).toContain(cut);
    expect(await conversations()).toBe(before + 1);
  });

  it('chunks are counted, and the connection is closed', async () => {
    const head = 'POST /conversations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const chunk = `100000\r\n${' '.repeat(MIB)}\r\n`;
    const chunked = await talk(server.url, [`${head}Transfer-Encoding: chunked\r\n\r\n`, chunk, chunk]);
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    expect(chunked).toMatch(/connection: close/i);
  });

  it('a false length is found out', async () => {
    const head = 'POST /conversations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const huge = await talk(server.url, [`${head}Content-Length: 99999999999\r\n\r\n{}`]);
    expect(huge).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i);
    // What stands beyond the length is the next request, and no good one: nothing on this connection can be trusted.
    const short = await talk(server.url, [`${head}Content-Length: 2\r\n\r\n{}{"agent_configs":[]}`]);
    expect(short).toMatch(/^HTTP\/1\.1 400 [\s\S]*connection: close/i);
  });

  it('one text may be 256 KiB, and no message more', async () => {
    const goal = (bytes: number): unknown => ({
      agent_configs: [{ name: 'A', goal: 'x'.repeat(bytes) }],
      max_turns: 1,
    });
    expect((await postJson(goal(262_144))).status).toBe(202);
    const answer = await postJson(goal(262_145));
    expectProblem(answer, 413, 'payload_too_large');
    expect(answer.body['errors']).toEqual([
      { pointer: '/agent_configs/0/goal', message: 'is larger than 262144 bytes' },
    ]);
    const said = await post(JSON.stringify({ message: '\u{1F600}'.repeat(70_000) }), JSON_TYPE, POSTS[2]);
    expectProblem(said, 413, 'payload_too_large');
  });

  it('is configurable', async () => {
    const small = await startServer({ config: `${CONFIG}limits: {body_bytes: 1 KiB, message_bytes: 100}` });
    const send = (body: string): Promise<RawAnswer> =>
      sendRaw(small.url, { method: 'POST', path: '/conversations', headers: JSON_TYPE, body });
    expect((await send(JSON.stringify({ agent_configs: AGENTS }).padEnd(1025))).status).toBe(413);
    expect((await send(JSON.stringify({ agent_configs: AGENTS, scenario: 'x'.repeat(101) }))).status).toBe(413);
    expect((await send(JSON.stringify({ agent_configs: AGENTS, scenario: 'x'.repeat(100) }))).status).toBe(202);
    await small.stop();
  });
});

describe('B05: depth', () => {
  it.each([32, 33, 1_000, 10_000, 100_000])('%i levels', async (depth) => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const profile = `{"a":${open.repeat(depth - 4)}1${close.repeat(depth - 4)}}`;
      const body = `{"agent_configs":[{"name":"A","goal":"g","profile":${profile}}],"max_turns":1}`;
      const began = processorTime(server.pid);
      const answer = await post(body);
      if (depth === 32) expect(answer.status).toBe(202);
      else expectProblem(answer, 422, 'invalid_request');
      if (depth > 32) expect(processorTime(server.pid) - began).toBeLessThan(1_000);
    }
  });
});

describe('B06: numbers of parts', () => {
  const profile = (text: string): string =>
    `{"agent_configs":[{"name":"A","goal":"g","profile":${text}}],"max_turns":1}`;
  const object = (count: number, key: (index: number) => string): string =>
    `{${Array.from({ length: count }, (_, index) => `"${key(index)}":1`).join()}}`;

  it.each([
    ['100,000 keys', object(60_000, (index) => `k${index}`), 422],
    ['100,000 times the same key', object(60_000, () => 'k'), 422],
    ['keys like numbers', object(60_000, (index) => String(index * 65_537)), 422],
    ['500,000 items', `{"a":[${'1,'.repeat(400_000)}1]}`, 422],
    ['500,000 empty lists', `{"a":[${'[],'.repeat(200_000)}[]]}`, 422],
    ['1,001 keys', object(1_001, (index) => `k${index}`), 422],
    ['1,000 keys', object(1_000, (index) => `k${index}`), 202],
    ['9,900 items', `{"a":[${'1,'.repeat(9_899)}1]}`, 202],
    ['10,000 items', `{"a":[${'1,'.repeat(9_999)}1]}`, 422],
    ['many brackets, commas and quotes in a text', JSON.stringify({ a: '[{,"'.repeat(20_000) }), 202],
  ])('%s', async (_name, text, status) => {
    const began = processorTime(server.pid);
    expect((await post(profile(text))).status).toBe(status);
    expect(processorTime(server.pid) - began).toBeLessThan(3_000);
  });
});

it('B07: fields that are not a client’s to set are named, and refused', async () => {
  const extra = ['tenant', 'tenantId', 'status', 'role', 'cost', 'api_base', 'base_url', 'headers', 'api_key', 'x'];
  for (const field of extra) {
    const answer = await postJson({ agent_configs: AGENTS, [field]: 'x' });
    expectProblem(answer, 422, 'invalid_request');
    expect(answer.body['errors']).toEqual([{ pointer: `/${field}`, message: 'is not a known field' }]);
    const inner = await postJson({ agent_configs: [{ name: 'A', [field]: 'x' }] });
    expect(inner.body['errors']).toEqual([{ pointer: `/agent_configs/0/${field}`, message: 'is not a known field' }]);
  }
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    const body = `{"agent_configs":[{"name":"A","goal":"g","profile":{"${key}":{"polluted":1}}}],"${key}":{"polluted":1}}`;
    expect([202, 422]).toContain((await post(body)).status);
  }
  expect((await sendRaw(server.url, { path: '/conversations?__proto__[polluted]=1' })).text).not.toContain(
    'polluted":1',
  );
});

it('B08: values of another type are not converted', async () => {
  const wrong = ['"10"', '1e309', '-1', '9007199254740993', 'true', '[1]', '{}', '1.5', '""'];
  for (const value of wrong) {
    const answer = await post(`{"agent_configs":[{"name":"A"}],"max_turns":${value}}`);
    expectProblem(answer, 422, 'invalid_request');
  }
  for (const value of ['7', 'true', '[]', '{}', '["A"]', 'null', '""']) {
    expectProblem(await post(`{"agent_configs":[{"name":${value}}]}`), 422, 'invalid_request');
  }
});

describe('B10: texts at the edge', () => {
  it.each([
    ['no agents', { agent_configs: [] }, 422],
    ['65 agents', { agent_configs: Array.from({ length: 65 }, (_, index) => ({ name: `A${index}` })) }, 422],
    ['a name twice', { agent_configs: [{ name: 'A' }, { name: 'A' }] }, 422],
    ['an empty name', { agent_configs: [{ name: '' }] }, 422],
    ['an endless name', { agent_configs: [{ name: 'n'.repeat(201) }] }, 422],
    ['too many turns', { agent_configs: AGENTS, max_turns: 1_001 }, 422],
    ['1 MiB of emoji', { agent_configs: AGENTS, scenario: '😀'.repeat(262_000) }, 413],
    ['blanks', { agent_configs: AGENTS, scenario: '   ', max_turns: 1 }, 202],
  ])('%s', async (_name, body, status) => {
    expect((await postJson(body)).status).toBe(status);
  });
});

it('B11: ids that are none are not found', async () => {
  const ids = [
    '..%2f..%2fetc%2fpasswd',
    '%00',
    'x'.repeat(10_000),
    '%F0%9F%98%80',
    '1',
    'conv_',
    UNKNOWN.toUpperCase(),
    `${UNKNOWN}%0d%0aX-Injected:%201`,
    UNKNOWN.replace('conv_', 'run_'),
    'constructor',
    '__proto__',
  ];
  for (const id of ids) {
    for (const path of ['', '/events', '/messages', '/export']) {
      const answer = await sendRaw(server.url, { path: `/conversations/${id}${path}` });
      expectProblem(answer, 404, 'not_found');
      expect(answer.headers['x-injected']).toBeUndefined();
    }
  }
  for (const id of ['%', '%zz', '%c3%28', '%ff']) {
    expectProblem(await sendRaw(server.url, { path: `/conversations/${id}` }), 400, 'malformed_request');
  }
});

it('B12: filters and cursors', async () => {
  for (const query of [
    'limit=-1',
    'limit=0',
    'limit=1e9',
    'limit=',
    'limit=x',
    'limit=1&limit=2',
    'order=;drop',
    'status=x',
  ]) {
    const answer = await sendRaw(server.url, { path: `/conversations?${query}` });
    expect([query, answer.status]).toEqual([query, 422]);
  }
  for (const cursor of ['x', '-1', '%00', 'eyJ4IjoxfQ', '99999999999999999999']) {
    const answer = await sendRaw(server.url, { path: `/conversations?cursor=${cursor}` });
    expect([cursor, [400, 422].includes(answer.status)]).toEqual([cursor, true]);
  }
});

describe('B13: methods', () => {
  it.each([
    ['/conversations', 'GET, HEAD, OPTIONS, POST'],
    [`/conversations/${UNKNOWN}`, 'DELETE, GET, HEAD, OPTIONS'],
    [`/conversations/${UNKNOWN}/cancel`, 'OPTIONS, POST'],
    [`/conversations/${UNKNOWN}/messages`, 'GET, HEAD, OPTIONS, POST'],
    ['/models', 'GET, HEAD, OPTIONS'],
    ['/health/live', 'GET, HEAD, OPTIONS'],
  ])('%s takes %s', async (path, allow) => {
    const allowed = allow.split(', ');
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'SEARCH', 'QUERY']) {
      const answer = await sendRaw(server.url, { path, method });
      expect([method, answer.status === 405]).toEqual([method, !allowed.includes(method)]);
      if (answer.status === 405) {
        if (method !== 'HEAD') {
          expectProblem(answer, 405, 'method_not_allowed');
          expect(answer.body).toMatchObject({ detail: `this address takes ${allow} only` });
        }
        expect(answer.headers.allow).toBe(allow);
      }
    }
    const options = await sendRaw(server.url, { path, method: 'OPTIONS' });
    expect([options.status, options.headers.allow]).toEqual([204, allow]);
  });

  it('TRACE is refused, and gives nothing back', async () => {
    for (const path of ['/models', '/nowhere', '/']) {
      const answer = await talk(server.url, [`TRACE ${path} HTTP/1.1\r\nHost: localhost\r\nX-Echo: canary\r\n\r\n`]);
      expect(answer).toMatch(/^HTTP\/1\.1 405 /);
      expect(answer).not.toContain('canary');
    }
    expect(await talk(server.url, ['CONNECT x:443 HTTP/1.1\r\nHost: localhost\r\n\r\n'])).toBe('');
  });

  it('what is nowhere is not found, whatever the method', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND'])
      expectProblem(await sendRaw(server.url, { path: '/nowhere', method }), 404, 'not_found');
    const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
    expect((await sendRaw(server.url, { path: '/models', headers })).status).toBe(200);
  });

  it('HEAD is GET without the body, and holds no stream open', async () => {
    const made = await api(`${server.url}/conversations`, 'POST', { agent_configs: [{ name: 'A', type: 'human' }] });
    const id = String(made.body['conversation_id']);
    for (const path of ['', '/messages', '/events', '/events?follow=true', '/export', '/export?format=jsonl']) {
      const head = await sendRaw(server.url, { method: 'HEAD', path: `/conversations/${id}${path}` });
      expect([path, head.status, head.text]).toEqual([path, 200, '']);
      expect(head.headers['content-type']).toBeDefined();
    }
    const health = await until(
      async () => (await api(`${server.url}/health`)).body,
      (body) => body['active_connections'] === 0,
    );
    expect(health['active_connections']).toBe(0);
    await api(`${server.url}/conversations/${id}/cancel`, 'POST', {});
  });
});

describe('B14: heads', () => {
  const HOST = 'Host: localhost\r\n';

  it.each([
    ['2,001 headers', `GET /models HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(2_001)}\r\n`, 431],
    ['101 headers', `GET /models HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(100)}\r\n`, 431],
    ['100 headers', `GET /models HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(99)}\r\n`, 200],
    ['a header of 17 KB', `GET /models HTTP/1.1\r\n${HOST}a: ${'b'.repeat(17_000)}\r\n\r\n`, 431],
    ['a path of 17 KB', `GET /${'p'.repeat(17_000)} HTTP/1.1\r\n${HOST}\r\n`, 431],
    ['two lengths', `POST /conversations HTTP/1.1\r\n${HOST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
    [
      'a length and chunks',
      `POST /conversations HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n${HOST}\r\n`,
      400,
    ],
    ['chunks twice over', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
    ['a bare line feed', `GET /models HTTP/1.1\n${HOST}\r\n`, 400],
    ['a bare line feed in the fields', `GET /models HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n`, 400],
    ['a folded field', `GET /models HTTP/1.1\r\n${HOST}X: y\r\n z\r\n\r\n`, 400],
    ['a blank before the colon', `GET /models HTTP/1.1\r\n${HOST}X : y\r\n\r\n`, 400],
    ['NUL in a field', `GET /models HTTP/1.1\r\n${HOST}X-API-Key: a\0b\r\n\r\n`, 400],
    ['no host', 'GET /models HTTP/1.1\r\n\r\n', 400],
    ['an absolute target', `GET http://localhost/models HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['a foreign absolute target', `GET http://evil.example/models HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['a bad length', `POST /conversations HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`, 400],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00', 400],
  ])('%s', async (_name, text, status) => {
    const answer = await talk(server.url, [Buffer.from(text, 'latin1')]);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    // A second request that hides in the first is never answered.
    if (status >= 400) expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    if (status >= 400 && !answer.includes('content-length: 0') && /^content-type/im.test(answer))
      expect(answer).toMatch(/application\/problem\+json[\s\S]*"request_id":"req_/);
  });

  it('a head that does not end is answered and cut after 10 s', async () => {
    const began = Date.now();
    const answer = await talk(server.url, [`GET /models HTTP/1.1\r\n${HOST}X: `]);
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*request_timeout/);
    expect(Date.now() - began).toBeLessThan(25_000);
  }, 120_000);
});

it('the server is alive and well after all that', async () => {
  expect(await statusWhen(`${server.url}/health/ready`, 200)).toBe(200);
  expect((await api(`${server.url}/conversations`, 'POST', { agent_configs: AGENTS, max_turns: 1 })).status).toBe(202);
  expect(server.output()).not.toMatch(/RangeError|"level":"error"|unhandled/i);
});
