import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { loadConfig } from '../../src/config/load-config.js';
import type { ParleyConfig } from '../../src/config/parley-config.js';
import { createApp } from '../../src/create-app.js';
import type { OpenApiDocument } from '../../src/doors/docs/build-document.js';
import type { JsonSchema } from '../../src/doors/docs/json-schema.js';
import type { Operation } from '../../src/doors/docs/operation.js';
import { OPERATION_GROUPS } from '../../src/doors/docs/operations/all-operations.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { checkJson, itemsOf, resolveRef } from '../support/json-schema.js';
import { configFor } from '../support/models.js';
import { controllerRoutes, expressRoutes } from '../support/routes.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const OPERATIONS = new Map(OPERATION_GROUPS.flatMap((group) => Object.entries(group.operations)));
const KEY = 'key-of-the-docs-test';
const CONFIG = `metrics: {on_main_port: true}
evaluators: [{type: rule_based}, {type: llm}]
auth: {keys: [{name: viewer, key: key-of-a-viewer, scopes: [chat]}]}
`;

interface Request {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The status that is documented and has to come. */
  readonly status: number;
}

interface MediaType {
  readonly schema: JsonSchema;
  readonly 'x-itemSchema'?: JsonSchema;
}

interface HeaderObject {
  readonly $ref?: string;
  readonly required?: boolean;
}

interface ResponseObject {
  readonly headers?: Readonly<Record<string, HeaderObject>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

let upstream: Upstream;
let server: RunningServer;
let document: OpenApiDocument;
let finished: string;

beforeAll(async () => {
  upstream = await startUpstream();
  server = await startServer({
    config: configFor(upstream.url, ['scripted', 'bad:500'], CONFIG),
    env: { PARLEY_API_KEYS: KEY },
  });
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApiDocument;
  finished = await converse();
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

/** A conversation that has ended, or has come to a given event. */
async function converse(body: Readonly<Record<string, unknown>> = {}, event = 'run_end'): Promise<string> {
  const agents = { agent_configs: [{ name: 'A' }, { name: 'B' }], max_turns: 1 };
  const made = await send({ path: '/conversations', body: { ...agents, ...body }, status: 202 }, 'post');
  const id = String((JSON.parse(await made.text()) as Record<string, unknown>)['conversation_id']);
  const stream = await send({ path: `/conversations/${id}/events`, status: 200 }, 'get');
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of stream.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.includes(`"type":"${event}"`)) return id;
  }
  throw new Error(`there was no ${event}: ${text.slice(-300)}`);
}

async function send({ path, headers, body, status }: Request, method: string): Promise<Response> {
  const json = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}${path}`, {
    method: method.toUpperCase(),
    ...json,
    headers: { 'x-api-key': KEY, ...type, ...headers },
  });
  if (response.status !== status)
    throw new Error(`${method} ${path} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
  return response;
}

function responseObject(operation: Operation, status: number): ResponseObject {
  const item = document.paths[operation.path]?.[operation.method] as
    { readonly responses: Readonly<Record<string, ResponseObject & { readonly $ref?: string }>> } | undefined;
  const shown = item?.responses[status];
  if (shown === undefined) throw new Error(`${operation.path}: the status ${status} is not documented`);
  return shown.$ref === undefined ? shown : (resolveRef(document, shown.$ref) as ResponseObject);
}

/** Sends a request and holds the answer against the document. @returns the media type that came */
async function perform(operation: Operation, request: Request): Promise<string> {
  const response = await send(request, operation.method);
  const shown = responseObject(operation, response.status);
  for (const [name, header] of Object.entries(shown.headers ?? {})) {
    const { required } = header.$ref === undefined ? header : (resolveRef(document, header.$ref) as HeaderObject);
    if (required === true) expect([name, response.headers.has(name)]).toEqual([name, true]);
  }
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  const content = Buffer.from(await response.arrayBuffer());
  if (shown.content === undefined) {
    expect([operation.path, content.length]).toEqual([operation.path, 0]);
    return type;
  }
  const media = shown.content[type];
  if (media === undefined) throw new Error(`${operation.path}: ${type} is not documented for ${response.status}`);
  const text = content.toString();
  const item = media['x-itemSchema'];
  const wrong = checkJson(
    type === 'application/json' || type === 'application/problem+json' ? JSON.parse(text) : text,
    media.schema,
    { document, closed: true },
  );
  const items = item === undefined ? [] : itemsOf(type, text);
  const wrongItems = items.flatMap((one) => checkJson(one, item ?? {}, { document, closed: true }));
  expect([operation.path, ...wrong, ...wrongItems]).toEqual([operation.path]);
  if (item !== undefined) expect(items.length).toBeGreaterThan(0);
  return type;
}

const JSON_ONLY = { accept: 'application/json' };
const NOBODY = 'conv_01a1fd61-2742-75b2-84dd-000000000000';

/** Requests for each operation: every status below 400 that is documented and can be had, and what it refuses. */
const REQUESTS: Readonly<Record<string, () => Promise<readonly Request[]> | readonly Request[]>> = {
  chat: () => [
    { path: '/chat', body: bodyExample('chat'), status: 200 },
    { path: '/chat', body: { message: 'Hi', agent_name: 'nobody' }, status: 404 },
    { path: '/chat', body: { message: 'Hi', model: 'bad:500' }, status: 502 },
    { path: '/chat', body: {}, status: 422 },
  ],
  listOpenAiModels: () => [{ path: '/v1/models', status: 200 }],
  getOpenAiModel: () => [
    { path: '/v1/models/scripted', status: 200 },
    { path: '/v1/models/nothing', status: 404 },
  ],
  getOpenAiAgent: () => [{ path: '/v1/models/agent/default', status: 200 }],
  complete: () => [
    { path: '/v1/chat/completions', body: { ...(bodyExample('complete') as object), model: 'scripted' }, status: 200 },
    {
      path: '/v1/chat/completions',
      body: { ...(bodyExample('complete') as object), model: 'scripted', stream: true },
      status: 200,
    },
    { path: '/v1/chat/completions', body: {}, status: 400 },
    { path: '/v1/chat/completions', body: {}, headers: { 'x-api-key': 'wrong' }, status: 401 },
  ],
  streamChat: () => [
    { path: '/chat/stream', body: bodyExample('streamChat'), status: 200 },
    { path: '/chat/stream', body: { message: '[[tool:calculate {"expression":"1+1"}]]' }, status: 200 },
    { path: '/chat/stream', body: { message: 'Hi', conversation_id: NOBODY }, status: 404 },
    { path: '/chat/stream', body: { prompt: 'Hi' }, status: 200 },
    { path: '/chat/stream', body: { prompt: 'Hi', message: 'Hi' }, status: 422 },
  ],
  answerPrompt: () => [
    { path: '/chat/blocking', body: bodyExample('answerPrompt'), status: 200 },
    {
      path: '/chat/blocking',
      body: { prompt: 'Hi', improvement: true, intermediate_steps: true },
      status: 200,
    },
    { path: '/chat/blocking', body: { prompt: 'Hi', model: 'bad:500' }, status: 502 },
    { path: '/chat/blocking', body: {}, status: 422 },
  ],
  answerQuery: () => [
    { path: '/chat/blocking?prompt=Hello', status: 200 },
    { path: '/chat/blocking', status: 422 },
  ],
  streamQuery: () => [
    { path: '/chat/stream?prompt=Hello&improvement=true', status: 200 },
    { path: '/chat/stream?prompt=Hello&role=nobody', status: 422 },
  ],
  ping: () => [{ path: '/ping', status: 200 }],
  apiStream: () => {
    const asking = (id: string): unknown => ({ ...Object(bodyExample('apiStream')), model: { id } });
    return [
      { path: '/api/stream', body: asking('scripted'), status: 200 },
      { path: '/api/stream', body: asking('bad:500'), status: 200 },
      { path: '/api/stream', body: asking('nope'), status: 422 },
      { path: '/api/stream', body: {}, status: 422 },
    ];
  },
  createConversation: () => [
    { path: '/conversations', body: bodyExample('createConversation'), status: 202 },
    { path: '/conversations', body: bodyExample('createConversation'), headers: { prefer: 'wait=20' }, status: 200 },
    {
      path: '/conversations',
      body: bodyExample('createConversation'),
      headers: { 'idempotency-key': 'once' },
      status: 202,
    },
    {
      path: '/conversations',
      body: { agent_configs: [{ name: 'A' }] },
      headers: { 'idempotency-key': 'once' },
      status: 422,
    },
    { path: '/conversations', body: '{', status: 400 },
    { path: '/conversations', body: { agent_configs: [{ name: 'A', model: 'nope' }] }, status: 422 },
    { path: '/conversations', body: {}, headers: { 'x-api-key': '' }, status: 401 },
    { path: '/conversations', body: {}, headers: { 'x-api-key': 'wrong' }, status: 403 },
    { path: '/conversations', body: {}, headers: { 'content-type': 'text/plain' }, status: 415 },
    { path: '/conversations', body: { agent_configs: [], scenario: 'x'.repeat(1_100_000) }, status: 413 },
  ],
  listConversations: () => [
    { path: '/conversations?limit=1', status: 200 },
    { path: '/conversations?cursor=x', status: 400 },
    { path: '/conversations?limit=none', status: 422 },
  ],
  getConversation: async () => {
    const failed = await converse({ model_name: 'bad:500' });
    const hidden = await converse({ return_log: false });
    const ids = [finished, failed, hidden];
    return [
      ...ids.map((id) => ({ path: `/conversations/${id}`, status: 200 })),
      { path: `/conversations/${NOBODY}`, status: 404 },
    ];
  },
  cancelConversation: () => [
    { path: `/conversations/${finished}/cancel`, status: 200 },
    { path: `/conversations/${finished}/cancel`, body: bodyExample('cancelConversation'), status: 200 },
    { path: `/conversations/${finished}/cancel`, body: { mode: 'never' }, status: 422 },
    { path: `/conversations/${NOBODY}/cancel`, status: 404 },
  ],
  deleteConversation: async () => [
    { path: `/conversations/${await converse()}`, status: 200 },
    { path: `/conversations/${NOBODY}`, status: 404 },
  ],
  listMessages: () => [
    { path: `/conversations/${finished}/messages`, status: 200 },
    { path: `/conversations/${finished}/messages?limit=1`, status: 200 },
    { path: `/conversations/${finished}/messages?cursor=x`, status: 400 },
    { path: `/conversations/${NOBODY}/messages`, status: 404 },
  ],
  sendMessage: async () => {
    const waiting = await converse(
      {
        agent_configs: [
          { name: 'Alice', goal: 'a' },
          { name: 'Eve', type: 'human', goal: 'e' },
        ],
      },
      'input_requested',
    );
    const path = `/conversations/${waiting}/messages`;
    const response = await send({ path: '/chat', body: { message: 'How warm is it?' }, status: 200 }, 'POST');
    const chat = response.headers.get('x-conversation-id') ?? '';
    return [
      { path, body: { agent: 'nobody' }, status: 422 },
      { path, body: { ...Object(bodyExample('sendMessage')), to: ['Alice'] }, status: 200 },
      { path, body: bodyExample('sendMessage'), status: 409 },
      { path: `/conversations/${NOBODY}/messages`, body: bodyExample('sendMessage'), status: 404 },
      { path: `/conversations/${chat}/messages`, body: { message: 'And in Kelvin?' }, status: 202 },
    ];
  },
  exportConversation: () => [
    ...['json', 'jsonl', 'markdown'].map((format) => ({
      path: `/conversations/${finished}/export?format=${format}`,
      status: 200,
    })),
    { path: `/conversations/${finished}/export?format=x`, status: 422 },
    { path: `/conversations/${NOBODY}/export`, status: 404 },
  ],
  watchEvents: async () => {
    const events = `/conversations/${finished}/events`;
    const page = (await (await send({ path: events, headers: JSON_ONLY, status: 200 }, 'get')).json()) as Record<
      string,
      unknown
    >;
    const failed = await converse({ model_name: 'bad:500' });
    return [
      { path: events, status: 200 },
      { path: `${events}?projection=chat`, status: 200 },
      { path: `${events}?projection=text`, status: 200 },
      { path: `${events}?projection=text`, headers: { accept: 'text/plain' }, status: 200 },
      { path: `${events}?limit=3`, headers: JSON_ONLY, status: 200 },
      { path: `/conversations/${failed}/events`, status: 200 },
      { path: `/conversations/${failed}/events?projection=chat`, status: 200 },
      { path: `/conversations/${failed}/events?projection=text`, status: 200 },
      { path: events, headers: { 'last-event-id': String(page['next_cursor']) }, status: 204 },
      { path: events, headers: { 'last-event-id': 'x' }, status: 400 },
      { path: events, headers: { 'last-event-id': '999' }, status: 409 },
      { path: `${events}?projection=x`, status: 422 },
      { path: `/conversations/${NOBODY}/events`, status: 404 },
    ];
  },
  listAgents: () => [{ path: '/agents', status: 200 }],
  getAgent: async () => {
    await send({ path: '/agents/shown', body: bodyExample('createAgent'), status: 201 }, 'post');
    const viewer = { 'x-api-key': 'key-of-a-viewer' };
    return [
      { path: '/agents/shown', status: 200 },
      { path: '/agents/default', status: 200 },
      { path: '/agents/default', headers: viewer, status: 200 },
      { path: '/agents/shown', headers: viewer, status: 404 },
    ];
  },
  createAgent: () => [
    { path: '/agents/bare', status: 201 },
    { path: '/agents/bare', status: 409 },
    { path: '/agents/my_custom_agent', body: bodyExample('createAgent'), status: 201 },
    { path: '/agents/other', body: { model: 'nope' }, status: 422 },
    { path: '/agents/default', body: {}, status: 409 },
  ],
  replaceAgent: async () => {
    await send({ path: '/agents/replaced', status: 201 }, 'post');
    return [
      { path: '/agents/replaced', body: bodyExample('replaceAgent'), status: 200 },
      { path: '/agents/replaced', body: { tools: ['nope'] }, status: 422 },
      { path: '/agents/default', body: {}, status: 409 },
      { path: '/agents/nobody', body: {}, status: 404 },
    ];
  },
  deleteAgent: async () => {
    await send({ path: '/agents/deleted', status: 201 }, 'post');
    return [
      { path: '/agents/deleted', status: 200 },
      { path: '/agents/deleted', status: 404 },
      { path: '/agents/default', status: 409 },
    ];
  },
  createSession: () => [
    { path: '/create_session', status: 200 },
    { path: '/create_session', body: null, status: 200 },
    { path: '/create_session', body: bodyExample('createSession'), status: 200 },
    { path: '/create_session', body: { tools: [{}] }, status: 422 },
  ],
  callRpc: () => [
    { path: '/rpc', body: bodyExample('callRpc'), status: 200 },
    { path: '/rpc', body: [bodyExample('callRpc'), { jsonrpc: '2.0', id: 2, method: 'nothing' }], status: 200 },
    { path: '/rpc', body: { jsonrpc: '2.0', method: 'tool_list' }, status: 204 },
    { path: '/rpc', body: { id: 1 }, status: 400 },
    { path: '/rpc', body: '{', status: 400 },
    { path: '/rpc', body: {}, headers: { 'x-api-key': '' }, status: 401 },
  ],
  listModels: () => [{ path: '/models', status: 200 }],
  getModel: () => [
    { path: '/models/scripted', status: 200 },
    { path: '/models/nope', status: 404 },
  ],
  listEvaluators: () => [{ path: '/evaluators', status: 200 }],
  readMetrics: () => [{ path: '/metrics', status: 200 }],
  showConfig: () => [
    { path: '/config', status: 200 },
    { path: '/config', headers: { 'x-api-key': 'key-of-a-viewer' }, status: 403 },
  ],
  showServer: () => [{ path: '/', status: 200 }],
  showHealth: () => [{ path: '/health', status: 200 }],
  probeLive: () => [{ path: '/health/live', status: 200 }],
  probeReady: () => [{ path: '/health/ready', status: 200 }],
  probeStartup: () => [{ path: '/health/startup', status: 200 }],
  getOpenApi: () => withEtag('/openapi.json'),
  getAsyncApi: () => withEtag('/asyncapi.json'),
  showSwaggerUi: () => withEtag('/docs'),
  showRedoc: () => withEtag('/redoc'),
  getSwaggerUiFile: async () => [
    ...(await withEtag('/docs/swagger-ui.css')),
    { path: '/docs/start.js', status: 200 },
    { path: '/docs/favicon.png', status: 200 },
    { path: '/docs/nothing.js', status: 404 },
  ],
  getRedocFile: async () => [
    ...(await withEtag('/redoc/redoc.standalone.js')),
    { path: '/redoc/nothing.js', status: 404 },
  ],
};

/** Media types that an answer may have and this one does not: the files of the other page. */
const NOT_HERE: Readonly<Record<string, readonly string[]>> = { getRedocFile: ['text/css', 'image/png'] };

function bodyExample(operationId: string): unknown {
  return Object.values(OPERATIONS.get(operationId)?.body?.examples ?? {})[0]?.value;
}

async function withEtag(path: string): Promise<readonly Request[]> {
  const etag = (await send({ path, status: 200 }, 'get')).headers.get('etag') ?? '';
  return [
    { path, status: 200 },
    // Without its own, fetch would send `no-cache`, which asks for the whole.
    { path, headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' }, status: 304 },
  ];
}

describe('each documented operation', () => {
  it('is tried on a conversation that was judged', async () => {
    const shown = await (await send({ path: `/conversations/${finished}`, status: 200 }, 'get')).json();
    expect(shown).toMatchObject({ status: 'completed', evaluation_results: { per_agent: { A: {}, B: {} } } });
  });

  it('is tried', () => {
    expect(Object.keys(REQUESTS).toSorted()).toEqual([...OPERATIONS.keys()].toSorted());
  });

  it.each([...OPERATIONS.keys()])('%s answers as documented', async (operationId) => {
    const operation = OPERATIONS.get(operationId);
    const requests = await REQUESTS[operationId]?.();
    if (operation === undefined || requests === undefined) throw new Error(`there are no requests for ${operationId}`);
    const seen = new Set<string>();
    for (const request of requests) seen.add(`${request.status} ${await perform(operation, request)}`.trim());
    const promised = Object.entries(operation.answers)
      .filter(([status]) => Number(status) < 400)
      .flatMap(([status, { content }]) =>
        content === undefined ? [status] : Object.keys(content).map((type) => `${status} ${type}`),
      )
      .filter((answer) => !(NOT_HERE[operationId] ?? []).some((type) => answer.endsWith(type)));
    expect([...seen]).toEqual(expect.arrayContaining(promised));
  });
});

describe('the document and the routes', () => {
  let app: NestExpressApplication;

  beforeAll(async () => {
    app = await openApp({});
  });

  afterAll(async () => {
    await app.close();
  });

  it('are the same, in both directions', () => {
    const documented = [...OPERATIONS.values()].map(({ method, path }) => `${method} ${path}`).toSorted();
    expect(controllerRoutes(app).map(({ route }) => route)).toEqual(documented);
    expect(expressRoutes(app)).toEqual(documented);
  });

  it('ask the same of a caller', () => {
    const asked = new Map([...OPERATIONS.values()].map(({ method, path, access }) => [`${method} ${path}`, access]));
    for (const { route, access } of controllerRoutes(app)) expect([route, asked.get(route)]).toEqual([route, access]);
  });

  it('are closed by docs.enabled: false', async () => {
    const closed = await openApp({ docs: { enabled: false } });
    await closed.listen(0, '127.0.0.1');
    const url = await closed.getUrl();
    for (const path of [
      '/docs',
      '/docs/',
      '/docs/swagger-ui.css',
      '/redoc',
      '/redoc/redoc.standalone.js',
      '/openapi.json',
      '/asyncapi.json',
    ]) {
      const response = await fetch(`${url}${path}`);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        path,
        404,
        'application/problem+json; charset=utf-8',
      ]);
    }
    await closed.close();
  });
});

async function openApp(changes: Partial<ParleyConfig>): Promise<NestExpressApplication> {
  const { config } = loadConfig({ env: {}, search: false });
  const changed = Object.assign<object, ParleyConfig, Partial<ParleyConfig>>({}, config, {
    storage: { type: 'memory' },
    ...changes,
  });
  const app = await createApp(changed, createLogger({ level: 'error' }));
  await app.init();
  return app;
}

describe('the pages', () => {
  it.each(['/docs', '/redoc'])('%s load from this server only, without a key', async (path) => {
    const page = await fetch(`${server.url}${path}`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'/,
    );
    const html = await page.text();
    for (const [, address = ''] of html.matchAll(/(?:src|href|spec-url)="([^"]+)"/g)) {
      // Relative: the page works below a base path.
      expect(address).toMatch(/^\w/);
      const file = await fetch(new URL(address, `${server.url}${path}`));
      expect([address, file.status]).toEqual([address, 200]);
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
      await file.arrayBuffer();
    }
  });

  it('are found with a slash at the end too', async () => {
    for (const path of ['/docs', '/redoc']) {
      const there = await fetch(`${server.url}${path}/`);
      expect([there.status, there.url]).toEqual([200, `${server.url}${path}`]);
    }
  });

  it('answer HEAD with the same head', async () => {
    for (const path of ['/docs', '/openapi.json', '/docs/swagger-ui-bundle.js']) {
      const get = await fetch(`${server.url}${path}`);
      const head = await fetch(`${server.url}${path}`, { method: 'HEAD' });
      for (const name of ['content-type', 'content-length', 'etag', 'cache-control']) {
        expect([path, name, head.headers.get(name)]).toEqual([path, name, get.headers.get(name)]);
      }
      expect(await head.text()).toBe('');
      await get.arrayBuffer();
    }
  });

  it('give no other file', async () => {
    for (const name of ['..%2fdocs.module.js', '%2e%2e%2fpages.js', 'README.md', 'SHA256SUMS', 'constructor']) {
      expect([name, (await fetch(`${server.url}/docs/${name}`, { headers: { 'x-api-key': KEY } })).status]).toEqual([
        name,
        404,
      ]);
    }
  });
});
