import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai';
import { allFacts } from '../support/api.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';

type Upstream = Awaited<ReturnType<typeof startUpstream>>;

const KEY = 'openai-door-key';
let upstream: Upstream;
let server: RunningServer;
let client: OpenAI;

const MODELS = [
  'scripted',
  'bad:429',
  'bad:500',
  'bad:cut-after-2',
  'bad:empty-content',
  'bad:context-length',
  'text:400:20',
  'finish:length',
];

beforeAll(async () => {
  upstream = await startUpstream();
  server = await startServer({
    config: [
      'models:',
      ...MODELS.map(
        (name) => `  "${name}": {name: "${name}", type: custom, api_base: "${upstream.url}", api_key: upstream-key}`,
      ),
      '  demo: {name: demo, type: demo}',
      'default_model: scripted',
      'agents:',
      '  adder: {instructions: "You add.", tools: [calculate]}',
    ].join('\n'),
    env: { PARLEY_API_KEYS: `team:${KEY}` },
  });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY, maxRetries: 0 });
}, 120_000);

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

const user = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }];
const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'Tells the weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

/** What became of a call that must fail. */
async function failure(call: Promise<unknown>): Promise<APIError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof APIError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('the official client', () => {
  it('lists and shows models and agents', async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(['scripted', 'agent/default', 'agent/adder']));
    expect((await client.models.retrieve('scripted')).id).toBe('scripted');
    expect(await failure(client.models.retrieve('nothing'))).toBeInstanceOf(NotFoundError);
    expect((await fetch(`${server.url}/v1/models/agent/adder`, { headers: { 'x-api-key': KEY } })).status).toBe(200);
  });

  it('gets a whole answer, and parameters reach the model', async () => {
    const answer = await client.chat.completions.create({
      model: 'scripted',
      messages: [{ role: 'developer', content: 'Be brief.' }, ...user('Hello')],
      temperature: 0.3,
      stop: ['END'],
      seed: 11,
      max_completion_tokens: 50,
      presence_penalty: 0.5,
      metadata: { ignored: 'yes' },
    });
    expect(answer.object).toBe('chat.completion');
    expect(answer.choices[0]?.message.content).toContain('Hello');
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage?.total_tokens).toBe(
      (answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0),
    );
    const asked = upstream.calls('scripted').at(-1)?.body;
    expect(asked).toMatchObject({
      temperature: 0.3,
      stop: ['END'],
      seed: 11,
      presence_penalty: 0.5,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
    });
    expect(asked).not.toHaveProperty('metadata');
  });

  it('streams, with usage where it asks for it', async () => {
    const stream = await client.chat.completions.create({
      model: 'scripted',
      messages: user('Stream this'),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    const reasons: (string | null)[] = [];
    let tokens = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      const reason = chunk.choices[0]?.finish_reason;
      if (reason !== undefined && reason !== null) reasons.push(reason);
      tokens = chunk.usage?.total_tokens ?? tokens;
    }
    expect(text).toContain('Stream this');
    expect(reasons).toEqual(['stop']);
    expect(tokens).toBeGreaterThan(0);
  });

  it.each([true, false])('calls tools of its own and goes on with their results (stream: %s)', async (stream) => {
    const messages: OpenAI.ChatCompletionMessageParam[] = user('[[tool:weather {"city":"Oslo"}]]');
    const request = { model: 'scripted', messages, tools: [WEATHER] };
    const first = stream
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    expect(first.choices[0]?.finish_reason).toBe('tool_calls');
    const [call] = first.choices[0]?.message.tool_calls ?? [];
    if (call?.type !== 'function') throw new Error('no call');
    expect(call.function).toMatchObject({ name: 'weather', arguments: '{"city":"Oslo"}' });
    const second = await client.chat.completions.create({
      ...request,
      messages: [
        ...messages,
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, content: 'Rain' },
      ],
    });
    expect(second.choices[0]?.message.content).toContain('Rain');
    expect(second.choices[0]?.finish_reason).toBe('stop');
  });

  it('talks with an agent, whose tools run here', async () => {
    const answer = await client.chat.completions.create({
      model: 'agent/adder',
      messages: user('[[tool:calculate {"expression":"40+2"}]]'),
    });
    expect(answer.choices[0]?.message.content).toContain('42');
    expect(answer.choices[0]?.message.tool_calls).toBeUndefined();
    expect(upstream.calls('scripted').at(-1)?.body).toMatchObject({ messages: [{ content: 'You add.' }, {}, {}, {}] });
  });

  it('aborts, and the model is not asked on', async () => {
    const { data: stream, response } = await client.chat.completions
      .create({ model: 'text:400:20', messages: user('Long'), stream: true })
      .withResponse();
    for await (const chunk of stream) {
      if ((chunk.choices[0]?.delta.content ?? '') !== '') break;
    }
    await upstream.until((now) => now.calls('text:400:20').every((call) => call.end !== undefined));
    const id = response.headers.get('x-conversation-id') ?? '';
    const events = `${server.url}/conversations/${id}/events`;
    await (await fetch(events, { headers: { 'x-api-key': KEY, accept: 'text/event-stream' } })).text();
    const page = await fetch(`${events}?limit=1000`, { headers: { 'x-api-key': KEY, accept: 'application/json' } });
    const { events: facts } = (await page.json()) as { events: Awaited<ReturnType<typeof allFacts>> };
    expect(facts.at(-1)).toMatchObject({ type: 'run_end', outcome: 'cancelled' });
  });

  it('sends images on, where the model takes them, and is told where it does not', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      },
    ];
    await client.chat.completions.create({ model: 'scripted', messages });
    expect(upstream.calls('scripted').at(-1)?.body).toMatchObject({ messages });
    const refused = await failure(client.chat.completions.create({ model: 'demo', messages }));
    expect(refused).toBeInstanceOf(UnprocessableEntityError);
  });

  it('takes an answer without text as one, and one that was cut by its length', async () => {
    const empty = await client.chat.completions.create({ model: 'bad:empty-content', messages: user('Hi') });
    expect(empty.choices[0]).toMatchObject({ message: { content: '' }, finish_reason: 'stop' });
    const cut = await client.chat.completions.create({ model: 'finish:length', messages: user('Hi') });
    expect(cut.choices[0]?.finish_reason).toBe('length');
  });
});

describe('errors', () => {
  const create = (body: object, from = client): Promise<unknown> =>
    from.chat.completions.create({ model: 'scripted', messages: user('Hi'), ...body });

  it('have the classes that clients expect', async () => {
    const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'wrong', maxRetries: 0 });
    expect(await failure(create({}, stranger))).toBeInstanceOf(AuthenticationError);
    expect(await failure(create({ model: 'nothing' }))).toBeInstanceOf(NotFoundError);
    expect(await failure(create({ model: 'agent/nobody' }))).toBeInstanceOf(NotFoundError);
    expect(await failure(create({ n: 2 }))).toMatchObject({ status: 400, param: 'n' });
    expect(await failure(create({ messages: [] }))).toBeInstanceOf(BadRequestError);
    expect(await failure(create({ messages: [{ role: 'tool', tool_call_id: 'x', content: 'y' }] }))).toMatchObject({
      status: 400,
      param: 'messages[0].tool_call_id',
    });
    expect(await failure(create({ model: 'bad:500' }))).toMatchObject({ status: 502 });
    expect(await failure(create({ model: 'bad:context-length' }))).toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      type: 'invalid_request_error',
    });
  });

  it.each(['nothing', 'agent/nobody'])('name what there is instead of the model %s', async (model) => {
    const message = expect.stringContaining(
      `the model "${model}" is not known; there are ${[...MODELS, 'demo', 'agent/default', 'agent/adder'].join(', ')}`,
    );
    const refusal = { status: 404, code: 'model_not_found', param: 'model', message };
    expect(await failure(create({ model }))).toMatchObject(refusal);
    expect(await failure(create({ model, stream: true }))).toMatchObject(refusal);
    expect(await failure(client.models.retrieve(model))).toMatchObject({ ...refusal, param: 'model' });
  });

  it.each([true, false])(
    'of the upstream come with their status (stream: %s)',
    async (stream) => {
      expect(await failure(create({ model: 'bad:429', stream }))).toBeInstanceOf(RateLimitError);
    },
    120_000,
  );

  it('after the first word end the stream without a finish', async () => {
    const stream = await client.chat.completions.create({
      model: 'bad:cut-after-2',
      messages: user('Hi'),
      stream: true,
    });
    const seen: unknown[] = [];
    await expect(
      (async () => {
        for await (const chunk of stream) seen.push(chunk.choices[0]?.finish_reason);
      })(),
    ).rejects.toThrow();
    expect(seen.every((reason) => reason === null)).toBe(true);
  });

  it('is not worth a retry when the key was used with another body', async () => {
    const headers = { 'content-type': 'application/json', 'x-api-key': KEY, 'idempotency-key': 'same' };
    const post = (text: string): Promise<Response> =>
      fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model: 'scripted', messages: user(text) }),
      });
    expect((await post('one')).status).toBe(200);
    const other = await post('two');
    expect([other.status, other.headers.get('x-should-retry')]).toEqual([422, 'false']);
  });
});
