import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpProviders, TEST_KEY } from '../../../test/contracts/model-provider/http-providers.js';
import { REQUEST, call } from '../../../test/contracts/model-provider/provider-suite.js';
import type { ModelRequest } from '../../core/ports/model-provider.js';
import type { JsonRecord } from '../shared/json.js';
import { isRecord } from '../shared/json.js';

let http: HttpProviders;

beforeAll(async () => {
  http = await HttpProviders.start();
});
afterAll(async () => {
  await http.stop();
});
beforeEach(() => http.upstream.reset());

function bodies(model: string): readonly JsonRecord[] {
  return http.upstream.calls(model).map(({ body }) => (isRecord(body) ? body : {}));
}

describe('what a model does not understand', () => {
  const json = { name: 'an answer', schema: { type: 'object', properties: { a: { type: 'string' } } } };

  it('a JSON schema is left out, once and for all', async () => {
    const provider = http.provider('bad:refuse-json-schema');
    expect((await call(provider, { ...REQUEST, json })).end.type).toBe('done');
    expect((await call(provider, { ...REQUEST, json })).end.type).toBe('done');
    const sent = bodies('bad:refuse-json-schema').map((body) => body['response_format']);
    expect(sent).toEqual([
      { type: 'json_schema', json_schema: { name: 'an_answer', schema: json.schema, strict: true } },
      undefined,
      undefined,
    ]);
  });

  it.each(['stream-options', 'temperature', 'seed'])('%s is left out, once and for all', async (parameter) => {
    const model = `bad:refuse-${parameter}`;
    const provider = http.provider(model);
    const request = { ...REQUEST, temperature: 1, seed: 3 };
    expect((await call(provider, request)).end.type).toBe('done');
    expect((await call(provider, request)).end.type).toBe('done');
    const name = parameter.replace('-', '_');
    expect(bodies(model).map((body) => name in body)).toEqual([true, false, false]);
  });

  it('max_tokens gets its newer name', async () => {
    const message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
    const error = { message, type: 'invalid_request_error', param: 'max_tokens', code: 'unsupported_parameter' };
    http.upstream.script('newer', [{ status: 400, body: { error } }, { text: 'a' }, { text: 'b' }]);
    const provider = http.provider('newer', { options: { max_tokens: 9 } });
    await call(provider);
    await call(provider, { ...REQUEST, max_tokens: 5 });
    const sent = bodies('newer').map((body) => [body['max_tokens'], body['max_completion_tokens']]);
    expect(sent).toEqual([
      [9, undefined],
      [undefined, 9],
      [undefined, 5],
    ]);
  });

  it('max_tokens gets its older name where the newer one is not known', async () => {
    const error = { message: 'Unknown parameter', param: 'max_completion_tokens' };
    http.upstream.script('older', [{ status: 400, body: { error } }, { text: 'a' }, { text: 'b' }]);
    const provider = http.provider('older');
    const request = { ...REQUEST, parameters: { max_completion_tokens: 7 } };
    await call(provider, request);
    await call(provider, request);
    const sent = bodies('older').map((body) => [body['max_tokens'], body['max_completion_tokens']]);
    expect(sent).toEqual([
      [undefined, 7],
      [7, undefined],
      [7, undefined],
    ]);
  });

  it.each([
    ['stop', ['x']],
    ['response_format', { type: 'json_schema', json_schema: { name: 'n', schema: {} } }],
  ])('%s that the caller asked for is never left out', async (name, value) => {
    const model = `bad:refuse-${name.replace('_', '-')}`;
    const provider = http.provider(model);
    const { end } = await call(provider, { ...REQUEST, parameters: { [name]: value } });
    expect(end).toMatchObject({ code: 'upstream_rejected' });
    expect(http.upstream.calls(model)).toHaveLength(1);
    // What the caller got wrong teaches nothing about the schemas we send.
    await call(provider, { ...REQUEST, json });
    expect(bodies(model)[1]).toHaveProperty('response_format');
  });

  it('tools are never left out', async () => {
    const tools = [{ name: 'f', description: '', parameters: { type: 'object' } }];
    const { end } = await call(http.provider('bad:refuse-tools'), { ...REQUEST, tools });
    expect(end).toMatchObject({ code: 'upstream_rejected' });
    expect(http.upstream.calls('bad:refuse-tools')).toHaveLength(1);
  });
});

describe('what is sent', () => {
  it('is what was asked, over what is configured', async () => {
    const provider = http.provider('echo', {
      options: { temperature: 0.7, max_tokens: 50, parameters: { top_k: 4, n: 3, stream: false, temperature: 0.1 } },
    });
    await call(provider, { ...REQUEST, parameters: { stop: ['x'] }, temperature: 0 });
    expect(bodies('echo')[0]).toEqual({
      model: 'echo',
      messages: REQUEST.messages,
      top_k: 4,
      stop: ['x'],
      temperature: 0,
      max_tokens: 50,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it.each([
    ['none', 'none'],
    ['auto', 'auto'],
    ['required', 'required'],
    [{ name: 'f' }, { type: 'function', function: { name: 'f' } }],
  ] as const)('tool_choice %j', async (tool_choice, sent) => {
    const tools = [{ name: 'f', description: 'does f', parameters: { type: 'object' } }];
    const request = { ...REQUEST, tool_choice, parameters: { parallel_tool_calls: false } };
    await call(http.provider('echo'), { ...request, tools });
    await call(http.provider('echo'), request);
    expect(bodies('echo')[0]).toMatchObject({
      tools: [{ type: 'function', function: tools[0] }],
      tool_choice: sent,
      parallel_tool_calls: false,
    });
    expect(Object.keys(bodies('echo')[1] ?? {})).not.toEqual(expect.arrayContaining([expect.stringMatching(/tool/)]));
  });

  it('passes on what a caller may set', async () => {
    const parameters = {
      stop: ['a', 'b'],
      response_format: { type: 'json_object' },
      logit_bias: { '50256': -100 },
      presence_penalty: 0.5,
      frequency_penalty: -0.5,
      reasoning_effort: 'low',
      user: 'u',
      metadata: { a: 'b' },
      top_k: 3,
    };
    await call(http.provider('echo'), { ...REQUEST, seed: 7, top_p: 0.5, max_tokens: 9, parameters });
    expect(bodies('echo')[0]).toMatchObject({ ...parameters, seed: 7, top_p: 0.5, max_tokens: 9 });
  });

  it('forwards images in their place', async () => {
    const image = { type: 'image', url: 'data:image/png;base64,AA==' } as const;
    const parts = [{ type: 'text', text: 'Look: ' }, { ...image, detail: 'low' }, image] as const;
    await call(http.provider('text:1'), { messages: [{ role: 'user', content: 'Look: ', parts }] });
    const content = [
      { type: 'text', text: 'Look: ' },
      { type: 'image_url', image_url: { url: image.url, detail: 'low' } },
      { type: 'image_url', image_url: { url: image.url } },
    ];
    expect(bodies('text:1')[0]?.['messages']).toEqual([{ role: 'user', content }]);
  });

  it('asks for another model of the same upstream, whose dialect is its own', async () => {
    const provider = http.provider('text:1');
    const request = { ...REQUEST, upstream_id: 'bad:refuse-temperature', temperature: 1 };
    expect(await call(provider, request)).toMatchObject({ end: { type: 'done', answered_by: request.upstream_id } });
    await call(provider, { ...REQUEST, temperature: 1 });
    const sent = http.upstream.calls().map(({ model, body }) => [model, isRecord(body) && 'temperature' in body]);
    expect(sent).toEqual([
      ['bad:refuse-temperature', true],
      ['bad:refuse-temperature', false],
      ['text:1', true],
    ]);
  });

  it('gives thinking back in the field it came in, and leaves out what another kind of upstream thought', async () => {
    const thought = (signature: string): ModelRequest['messages'][number] => ({
      role: 'assistant',
      content: 'a',
      thinking: { text: 'hm', signature },
    });
    const messages = [...REQUEST.messages, thought('reasoning_content'), thought('c2lnbmVk'), ...REQUEST.messages];
    await call(http.provider('echo'), { messages });
    expect(bodies('echo')[0]).toMatchObject({
      messages: [
        ...REQUEST.messages,
        { role: 'assistant', content: 'a', reasoning_content: 'hm' },
        { role: 'assistant', content: 'a' },
        ...REQUEST.messages,
      ],
    });
  });

  it('goes with the key, and only to its origin', async () => {
    await call(http.provider('bad:redirect'));
    await call(http.provider('text:2'));
    expect(http.upstream.calls().map(({ path }) => path)).toEqual(['/v1/chat/completions', '/v1/chat/completions']);
    expect(http.upstream.calls()[0]?.headers).toMatchObject({ authorization: `Bearer ${TEST_KEY}` });
  });

  it('uses a connection again after an answer', async () => {
    const before = http.upstream.connections().total;
    for (let i = 0; i < 5; i++) await call(http.provider('text:3'));
    expect(http.upstream.connections().total - before).toBeLessThanOrEqual(1);
  });
});
