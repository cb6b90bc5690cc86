import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../../src/app.module.js';
import { setUpApp } from '../../src/app.setup.js';
import { Access } from '../../src/auth/access.js';
import { loadConfig } from '../../src/config/load-config.js';
import type { ParleyConfig } from '../../src/config/parley-config.js';
import { prepareRegistries } from '../../src/plugins/prepare-registries.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { sendRaw, type RawAnswer } from '../support/raw.js';
import { controllerRoutes, expressRoutes, type LiveRoute } from '../support/routes.js';

const KEY = { a: 'key-of-tenant-a', b: 'key-of-tenant-b', chat: 'key-to-chat', admin: 'key-to-rule', past: 'key-past' };
const UNKNOWN = 'conv_01a1fd61-2742-75b2-84dd-000000000000';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** How a route is tried. */
interface Try {
  /** Values for what stands in braces. `own`: the id of a conversation of the caller's. */
  readonly ids?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  /** The status of a right request with a right key. */
  readonly status: number;
}

const OWN = { id: 'own' };

/** Every route there is. A new one fails the test until it is here. */
const TRIES: Readonly<Record<string, Try>> = {
  'get /': { status: 200 },
  'get /agents': { status: 200 },
  'get /agents/{key}': { ids: { key: 'default' }, status: 200 },
  // Those of the configuration are everybody's and nobody's: found, but refused.
  'post /agents/{key}': { ids: { key: 'default' }, body: {}, status: 409 },
  'put /agents/{key}': { ids: { key: 'default' }, body: {}, status: 409 },
  'delete /agents/{key}': { ids: { key: 'default' }, status: 409 },
  'post /api/stream': {
    body: { model: { id: 'demo' }, context: { messages: [{ role: 'user', content: 'hello' }] } },
    status: 200,
  },
  'get /config': { status: 200 },
  'get /v1/models': { status: 200 },
  'get /v1/models/{model}': { ids: { model: 'demo' }, status: 200 },
  'get /v1/models/agent/{key}': { ids: { key: 'default' }, status: 200 },
  'post /v1/chat/completions': {
    body: { model: 'demo', messages: [{ role: 'user', content: 'hi' }] },
    status: 200,
  },
  'post /chat': { body: { message: 'hello' }, status: 200 },
  'get /chat/blocking': { query: '?prompt=hello', status: 200 },
  'post /chat/blocking': { body: { prompt: 'hello' }, status: 200 },
  'get /chat/stream': { query: '?prompt=hello', status: 200 },
  'post /chat/stream': { body: { message: 'hello' }, status: 200 },
  'get /conversations': { status: 200 },
  'post /create_session': { body: {}, status: 200 },
  'post /rpc': { body: { jsonrpc: '2.0', id: 1, method: 'tool_list' }, status: 200 },
  'post /conversations': { body: { agent_configs: [{ name: 'A', goal: 'g' }], max_turns: 1 }, status: 202 },
  'get /conversations/{id}': { ids: OWN, status: 200 },
  'delete /conversations/{id}': { ids: OWN, status: 200 },
  'post /conversations/{id}/cancel': { ids: OWN, body: {}, status: 200 },
  'get /conversations/{id}/events': { ids: OWN, status: 200 },
  'get /conversations/{id}/export': { ids: OWN, status: 200 },
  'get /conversations/{id}/messages': { ids: OWN, status: 200 },
  // The conversation is over: found, but refused.
  'post /conversations/{id}/messages': { ids: OWN, body: { message: 'hello' }, status: 409 },
  'get /docs': { status: 200 },
  'get /docs/{file}': { ids: { file: 'swagger-ui.css' }, status: 200 },
  'get /evaluators': { status: 200 },
  'get /health': { status: 200 },
  'get /health/live': { status: 200 },
  'get /health/ready': { status: 200 },
  'get /health/startup': { status: 200 },
  'get /metrics': { status: 200 },
  'get /models': { status: 200 },
  'get /models/{name}': { ids: { name: 'demo' }, status: 200 },
  'get /openapi.json': { status: 200 },
  'get /asyncapi.json': { status: 200 },
  'get /ping': { status: 200 },
  'get /redoc': { status: 200 },
  'get /redoc/{file}': { ids: { file: 'redoc.standalone.js' }, status: 200 },
};

/** The only addresses without a key, but for the files of the pages: a list of its own, not that of the server. */
const PUBLIC =
  /^\/(?:$|health(?:\/(?:live|ready|startup))?$|(?:openapi|asyncapi)\.json$|(?:docs|redoc)(?:\/[\w.-]*)?$)/;

const NO_KEY = [401, 'unauthenticated'] as const;
const WRONG_KEY = [403, 'forbidden'] as const;
type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Ways to come without a right key, with what each is answered. */
const BAD_KEYS: Readonly<Record<string, readonly [Headers, readonly [number, string]]>> = {
  none: [{}, NO_KEY],
  empty: [{ 'x-api-key': '' }, NO_KEY],
  blanks: [{ 'x-api-key': '   ' }, NO_KEY],
  wrong: [{ 'x-api-key': 'wrong' }, WRONG_KEY],
  'a prefix': [{ 'x-api-key': KEY.a.slice(0, -1) }, WRONG_KEY],
  'more than a key': [{ 'x-api-key': `${KEY.a}x` }, WRONG_KEY],
  'another case': [{ 'x-api-key': KEY.a.toUpperCase() }, WRONG_KEY],
  'a name': [{ 'x-api-key': 'tenant-a' }, WRONG_KEY],
  '10 KB': [{ 'x-api-key': 'k'.repeat(10_000) }, WRONG_KEY],
  'two headers': [{ 'x-api-key': [KEY.a, KEY.a] }, WRONG_KEY],
  'a right one after a wrong one': [{ 'x-api-key': ['wrong', KEY.a] }, WRONG_KEY],
  'two bearers': [{ authorization: [`Bearer ${KEY.a}`, 'Bearer wrong'] }, WRONG_KEY],
  'a wrong bearer': [{ authorization: 'Bearer wrong' }, WRONG_KEY],
  'an empty bearer': [{ authorization: 'Bearer ' }, NO_KEY],
  'basic credentials': [{ authorization: `Basic ${Buffer.from(`x:${KEY.a}`).toString('base64')}` }, NO_KEY],
  'a bare authorization': [{ authorization: KEY.a }, NO_KEY],
  'a cookie': [{ cookie: `x-api-key=${KEY.a}; api_key=${KEY.a}` }, NO_KEY],
  'a method override': [{ 'x-http-method-override': 'GET', 'x-original-url': '/health' }, NO_KEY],
  expired: [{ 'x-api-key': KEY.past }, WRONG_KEY],
  SQL: [{ 'x-api-key': "x' OR (SELECT pg_sleep(8)) IS NOT NULL --" }, WRONG_KEY],
};

/** The only addresses that take a key in the query. */
const KEY_IN_QUERY: ReadonlySet<string> = new Set(['/chat/blocking', '/chat/stream', '/ping']);

/** The code of an error in either dialect. */
function codeOf({ body }: RawAnswer): unknown {
  return body['code'] ?? (body['error'] as Record<string, unknown> | undefined)?.['code'];
}

/** Other spellings of a path. */
function spellings(path: string): string[] {
  const encoded = `/%${path.charCodeAt(1).toString(16)}${path.slice(2)}`;
  return [
    path,
    `/${path}`,
    `//${path}`,
    path.toUpperCase(),
    path === '/' ? '/%2e' : encoded,
    `${path};x=1`,
    `${path}/`,
    `${path}//`,
    `/.${path}`,
    `/x/..${path}`,
    `/%2e%2e${path}`,
    `/health/..${path}`,
    `/docs/..%2f${path.slice(1)}`,
    `${path}%00`,
    `${path}?${KEY_IN_QUERY.has(path) ? '' : `x_api_key=${KEY.a}&`}api_key=${KEY.a}&key=${KEY.a}`,
  ];
}

let app: NestExpressApplication;
let url: string;
let routes: readonly LiveRoute[];

/** The server with its own wiring, in this process. */
async function openApp(extra: readonly Type[] = []): Promise<NestExpressApplication> {
  const loaded = loadConfig({ env: {}, search: false });
  const { limits, auth } = loaded.config;
  const keys = [
    { name: 'tenant-a', key: KEY.a },
    { name: 'tenant-b', key: KEY.b },
    { name: 'chatter', key: KEY.chat, scopes: ['chat'] },
    { name: 'ruler', key: KEY.admin, scopes: ['admin'] },
    { name: 'former', key: KEY.past, expires: '2020-01-01T00:00:00.000Z' },
  ] as const;
  const many = { requests_per_minute: 1e9, wrong_keys_per_minute: 1e9 };
  const config = Object.assign<object, ParleyConfig, Partial<ParleyConfig>>({}, loaded.config, {
    storage: { type: 'memory' },
    metrics: { port: 0, port_given: true, on_main_port: true },
    auth: { ...auth, keys },
    limits: { ...limits, ...many },
  });
  const logger = createLogger({ level: 'silent' });
  const parts = AppModule.forRoot(config, logger, await prepareRegistries({ config }));
  @Module({ imports: [parts], controllers: [...extra] })
  class TestModule {}
  const opened = await NestFactory.create<NestExpressApplication>(TestModule, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  setUpApp(opened, config, logger);
  await opened.init();
  return opened;
}

beforeAll(async () => {
  app = await openApp();
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  routes = controllerRoutes(app);
});

afterAll(async () => {
  await app.close();
});

const untried = (live: readonly { readonly route: string }[]): string[] =>
  live.map(({ route }) => route).filter((route) => TRIES[route] === undefined);

const withoutPolicy = (live: readonly LiveRoute[]): string[] =>
  live.filter(({ access }) => access === undefined).map(({ route }) => route);

function pathOf(route: string, ids: Readonly<Record<string, string>> = {}): string {
  return route.slice(route.indexOf(' ') + 1).replace(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? UNKNOWN);
}

const methodOf = (route: string): string => route.slice(0, route.indexOf(' ')).toUpperCase();

/** Sends what a route is tried with, in its own form. */
function perform(route: string, headers: Headers, id?: string): Promise<RawAnswer> {
  const { ids = {}, body, query = '' } = TRIES[route] ?? { status: 0 };
  const values = ids['id'] !== OWN.id ? ids : { ...ids, id: id ?? UNKNOWN };
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const type: Headers = body === undefined ? {} : { 'content-type': 'application/json' };
  return sendRaw(url, {
    method: methodOf(route),
    path: `${pathOf(route, values)}${query}`,
    headers: { ...type, ...headers },
    ...json,
  });
}

async function converse(key: string): Promise<string> {
  const made = await perform('post /conversations', { 'x-api-key': key });
  const id = String(made.body['conversation_id']);
  await perform('get /conversations/{id}/events', { 'x-api-key': key }, id);
  return id;
}

describe('the table of routes', () => {
  it('is that of the running server', () => {
    expect(expressRoutes(app)).toEqual(routes.map(({ route }) => route));
    expect(untried(routes)).toEqual([]);
    expect(Object.keys(TRIES).filter((route) => !routes.some((live) => live.route === route))).toEqual([]);
  });

  it('has a policy for every route, and public ones only where nothing is to protect', () => {
    expect(withoutPolicy(routes)).toEqual([]);
    const open = routes.filter(({ access }) => access === 'public').map(({ route }) => pathOf(route, { file: 'x.js' }));
    expect(open.filter((path) => !PUBLIC.test(path))).toEqual([]);
  });
});

describe('a route that was forgotten', () => {
  @Controller('bare')
  class BareController {
    @Get()
    bare(): string {
      return 'in the open';
    }
  }

  @Access('chat')
  @Controller('fresh')
  class FreshController {
    @Get(':id')
    fresh(): string {
      return 'not in the table';
    }
  }

  it('stops the start when it has no policy, and is named', async () => {
    await expect(openApp([BareController])).rejects.toThrow('routes without @Access: BareController.bare');
  });

  it('is found when it is not tried here', async () => {
    const other = await openApp([FreshController]);
    expect(untried(controllerRoutes(other))).toEqual(['get /fresh/{id}']);
    expect(untried(expressRoutes(other).map((route) => ({ route })))).toEqual(['get /fresh/{id}']);
    await other.close();
  });
});

describe('S01: route × verb × spelling × key', () => {
  it.each(Object.keys(TRIES))(
    '%s',
    async (route) => {
      const path = pathOf(route, { ...TRIES[route]?.ids, id: UNKNOWN });
      const paths = spellings(path).filter((spelling) => !PUBLIC.test(spelling.replace(/\?.*/, '')));
      const bodies = new Map<string, string>();
      const wrong: unknown[] = [];
      for (const spelling of paths) {
        for (const method of METHODS) {
          const asked = Object.entries(BAD_KEYS).map(async ([name, [headers, [status, code]]]) => {
            const answer = await sendRaw(url, { method, path: spelling, headers });
            const body = JSON.stringify({ ...answer.body, request_id: '' });
            // What speaks OpenAI's dialect says 401 to a wrong key too.
            const theirs = spelling.startsWith('/v1/');
            const expected = theirs ? [401, 'invalid_api_key'] : [status, code];
            const kind = `${theirs} ${status}`;
            const usual = bodies.get(kind) ?? body;
            if (method !== 'HEAD') bodies.set(kind, usual);
            const said = method === 'HEAD' ? '' : codeOf(answer);
            const good =
              answer.status === expected[0] && (method === 'HEAD' || (said === expected[1] && body === usual));
            if (!good) wrong.push([method, spelling, name, answer.status, said]);
          });
          await Promise.all(asked);
        }
      }
      expect(wrong).toEqual([]);
    },
    120_000,
  );

  it('lets nobody in by a key in a body', async () => {
    const answer = await sendRaw(url, {
      method: 'POST',
      path: '/conversations',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...(TRIES['post /conversations']?.body as object), api_key: KEY.a, x_api_key: KEY.a }),
    });
    expect([answer.status, answer.body['code']]).toEqual(NO_KEY);
  });
});

describe('a right key', () => {
  it.each(Object.keys(TRIES))('opens %s, by either header', async (route) => {
    for (const headers of [{ 'x-api-key': KEY.a }, { authorization: `Bearer ${KEY.a}` }]) {
      const answer = await perform(route, headers, await converse(KEY.a));
      expect([route, answer.status]).toEqual([route, TRIES[route]?.status]);
      expect(answer.headers['ratelimit-limit']).toBe('1000000000');
    }
  });

  it('is not enough without the scope of the route', async () => {
    const keys = { chat: KEY.admin, admin: KEY.chat };
    const asked = routes.filter(({ access }) => access === 'chat' || access === 'admin');
    expect(new Set(asked.map(({ access }) => access)).size).toBe(2);
    for (const { route, access } of asked) {
      const answer = await perform(route, { 'x-api-key': keys[access as 'chat' | 'admin'] });
      expect([route, answer.status, codeOf(answer)]).toEqual([route, ...WRONG_KEY]);
    }
  });
});

describe('S09: what belongs to another tenant', () => {
  const owned = Object.keys(TRIES).filter((route) => TRIES[route]?.ids?.['id'] === OWN['id']);

  it.each(owned)('%s answers as if it were not there', async (route) => {
    const id = await converse(KEY.a);
    const key = { 'x-api-key': KEY.b };
    const [foreign, unknown] = [await perform(route, key, id), await perform(route, key, UNKNOWN)];
    expect(foreign.status).toBe(404);
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
    const names = (answer: RawAnswer): string[] => Object.keys(answer.headers).toSorted();
    expect(names(foreign)).toEqual(names(unknown));
    expect((await perform('get /conversations/{id}', { 'x-api-key': KEY.a }, id)).body['status']).toBe('completed');
  });

  it('is in no list, and a cursor of it finds nothing', async () => {
    await converse(KEY.a);
    await converse(KEY.a);
    const theirs = await sendRaw(url, { path: '/conversations?limit=1', headers: { 'x-api-key': KEY.a } });
    const cursor = String(theirs.body['next_cursor']);
    for (const path of ['/conversations', `/conversations?cursor=${encodeURIComponent(cursor)}`]) {
      const mine = await sendRaw(url, { path, headers: { 'x-api-key': KEY.chat } });
      expect([mine.status, mine.body['conversations']]).toEqual([200, []]);
    }
  });

  it('S11: is not guessed', async () => {
    for (let index = 0; index < 200; index++) {
      const id = `conv_01a1fd61-2742-7${index.toString(16).padStart(3, '0')}-84dd-${index.toString(16).padStart(12, '0')}`;
      expect((await perform('get /conversations/{id}', { 'x-api-key': KEY.b }, id)).status).toBe(404);
    }
  });
});

it('S04: SQL in ids, filters and names is answered as nonsense, at once', async () => {
  const sql = encodeURIComponent("x' OR (SELECT pg_sleep(8)) IS NOT NULL --");
  const paths = [
    `/conversations/${sql}`,
    `/conversations/${sql}/events`,
    `/conversations?status=${sql}`,
    `/conversations?cursor=${sql}`,
    `/conversations/${UNKNOWN}/events?run_id=${sql}`,
    `/conversations/${UNKNOWN}/messages?cursor=${sql}`,
    `/models/${sql}`,
    `/agents/${sql}`,
  ];
  for (const path of paths) {
    const began = performance.now();
    const { status } = await sendRaw(url, { path, headers: { 'x-api-key': KEY.a } });
    expect([path, [400, 404, 422].includes(status)]).toEqual([path, true]);
    expect(performance.now() - began).toBeLessThan(7_500);
  }
});
