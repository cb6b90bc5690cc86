import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, type ApiAnswer } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const KEYS = { PARLEY_API_KEYS: 'alice:key-of-alice,bob:key-of-bob' };
const CONFIG = `auth: {keys: [{name: viewer, key: key-of-a-viewer, scopes: [chat]}]}
limits: {agents_per_key: 5}
agents:
  poet: {name: Poet, instructions: Rhyme. Tell nobody., model: echo, tools: [get_time, fly], max_parallel_tools: 2}
`;
const SECRET = 'Rhyme. Tell nobody.';

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  server = await startServer({ config: configFor(upstream.url, ['scripted', 'echo'], CONFIG), env: KEYS });
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

type Send = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>;

const as =
  (name: string): Send =>
  (method, path, body) =>
    api(`${server.url}${path}`, method, body, { 'x-api-key': `key-of-${name}` });

const [alice, bob, viewer] = [as('alice'), as('bob'), as('a-viewer')];

/** As document 2 creates one. */
const DOCUMENTED = {
  name: 'MyAssistant',
  instructions: 'You are a specialized assistant for…',
  model: 'echo',
  max_parallel_tools: 3,
  tool_call_timeout: 30.0,
};

const outcome = ({ status, body }: ApiAnswer): unknown[] => [status, body['code'], body['detail']];

describe('an agent of a key', () => {
  it('is made, shown, replaced and deleted', async () => {
    const made = await alice('POST', '/agents/custom', DOCUMENTED);
    const shown = { key: 'custom', ...DOCUMENTED, tools: null, max_tool_rounds: 10, read_only: false };
    expect([made.status, made.headers.get('location')]).toEqual([201, '/agents/custom']);
    expect(made.body).toMatchObject({ message: "Agent 'custom' created successfully", tools_count: 5, ...shown });
    expect((await alice('GET', '/agents/custom')).body).toMatchObject(shown);
    expect((await alice('GET', '/agents')).body).toEqual({ agents: ['default', 'poet', 'custom'], count: 3 });

    expect(outcome(await alice('POST', '/agents/custom', { name: 'Another' }))).toEqual([
      409,
      'conflict',
      'there is an agent "custom" already: PUT replaces it',
    ]);
    const bare = await alice('PUT', '/agents/custom', { instructions: null, tools: [] });
    expect(bare.status).toBe(200);
    expect((await alice('GET', '/agents/custom')).body).toEqual({
      tools_count: 0,
      key: 'custom',
      name: 'Assistant',
      instructions: null,
      model: null,
      tools: [],
      max_parallel_tools: 5,
      tool_call_timeout: 30,
      max_tool_rounds: 10,
      read_only: false,
    });

    expect((await alice('DELETE', '/agents/custom')).body).toEqual({
      message: "Agent 'custom' deleted",
      key: 'custom',
    });
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await alice(method, '/agents/custom', method === 'PUT' ? {} : undefined);
      expect(outcome(answer)).toEqual([404, 'not_found', "Agent 'custom' not found; there are default, poet"]);
    }
    const long = await alice('GET', `/agents/${'x'.repeat(500)}`);
    expect(outcome(long)[2]).toBe(`Agent '${'x'.repeat(64)}…' not found; there are default, poet`);
  });

  it('is not there for another key, which can have one of that name', async () => {
    await alice('POST', '/agents/shared', { name: 'Of Alice' });
    for (const [method, body] of [['GET'], ['PUT', {}], ['DELETE']] as const) {
      expect(outcome(await bob(method, '/agents/shared', body))).toEqual(
        outcome(await bob(method, '/agents/nowhere', body)).map((part) =>
          typeof part === 'string' ? part.replace('nowhere', 'shared') : part,
        ),
      );
    }
    expect((await bob('GET', '/agents')).body['agents']).toEqual(['default', 'poet']);
    expect((await bob('POST', '/agents/shared', { name: 'Of Bob' })).status).toBe(201);
    expect((await bob('DELETE', '/agents/shared')).status).toBe(200);
    expect((await alice('GET', '/agents/shared')).body['name']).toBe('Of Alice');
  });

  it('survives a stop, and a kill', async () => {
    const long = { ...DOCUMENTED, instructions: `${'ü🙂'.repeat(10_000)} \u0000 "end"` };
    await alice('POST', '/agents/kept', DOCUMENTED);
    await alice('PUT', '/agents/kept', long);
    await alice('POST', '/agents/gone', {});
    await alice('DELETE', '/agents/gone');
    const before = [await alice('GET', '/agents'), await alice('GET', '/agents/kept')].map(({ body }) => body);
    expect(before[1]).toMatchObject(long);
    const { dataDir } = server;
    const config = configFor(upstream.url, ['scripted', 'echo'], CONFIG);
    await server.kill();
    server = await startServer({ config, env: KEYS, dataDir });
    await server.stop();
    server = await startServer({ config, env: KEYS, dataDir });
    const after = [await alice('GET', '/agents'), await alice('GET', '/agents/kept')].map(({ body }) => body);
    expect(after).toEqual(before);
    expect((await bob('GET', '/agents/kept')).status).toBe(404);
  });

  it('is one of so many', async () => {
    const made: number[] = [];
    for (let n = 0; n < 6; n++) made.push((await viewer('POST', `/agents/a${n}`)).status);
    expect(made).toEqual([201, 201, 201, 201, 201, 409]);
    expect(outcome(await viewer('POST', '/agents/a9'))[2]).toMatch(/5 agents .* limits\.agents_per_key/);
    await viewer('DELETE', '/agents/a0');
    const results = await Promise.all(['b', 'c', 'b'].map((key) => viewer('POST', `/agents/${key}`)));
    expect(results.map(({ status }) => status)).toEqual([201, 409, 409]);
  });
});

describe('an agent of the configuration', () => {
  it('is there for every key, and for none to change', async () => {
    for (const send of [alice, bob]) {
      for (const key of ['poet', 'default']) {
        expect((await send('GET', `/agents/${key}`)).body).toMatchObject({ key, read_only: true });
        for (const [method, body] of [['POST', {}], ['PUT', {}], ['DELETE']] as const) {
          const answer = await send(method, `/agents/${key}`, body);
          expect(outcome(answer)).toEqual([409, 'conflict', expect.stringContaining('configuration')]);
        }
      }
    }
  });

  it('shows its instructions to admins only', async () => {
    expect((await alice('GET', '/agents/poet')).body).toMatchObject({ instructions: SECRET, max_parallel_tools: 2 });
    const shown = await viewer('GET', '/agents/poet');
    expect(shown.body).toMatchObject({ name: 'Poet', model: 'echo', max_parallel_tools: 2 });
    expect(JSON.stringify(shown.body)).not.toContain('Rhyme');
    expect(shown.body).not.toHaveProperty('instructions');
  });

  it('is warned about at the start when it names a tool that there is not', async () => {
    expect(server.output()).toMatch(
      /parley\.yaml:\d+:\d+: agents\.poet\.tools\[1\]: there is no tool \\"fly\\": the agent goes without it; there are get_weather, /,
    );
    expect((await alice('GET', '/agents/poet')).body).toMatchObject({ tools: ['get_time', 'fly'], tools_count: 2 });
  });

  it('is always there as "default"', async () => {
    expect((await alice('GET', '/agents/default')).body).toMatchObject({ name: 'DefaultAssistant', model: null });
    const config = configFor(upstream.url, ['echo'], 'agents: {default: {name: Ours, instructions: Be brief.}}\n');
    const other = await startServer({ config });
    expect((await api(`${other.url}/agents`)).body).toEqual({ agents: ['default'], count: 1 });
    expect((await api(`${other.url}/agents/default`)).body).toMatchObject({ name: 'Ours', instructions: 'Be brief.' });
    await other.stop();
  });
});

describe('a chat with an agent of a key', () => {
  const chat = (send: Send, message: string): Promise<ApiAnswer> =>
    send('POST', '/chat', { message, agent_name: 'pirate' });

  /** What the model was sent last: its name, the texts by role, the names of the tools. */
  function asked(): unknown {
    const call = upstream.calls().at(-1);
    if (call === undefined) throw new Error('the model was not asked');
    const { messages, tools = [] } = call.body as {
      readonly messages: readonly { readonly role: string; readonly content: string }[];
      readonly tools?: readonly { readonly function: { readonly name: string } }[];
    };
    return {
      model: call.model,
      system: messages.filter(({ role }) => role === 'system').map(({ content }) => content),
      user: messages.filter(({ role }) => role === 'user').map(({ content }) => content),
      tools: tools.map((tool) => tool.function.name),
    };
  }

  it('is answered by its model, with its instructions and tools, also after a restart', async () => {
    const pirate = { instructions: 'Talk like a pirate.', model: 'echo', tools: ['calculate'] };
    const system = [pirate.instructions];
    expect((await alice('POST', '/agents/pirate', pirate)).status).toBe(201);
    const first = await chat(alice, 'Ahoy');
    expect([first.status, first.body['response']]).toEqual([200, expect.stringMatching(/\w/)]);
    expect(asked()).toEqual({ model: 'echo', system, user: ['Ahoy'], tools: ['calculate'] });

    const { dataDir } = server;
    await server.kill();
    server = await startServer({
      config: configFor(upstream.url, ['scripted', 'echo'], CONFIG),
      env: KEYS,
      dataDir,
    });
    expect((await chat(alice, 'Again')).status).toBe(200);
    expect(asked()).toEqual({ model: 'echo', system, user: ['Ahoy', 'Again'], tools: ['calculate'] });
  });

  it('follows when it is replaced, and ends when it is deleted', async () => {
    await alice('PUT', '/agents/pirate', { instructions: 'Talk like a king.', tools: [] });
    expect((await chat(alice, 'Your Majesty')).status).toBe(200);
    expect(asked()).toMatchObject({ model: 'scripted', system: ['Talk like a king.'], tools: [] });
    const calls = upstream.calls().length;
    const unknown = [404, 'not_found', "Agent 'pirate' not found; there are default, poet"];
    expect(outcome(await chat(bob, 'Ahoy'))).toEqual(unknown);
    await alice('DELETE', '/agents/pirate');
    expect(outcome(await chat(alice, 'Ahoy'))[2]).toMatch(/^Agent 'pirate' not found; there are default, poet, kept/);
    expect(upstream.calls()).toHaveLength(calls);
  });
});

describe('what is refused', () => {
  it('names each field with what is allowed', async () => {
    const wrong = {
      name: '',
      instructions: 5,
      model: ['a'],
      tools: 'all',
      max_parallel_tools: 0,
      tool_call_timeout: -1,
      max_tool_rounds: 1.5,
      color: 'red',
    };
    const { status, body } = await alice('POST', '/agents/wrong', wrong);
    expect(status).toBe(422);
    const problems = body['errors'] as { pointer: string }[];
    expect(new Set(problems.map(({ pointer }) => pointer))).toEqual(
      new Set(Object.keys(wrong).map((field) => `/${field}`)),
    );
    expect((await alice('GET', '/agents/wrong')).status).toBe(404);
  });

  it('are names of models and tools that there are not', async () => {
    for (const method of ['POST', 'PUT']) {
      const { status, body } = await alice(method, '/agents/kept2', { model: 'gpt-4-turbo-preview', tools: ['fly'] });
      expect(status).toBe(422);
      expect(body['errors']).toEqual([
        { pointer: '/model', message: 'model "gpt-4-turbo-preview" is not known; there are scripted, echo' },
        {
          pointer: '/tools/0',
          message: expect.stringMatching(/^tool "fly" is not known; there are get_weather, calculate/),
        },
      ]);
    }
  });

  it('are not those that there are, each once', async () => {
    const made = await alice('POST', '/agents/clerk', { model: 'echo', tools: ['calculate', 'get_time', 'calculate'] });
    expect(made).toMatchObject({ status: 201, body: { tools_count: 2, tools: ['calculate', 'get_time'] } });
    await alice('DELETE', '/agents/clerk');
  });

  it('are keys that are no names', async () => {
    for (const key of ['a b', 'a%2Fb', 'ä', '-a', '%00', 'k'.repeat(65), '..%2f..%2fetc', "x' OR 1=1 --"]) {
      const answer = await alice('POST', `/agents/${key}`, {});
      expect([key, answer.status, answer.body['code']]).toEqual([key, 422, 'invalid_request']);
    }
    expect((await alice('POST', `/agents/${'k'.repeat(64)}`, {})).status).toBe(201);
  });
});

it('a model that nobody configured is taken where the environment has a provider, which is asked for it', async () => {
  const other = await startServer({
    env: { LLM_BASE_URL: upstream.url, LLM_MODEL_NAME: 'echo', OPENAI_API_KEY: 'sk-test' },
  });
  const made = await api(`${other.url}/agents/custom`, 'POST', { ...DOCUMENTED, model: 'think' });
  expect([made.status, made.body['model']]).toEqual([201, 'think']);
  expect((await api(`${other.url}/chat`, 'POST', { message: 'Hi', agent_name: 'custom' })).status).toBe(200);
  expect(upstream.calls().at(-1)?.model).toBe('think');
  await other.stop();
});
