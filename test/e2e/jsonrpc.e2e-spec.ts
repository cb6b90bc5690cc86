import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { api } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { createSession, SessionClient } from '../support/session-client.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

const KEYS = 'a:key-of-a,b:key-of-b';
const A = { headers: { 'x-api-key': 'key-of-a' } };
const B = { headers: { 'x-api-key': 'key-of-b' } };

const PARAMETERS = { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] };
/** As the documentation has it. */
const FLAT = { name: 'get_weather', description: 'Get the current weather for a location', parameters: PARAMETERS };
/** As OpenAI has it, with a name that no model is told. */
const ODD = { type: 'function', function: { ...FLAT, name: 'get weather@x' } };
const ASK = { toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"location":"Oslo"}' }] };

let upstream: Upstream;
let server: RunningServer;
const open: SessionClient[] = [];

async function connect(session_id: string, url = server.url, options = A): Promise<SessionClient> {
  const client = await SessionClient.open(url, session_id, options);
  open.push(client);
  return client;
}

async function session(body?: unknown): Promise<SessionClient> {
  return connect(await createSession(server.url, body, A.headers));
}

/** What the model was asked, last. */
function lastBody(model = 'm'): Json {
  return upstream.calls(model).at(-1)?.body as Json;
}

const statusOf = ({ result }: Json): unknown => (result as Json | undefined)?.['status'];
const codeOf = ({ error }: Json): unknown => (error as Json | undefined)?.['code'];
const taskOf = ({ result }: Json): string => String((result as Json)['task_id']);

beforeAll(async () => {
  upstream = await startUpstream();
  server = await startServer({
    config: configFor(upstream.url, ['m', 'scripted', 'bad:500', 'text:400:20']),
    env: { PARLEY_API_KEYS: KEYS },
  });
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  for (const client of open) client.close();
  await stopAllServers();
  await upstream.close();
});

describe('sessions', () => {
  it.each([
    ['no body', undefined],
    ['null', null],
    ['an empty object', {}],
    ['flat tools', { tools: [FLAT] }],
    ['nested tools', { tools: [ODD] }],
    ['tools: null', { tools: null }],
  ])('are created with %s', async (_name, body) => {
    const made = await api(`${server.url}/create_session`, 'POST', body, A.headers);
    const { session_id, conversation_id } = made.body as Record<string, string>;
    expect([made.status, Object.keys(made.body)]).toEqual([200, ['session_id', 'conversation_id']]);
    expect(session_id).toBe(conversation_id?.replace('conv_', 'sess_'));
    const shown = await api(`${server.url}/conversations/${conversation_id}`, 'GET', undefined, A.headers);
    expect(shown.body).toMatchObject({ kind: 'session', status: 'queued' });
  });

  it('refuse tools that are none, naming the fields', async () => {
    const body = {
      tools: [{ description: 'x' }, { name: 'a' }, { name: 'a' }, { name: 'b', parameters: { type: 7 } }],
    };
    const { status, body: problem } = await api(`${server.url}/create_session`, 'POST', body, A.headers);
    const pointers = (problem['errors'] as Json[]).map(({ pointer }) => pointer);
    expect([status, ...pointers]).toEqual([422, '/tools/0/name', '/tools/2/name', '/tools/3/parameters']);
  });

  it.each([
    ['that never was', 'sess_01a1fd61-2742-75b2-84dd-000000000000', A],
    ['that is none', 'nonsense', A],
    ['of another tenant', undefined, B],
    ['of another kind', 'chat', A],
  ])('one %s is an invalid session id, then close 1008', async (_name, given, options) => {
    const own = await createSession(server.url, {}, A.headers);
    const chat = await api(`${server.url}/chat`, 'POST', { message: 'hi', model: 'scripted' }, A.headers);
    const id = given === 'chat' ? String(chat.body['conversation_id']).replace('conv_', 'sess_') : (given ?? own);
    const client = await connect(id, server.url, options);
    expect(await client.next('error')).toEqual({
      session_id: id,
      task_id: null,
      error: { code: -32_000, message: 'Invalid session ID', data: null },
      cursor: null,
    });
    expect(await client.client.closed).toEqual({ code: 1008, reason: 'Invalid session ID' });
  });

  it('are over when they are idle', async () => {
    const other = await startServer({
      config: `${configFor(upstream.url, ['m'])}limits: {session_idle_seconds: 0.001}\n`,
    });
    const client = await connect(await createSession(other.url), other.url);
    expect((await client.next('error'))['error']).toMatchObject({ code: -32_000 });
    await other.stop();
  });

  it('that are deleted take no calls', async () => {
    const client = await session();
    const { session_id } = (await client.call('ping'), { session_id: client.client.ws.url.split('/').at(-1) ?? '' });
    const id = session_id.replace('sess_', 'conv_');
    await api(`${server.url}/conversations/${id}`, 'DELETE', undefined, A.headers);
    expect(codeOf(await client.call('generate', { message: 'hi' }))).toBe(-32_000);
  });
});

describe('generate', () => {
  it('streams text and ends with all of it', async () => {
    upstream.script('m', [{ text: ['Hel', 'lo ', 'wörld'] }]);
    const client = await session();
    const history = [{ role: 'user', content: 'Hello, tell me a joke.' }];
    const ack = await client.call('generate', { history, max_new_tokens: 50, temperature: 0.3, top_p: 0.9 });
    expect(ack['result']).toEqual({ status: 'processing', task_id: expect.stringMatching(/^run_/) });
    // The answer to the call comes before what it begins.
    expect(client.client.frames[0]).toBe(ack);
    const { text, end } = await client.untilEnd();
    expect([text, end['final_text'], end['status_message']]).toEqual(['Hello wörld', 'Hello wörld', 'Completed']);
    expect(end['task_id']).toBe(taskOf(ack));
    expect(lastBody()).toMatchObject({ messages: history, max_tokens: 50, temperature: 0.3, top_p: 0.9 });
    expect(lastBody()['tools']).toBeUndefined();
  });

  it('that was refused does not stand in the way of the next', async () => {
    const client = await session();
    upstream.script('m', [{ text: 'one' }]);
    expect(codeOf(await client.call('generate', { message: 'hi', model: 'unknown' }))).toBe(-32_602);
    expect(codeOf(await client.call('generate', { message: 'hi', agent_name: 'nobody' }))).toBe(-32_602);
    await client.call('generate', { message: 'hi' });
    expect((await client.untilEnd()).text).toBe('one');
  });

  it('goes on with what was said, and puts a history in its place', async () => {
    const client = await session();
    upstream.script('m', [{ text: 'one' }, { text: 'two' }, { text: 'three' }, { text: 'four' }]);
    const ask = async (params: Json): Promise<unknown> => {
      await client.call('generate', params);
      await client.untilEnd();
      return (lastBody()['messages'] as Json[]).map(({ content }) => content);
    };
    expect(await ask({ message: 'first' })).toEqual(['first']);
    expect(await ask({ message: 'second' })).toEqual(['first', 'one', 'second']);
    expect(await ask({ history: [{ role: 'user', content: 'anew' }] })).toEqual(['anew']);
    expect(await ask({ history: [], message: 'empty' })).toEqual(['empty']);
  });

  it.each([
    ['nothing to answer', {}, '/params/history'],
    ['an empty history alone', { history: [] }, '/params/history'],
    ['another session', { message: 'x', session_id: 'sess_x' }, '/params/session_id'],
    ['an unknown field', { message: 'x', colour: 'red' }, '/params/colour'],
    ['too hot', { message: 'x', temperature: 2.1 }, '/params/temperature'],
    ['two limits', { message: 'x', max_tokens: 1, max_new_tokens: 2 }, '/params/max_new_tokens'],
    ['an unknown choice', { message: 'x', tool_choice: 'perhaps' }, '/params/tool_choice'],
    [
      'a choice of nothing',
      { message: 'x', tool_choice: { type: 'function', function: { name: 'f' } } },
      '/params/tool_choice/function/name',
    ],
    ['an unknown model', { message: 'x', model: 'nope' }, '/model'],
    ['an unknown agent', { message: 'x', agent_name: 'nobody' }, '/params/agent_name'],
    [
      'the result of a call that was not asked',
      { history: [{ role: 'tool', tool_call_id: 'c', tool_name: 't', content: 'x' }] },
      '/params/history/0/tool_call_id',
    ],
  ])('refuses %s', async (_name, params, pointer) => {
    const client = await session();
    const { error } = await client.call('generate', params);
    const { code, message, data } = error as { code: number; message: string; data: { errors: Json[] } };
    expect([code, message]).toEqual([-32_602, expect.stringMatching(/^Invalid params: /)]);
    expect(data.errors.map((problem) => problem['pointer'])).toEqual([pointer]);
  });

  it('says what failed, in its own words, and then that it failed', async () => {
    const client = await session();
    await client.call('generate', { message: 'x', model: 'bad:500' });
    const { methods, end } = await client.untilEnd();
    expect([methods, end['status_message'], end['final_text']]).toEqual([['error', 'end'], 'Failed', null]);
    const error = client.client.frames.find(({ method }) => method === 'error')?.['params'] as Json;
    expect(error['error']).toMatchObject({ code: -32_603, data: { code: 'upstream_unavailable', retryable: true } });
    expect(JSON.stringify(client.client.frames)).not.toContain('UPSTREAM-CANARY');
  });

  it('is refused while one is under way', async () => {
    const client = await session();
    await client.call('generate', { message: 'x', model: 'text:400:20' });
    expect((await client.call('generate', { message: 'y' }))['error']).toMatchObject({
      code: -32_603,
      message: 'Generation already in progress',
    });
    await client.call('cancel');
  });
});

describe('tools that the client runs', () => {
  it('speak the documented protocol, with names and fields of both forms', async () => {
    upstream.script('m', [
      { toolCalls: [{ id: 'call_1', name: 'get_weather_x', arguments: '{"location":"Oslo"}' }] },
      { text: ['Hel', 'lo Oslo'] },
    ]);
    const session_id = await createSession(server.url, { tools: [ODD] }, A.headers);
    const client = await connect(session_id);
    const history = [{ role: 'user', content: 'use tool' }];
    const ack = await client.call('generate', { history, tool_choice: 'any' });
    const task_id = taskOf(ack);
    const tool_call = { id: 'call_1', tool: 'get weather@x', parameters: { location: 'Oslo' } };
    expect(await client.next('function_call_request')).toEqual({
      session_id,
      task_id,
      request_id: 'call_1',
      tool_name: 'get weather@x',
      parameters: { location: 'Oslo' },
      tool_call,
      cursor: expect.any(String),
    });
    expect(await client.next('end')).toEqual({
      session_id,
      task_id,
      final_text: null,
      status_message: 'Function call(s) requested',
      cursor: expect.any(String),
    });
    expect((lastBody()['tools'] as { function: Json }[])[0]?.function['name']).toBe('get_weather_x');
    expect(lastBody()['tool_choice']).toBe('required');
    const results = [{ tool_call_id: 'call_1', tool_name: 'get weather@x', result: { t: 1 } }];
    const answered = await client.call('tool_result', { session_id, task_id, results });
    expect(answered['result']).toEqual({ status: 'received_and_processed' });
    const { text, end } = await client.untilEnd();
    expect([text, end]).toEqual([
      'Hello Oslo',
      { session_id, task_id, final_text: 'Hello Oslo', status_message: 'Completed', cursor: expect.any(String) },
    ]);
    const frames = client.client.frames;
    expect(frames.map((frame) => frame['method'] ?? 'answer').slice(0, 4)).toEqual([
      'answer',
      'function_call_request',
      'end',
      'answer',
    ]);
    const messages = lastBody()['messages'] as Json[];
    expect(messages.at(-1)).toMatchObject({ role: 'tool', tool_call_id: 'call_1', content: '{"t":1}' });
    // A model that had to call a tool may answer now.
    expect(lastBody()['tool_choice']).toBeUndefined();
  });

  it('are refused by code where they were not asked for, are late, or come twice', async () => {
    const two = [...ASK.toolCalls, { id: 'call_2', name: 'get_weather', arguments: '{"location":"Rome"}' }];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    upstream.script('m', [{ toolCalls: two }, { text: [{ until: held }, 'Done'] }]);
    const client = await session({ tools: [FLAT] });
    const task_id = taskOf(await client.call('generate', { message: 'x' }));
    await client.next('end');
    const give = (results: Json[], more: Json = {}): Promise<Json> =>
      client.call('tool_result', { task_id, results, ...more });
    const one = { tool_call_id: 'call_1', tool_name: 'get_weather' };
    const mismatch = await give([
      { ...one, result: 1 },
      { tool_call_id: 'call_9', result: 1 },
    ]);
    expect(mismatch['error']).toMatchObject({
      code: -32_602,
      data: {
        required_ids: ['call_1', 'call_2'],
        received_ids: ['call_1', 'call_9'],
        missing_ids: ['call_2'],
        extra_ids: ['call_9'],
      },
    });
    expect(
      (
        await give([
          { ...one, result: 1 },
          { ...one, result: 1 },
        ])
      )['error'],
    ).toMatchObject({
      data: { extra_ids: ['call_1'] },
    });
    expect(codeOf(await give([one]))).toBe(-32_602);
    expect(codeOf(await give([{ ...one, result: 1, is_error: 'yes' }]))).toBe(-32_602);
    expect(codeOf(await client.call('tool_result', { task_id }))).toBe(-32_602);
    expect(statusOf(await give([]))).toBe('received_empty_results_unexpectedly');
    for (const task of ['task_xyz', task_id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))]) {
      expect(statusOf(await give([{ ...one, result: 1 }], { task_id: task }))).toBe('received_ignored_unknown_task');
    }
    const foreign = await session();
    const theirs = await foreign.call('tool_result', { task_id, results: [{ ...one, result: 1 }] });
    expect(statusOf(theirs)).toBe('received_ignored_unknown_task');
    // One by one, and with errors in each of their forms.
    expect(statusOf(await give([{ ...one, is_error: true, error_message: 'API limit reached' }]))).toBe(
      'received_and_processed',
    );
    expect((await give([{ ...one, result: 1 }]))['error']).toMatchObject({ data: { extra_ids: ['call_1'] } });
    expect(statusOf(await give([{ tool_call_id: 'call_2', error: 'no such place' }]))).toBe('received_and_processed');
    expect(codeOf(await give([{ ...one, result: 1 }]))).toBe(-32_603);
    release();
    await client.next('end');
    const told = (lastBody()['messages'] as Json[]).filter(({ role }) => role === 'tool').map(({ content }) => content);
    expect(told).toEqual(['Error: API limit reached', 'Error: no such place']);
    expect(statusOf(await give([{ ...one, result: 1 }]))).toBe('received_ignored_no_pending_call_in_task_state');
  });

  it('that give no result in time are a result that the model sees', async () => {
    upstream.script('m', [ASK, { text: 'Then not.' }]);
    const config = `${configFor(upstream.url, ['m'])}limits: {client_tool_seconds: 0.05}\n`;
    const other = await startServer({ config });
    const client = await connect(await createSession(other.url, { tools: [FLAT] }), other.url);
    await client.call('generate', { message: 'x' });
    await client.next('end');
    expect((await client.untilEnd()).text).toBe('Then not.');
    const told = (lastBody()['messages'] as Json[]).at(-1);
    expect(told?.['content']).toBe('Error: the client gave no result for get_weather in time');
    await other.stop();
  });

  it('of one request stand in for those of the session; an agent brings its own', async () => {
    upstream.script('m', [{ text: 'a' }, { text: 'b' }, { text: 'c' }]);
    const client = await session({ tools: [FLAT] });
    const names = async (params: Json): Promise<unknown> => {
      await client.call('generate', { message: 'x', ...params });
      await client.untilEnd();
      return ((lastBody()['tools'] ?? []) as { function: Json }[]).map((tool) => tool.function['name']);
    };
    expect(await names({})).toEqual(['get_weather']);
    expect(await names({ tools: [{ name: 'a.b' }, { name: 'a b' }, { name: 'a_b' }] })).toEqual([
      'a_b',
      'a_b_1',
      'a_b_2',
    ]);
    expect(await names({ agent_name: 'default', tools: [{ name: 'mine' }] })).toEqual(
      expect.arrayContaining(['calculate', 'mine']),
    );
  });

  it('show among the messages of their conversation what clients made of the calls', async () => {
    upstream.script('m', [ASK, { text: 'I cannot tell.' }]);
    const made = await api(`${server.url}/create_session`, 'POST', { tools: [FLAT] }, A.headers);
    const client = await connect(String(made.body['session_id']));
    const history = [{ role: 'user', content: 'What is the weather?' }];
    const task_id = taskOf(await client.call('generate', { history }));
    await client.next('end');
    const results = [{ tool_call_id: 'call_1', tool_name: 'get_weather', is_error: true, error_message: 'no network' }];
    await client.call('tool_result', { task_id, results });
    expect((await client.untilEnd()).text).toBe('I cannot tell.');
    const url = `${server.url}/conversations/${String(made.body['conversation_id'])}/messages`;
    const messages = (await api(url, 'GET', undefined, A.headers)).body['messages'] as readonly Json[];
    expect(messages.find(({ tool_calls }) => tool_calls !== undefined)).toMatchObject({
      role: 'assistant',
      tool_calls: [{ id: 'call_1', name: 'get_weather', arguments: { location: 'Oslo' } }],
      tool_results: [
        {
          tool_call_id: 'call_1',
          name: 'get_weather',
          content: expect.stringContaining('no network'),
          is_error: true,
        },
      ],
    });
    expect(messages.at(-1)).toMatchObject({ text: 'I cannot tell.' });
  });

  it('work on a server that the documented environment alone sets up', async () => {
    upstream.script('deepseek-chat', [
      { toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"location":"Oslo"}' }] },
      { text: 'Cloudy.' },
    ]);
    const env = {
      API_KEY_ENV_VAR: 'DEEPSEEK_API_KEY',
      DEEPSEEK_API_KEY: 'a-key-of-the-provider',
      LLM_BASE_URL: upstream.url,
      LLM_MODEL_NAME: '"deepseek-chat" # Specific DeepSeek model',
    };
    const other = await startServer({ env });
    const client = await connect(await createSession(other.url, { tools: [FLAT] }), other.url);
    const history = [{ role: 'user', content: 'What is the weather?' }];
    const task_id = taskOf(await client.call('generate', { history }));
    await client.next('end');
    const results = [{ tool_call_id: 'call_1', tool_name: 'get_weather', result: { condition: 'Cloudy' } }];
    await client.call('tool_result', { task_id, results });
    expect((await client.untilEnd()).text).toBe('Cloudy.');
    expect(upstream.calls('deepseek-chat').at(-1)?.headers['authorization']).toBe('Bearer a-key-of-the-provider');
    expect((await api(`${other.url}/models`)).body).toMatchObject({ default: { name: 'deepseek-chat' } });
    await other.stop();
  });

  it('are waited for over a killed server, and answered on a new socket', async () => {
    upstream.script('m', [{ text: 'Let me see. ', ...ASK }, { text: 'Sunny.' }]);
    const config = configFor(upstream.url, ['m']);
    const first = await startServer({ config });
    const session_id = await createSession(first.url, { tools: [FLAT] });
    const before = await connect(session_id, first.url);
    const task_id = taskOf(await before.call('generate', { message: 'x' }));
    const { text: said } = await before.untilEnd();
    expect(said).toBe('Let me see. ');
    const chunk = before.client.frames.findLast(({ method }) => method === 'text_chunk')?.['params'] as Json;
    await first.kill();
    const second = await startServer({ config, dataDir: first.dataDir });
    const after = await connect(session_id, second.url);
    const results = [{ tool_call_id: 'call_1', tool_name: 'get_weather', result: 'sunny' }];
    expect(statusOf(await after.call('tool_result', { task_id, results }))).toBe('received_and_processed');
    expect(statusOf(await after.call('resume', { after: chunk['cursor'] }))).toBe('resumed');
    const asked = await after.untilEnd();
    expect([asked.methods, asked.text]).toEqual([['function_call_request', 'end'], '']);
    const { text, end } = await after.untilEnd();
    expect([text, end['final_text'], end['task_id']]).toEqual(['Sunny.', 'Let me see. Sunny.', task_id]);
    await second.stop();
  });
});
