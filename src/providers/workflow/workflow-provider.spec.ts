import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WORKFLOW_KEY, WorkflowProviders } from '../../../test/contracts/model-provider/workflow-providers.js';
import { JsonUpstream, status, type JsonRoute } from '../../../test/support/json-upstream.js';
import type { ModelEnd, ModelRequest } from '../../core/ports/model-provider.js';
import { ModelResponse } from './model-response.js';
import { RequestHandler, type GenerateOptions, type WorkflowContext } from './request-handler.js';
import { ResponseParser } from './response-parser.js';
import type { WorkflowProvider } from './workflow-provider.js';
import { WorkflowRegistry } from './workflow-registry.js';

let workflows: WorkflowProviders;

beforeAll(async () => {
  workflows = await WorkflowProviders.start();
});

afterAll(() => workflows.stop());

const HELLO: ModelRequest = { messages: [{ role: 'user', content: 'Hello' }] };

function route(path: string, answer: JsonRoute): string {
  return workflows.upstream.route(path, answer);
}

async function ask(provider: WorkflowProvider, request = HELLO): Promise<{ end: ModelEnd; text: string }> {
  let text = '';
  const end = await provider.stream(request, (delta) => (text += delta.text), new AbortController().signal);
  return { end, text };
}

describe('default', () => {
  it('posts the prompt with its parameters, nulls for what is not said, and the configured headers', async () => {
    const endpoint = route('/plain', () => ({ text: 'Hi', usage: { prompt_tokens: 2, completion_tokens: 1 } }));
    const provider = workflows.provider({ endpoint }, { temperature: 0.7, parameters: { top_k: 3 } });
    const { end, text } = await ask(provider);
    expect(text).toBe('Hi');
    expect(end).toMatchObject({
      type: 'done',
      usage: { input_tokens: 2, output_tokens: 1, total_tokens: 3, calls: 1 },
    });
    const [call] = workflows.upstream.callsTo('/plain');
    expect(call?.body).toEqual({ prompt: 'Hello', temperature: 0.7, max_tokens: null, top_k: 3 });
    expect(call?.headers).toMatchObject({ authorization: WORKFLOW_KEY, 'content-type': 'application/json' });
  });

  it('sends 0 as 0, and the request above the configuration', async () => {
    const endpoint = route('/zero', () => ({ text: 'Hi' }));
    const provider = workflows.provider({ endpoint }, { temperature: 0.7, max_tokens: 50 });
    await ask(provider, { ...HELLO, temperature: 0, max_tokens: 9, seed: 4 });
    expect(workflows.upstream.callsTo('/zero')[0]?.body).toEqual({ prompt: 'Hello', temperature: 0, max_tokens: 9 });
  });

  it.each([
    [{ output: 'a', text: 'b' }, 'a'],
    [{ output: '', text: 'b' }, 'b'],
    [{ response: 'c' }, 'c'],
    [{ content: 'd' }, 'd'],
    [{ output: { x: 1 } }, '{"x":1}'],
    [{ action_type: 'none' }, '{"action_type":"none"}'],
  ])('reads %j', async (answer, expected) => {
    const provider = workflows.provider({ endpoint: route('/read', () => answer) });
    expect((await ask(provider)).text).toBe(expected);
  });

  it('gives the whole response to who asks for it', async () => {
    const raw = { text: 'Hi', model: 'm-1', usage: { total_tokens: 4 } };
    const provider = workflows.provider({ endpoint: route('/whole', () => raw) });
    const response = await provider.generate('Hello world', { temperature: 0.1 });
    expect(response).toBeInstanceOf(ModelResponse);
    expect(response).toMatchObject({
      content: 'Hi',
      usage: { total_tokens: 4 },
      model: 'm-1',
      metadata: { provider: 'workflow', raw_response: raw },
    });
    expect(workflows.upstream.callsTo('/whole')[0]?.body).toMatchObject({ prompt: 'Hello world', temperature: 0.1 });
  });
});

describe('sft_reward', () => {
  function provider(name: string, generations: unknown, scores: unknown): WorkflowProvider {
    return workflows.provider({
      request_handler: 'sft_reward',
      response_parser: 'sft_reward',
      sft_endpoint: route(`/sft/${name}`, () => ({ generations })),
      reward_endpoint: route(`/reward/${name}`, () => ({ scores })),
    });
  }

  it('has candidates made and scored, and takes the first of the best', async () => {
    const model = provider('good', ['one', 'the second one', 'three'], [0.1, 0.9, 0.9]);
    expect(await model.generate('Hello', { num_candidates: 3, max_tokens: 20 })).toMatchObject({
      content: 'the second one',
      usage: { candidates_generated: 3, total_tokens: 3 },
      model: 'sft-reward',
      metadata: {
        best_score: 0.9,
        all_scores: [0.1, 0.9, 0.9],
        all_candidates: ['one', 'the second one', 'three'],
        selection_index: 1,
        provider: 'workflow_sft_reward',
      },
    });
    const { upstream } = workflows;
    expect(upstream.callsTo('/sft/good')[0]?.body).toEqual({
      prompt: 'Hello',
      num_return_sequences: 3,
      temperature: 0.8,
      max_length: 20,
    });
    expect(upstream.callsTo('/reward/good')[0]?.body).toEqual({
      prompt: 'Hello',
      responses: ['one', 'the second one', 'three'],
    });
    expect((await ask(model)).end).toMatchObject({ usage: { input_tokens: 0, output_tokens: 3, total_tokens: 3 } });
    expect(upstream.callsTo('/sft/good')[1]?.body).toMatchObject({ num_return_sequences: 10, max_length: 100 });
  });

  it.each([
    ['unequal', ['a', 'b'], [1], 'gave 1 scores for 2 candidates'],
    ['none', [], [], 'gave no candidates'],
    ['text', ['a'], ['high'], 'no list of numbers under "scores"'],
    ['odd', [1], [1], 'no list of texts under "generations"'],
    ['missing', undefined, [1], 'no list of texts under "generations"'],
  ])('does not answer from %s lists', async (name, generations, scores, why) => {
    const { end } = await ask(provider(name, generations, scores));
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_invalid', message: expect.stringContaining(why) });
  });

  it('checks the status of both', async () => {
    for (const broken of ['sft_endpoint', 'reward_endpoint']) {
      const { end } = await ask(
        workflows.provider({
          request_handler: 'sft_reward',
          sft_endpoint: route('/sft/ok', () => ({ generations: ['a'] })),
          reward_endpoint: route('/reward/ok', () => ({ scores: [1] })),
          [broken]: route('/denied', status(403)),
        }),
      );
      expect(end).toMatchObject({ type: 'failed', code: 'upstream_auth' });
    }
  });
});

describe('ensemble and post_processing', () => {
  it('asks all models at once and takes the most confident', async () => {
    const member = (name: string, confidence?: number): unknown => ({
      name,
      url: route(`/member/${name}`, () => ({ text: `by ${name}`, confidence })),
    });
    const config = { request_handler: 'ensemble', models: [member('a', 0.4), member('b', 0.9), member('c')] };
    expect(await workflows.provider(config).generate('Hello')).toMatchObject({
      content: 'by b',
      model: 'b',
      metadata: { ensemble_size: 3, selected_model: 'b', confidence: 0.9 },
    });
    expect(workflows.upstream.callsTo('/member/c')[0]?.body).toMatchObject({ prompt: 'Hello' });
  });

  it('fails when one of them does', async () => {
    const models = [
      { name: 'a', url: route('/member/fine', () => ({ text: 'a' })) },
      { name: 'b', url: route('/member/bad', status(400)) },
    ];
    const { end } = await ask(workflows.provider({ request_handler: 'ensemble', models }));
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_rejected' });
  });

  it('has the text corrected, and never shows what was not', async () => {
    const config = {
      request_handler: 'post_processing',
      endpoint: route('/base', () => ({ text: 'helo' })),
      post_process_endpoint: route('/post', ({ body }) =>
        body['text'] === 'helo' ? { text: 'hello', corrections: ['helo'] } : {},
      ),
    };
    expect(await workflows.provider(config).generate('Hello')).toMatchObject({
      content: 'hello',
      metadata: { original: 'helo', corrections: ['helo'] },
    });
    const silent = { ...config, post_process_endpoint: route('/post/none', () => ({ text: '' })) };
    const { end, text } = await ask(workflows.provider(silent));
    expect([end, text]).toEqual([expect.objectContaining({ type: 'failed', code: 'upstream_empty' }), '']);
  });
});

describe('a call', () => {
  it('is repeated while nothing is answered: three times, on the upstream’s word', async () => {
    const endpoint = route('/flaky', (call, n, response) =>
      n < 3 ? status(n === 1 ? 503 : 429)(call, n, response) : { text: 'at last' },
    );
    expect((await ask(workflows.provider({ endpoint }))).text).toBe('at last');
    expect(workflows.upstream.callsTo('/flaky')).toHaveLength(3);
    const dead = route('/dead', status(500));
    expect((await ask(workflows.provider({ endpoint: dead }))).end).toMatchObject({ type: 'failed', retryable: true });
    expect(workflows.upstream.callsTo('/dead')).toHaveLength(3);
    const wrong = route('/wrong', status(422));
    await ask(workflows.provider({ endpoint: wrong }));
    expect(workflows.upstream.callsTo('/wrong')).toHaveLength(1);
  });

  it('has one limit of time for all its requests and repetitions', async () => {
    const slow =
      (answer: unknown): JsonRoute =>
      () =>
        new Promise((resolve) => setTimeout(() => resolve(answer), 150));
    const provider = workflows.provider(
      {
        request_handler: 'sft_reward',
        sft_endpoint: route('/slow/sft', slow({ generations: ['a'] })),
        reward_endpoint: route('/slow/reward', slow({ scores: [1] })),
      },
      { timeoutMs: 220 },
    );
    const started = performance.now();
    const { end } = await ask(provider);
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_timeout', message: expect.stringContaining('0.22 s') });
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(provider.health()).toEqual({ healthy: true });
  });

  it('that is aborted closes its connection at once and ends as aborted', async () => {
    const endpoint = route('/silent', () => new Promise(() => undefined));
    const controller = new AbortController();
    const before = workflows.upstream.cut;
    const asked = workflows.provider({ endpoint }).stream(HELLO, () => undefined, controller.signal);
    while (workflows.upstream.callsTo('/silent').length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    expect(await asked).toEqual({ type: 'aborted' });
    while (workflows.upstream.cut === before) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(workflows.upstream.callsTo('/silent')).toHaveLength(1);
  });

  it('takes headers to the configured origins only, and follows no redirect', async () => {
    const other = await JsonUpstream.start();
    const away = other.route('/away', () => ({ text: 'away' }));
    class Wanderer extends RequestHandler {
      process(_prompt: string, _options: GenerateOptions, context: WorkflowContext): Promise<unknown> {
        return context.post(away, {});
      }
    }
    const registry = new WorkflowRegistry();
    registry.registerRequestHandler('wanderer', Wanderer);
    const endpoint = route('/redirected', status(307, { location: away }));
    const config = { request_handler: 'wanderer', endpoint };
    expect((await ask(workflows.provider(config, {}, { registry }))).text).toBe('away');
    expect(other.calls[0]?.headers['authorization']).toBeUndefined();
    expect((await ask(workflows.provider({ endpoint }))).end).toMatchObject({ code: 'upstream_invalid' });
    expect(other.calls).toHaveLength(1);
    await other.close();
  });

  it('cannot be made to call tools, and says so', async () => {
    const provider = workflows.provider({ endpoint: route('/tools', () => ({ text: 'no' })) });
    const tools = [{ name: 't', description: 't', parameters: {} }];
    expect((await ask(provider, { ...HELLO, tools, tool_choice: 'required' })).end).toMatchObject({ type: 'failed' });
    expect((await ask(provider, { ...HELLO, tools })).text).toBe('no');
  });

  it('of a longer exchange has one prompt: who said what', async () => {
    const provider = workflows.provider({ endpoint: route('/exchange', () => ({ text: 'x' })) });
    await ask(provider, {
      messages: [
        { role: 'system', content: 'You are Ann.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'And?' },
      ],
    });
    const prompt = 'You are Ann.\n\nUser: Hi\n\nAssistant: Hello\n\nUser: And?\n\nAssistant:';
    expect(workflows.upstream.callsTo('/exchange')[0]?.body['prompt']).toBe(prompt);
  });
});

describe('a custom handler and parser', () => {
  function withParts(
    process: RequestHandler['process'],
    parse: ResponseParser['parse'] = () => ({ content: 'parsed' }),
  ): WorkflowProvider {
    class Handler extends RequestHandler {
      process = process;
    }
    class Parser extends ResponseParser {
      parse = parse;
    }
    const registry = new WorkflowRegistry();
    registry.registerRequestHandler('mine', Handler);
    registry.registerResponseParser('mine', Parser);
    return workflows.provider({ request_handler: 'mine' }, {}, { registry });
  }

  it('that throws fails the call, with nothing of its text shown', async () => {
    const thrown = await ask(
      withParts(() => {
        throw new RangeError('canary in the text');
      }),
    );
    expect(thrown.end).toMatchObject({
      type: 'failed',
      code: 'upstream_invalid',
      message: 'The provider of model "tested" could not be used: its request handler "mine" threw RangeError.',
    });
    const parser = withParts(
      async () => ({}),
      () => {
        throw new TypeError('canary');
      },
    );
    await expect(parser.generate('Hello')).rejects.toMatchObject({
      code: 'upstream_invalid',
      message: expect.stringContaining('its response parser "mine" threw TypeError'),
    });
  });

  it('whose own request finds nobody is repeated, and says that nobody could be reached', async () => {
    let tries = 0;
    const gone = await JsonUpstream.start();
    await gone.close();
    const provider = withParts(async () => {
      tries++;
      return (await fetch(gone.url)).json();
    });
    expect((await ask(provider)).end).toMatchObject({ type: 'failed', code: 'upstream_unavailable' });
    expect(tries).toBe(3);
  });

  it.each([undefined, null, 'text', { content: 3 }, {}])('whose parser gives %j fails the call', async (response) => {
    const provider = withParts(
      async () => ({}),
      () => response as unknown as ModelResponse,
    );
    expect((await ask(provider)).end).toMatchObject({ type: 'failed', code: 'upstream_invalid' });
  });

  it('that does not heed the end of its call is not waited for', async () => {
    const controller = new AbortController();
    const asked = withParts(() => new Promise(() => undefined)).stream(HELLO, () => undefined, controller.signal);
    controller.abort();
    expect(await asked).toEqual({ type: 'aborted' });
  });
});

describe('what the configuration names', () => {
  it.each([
    [
      { request_handler: 'nope' },
      'request_handler',
      /is not known \(there are default, sft_reward, ensemble, post_processing; got "nope"\)/,
    ],
    [{ endpoint: 'http://x', response_parser: 'nope' }, 'response_parser', /is not known/],
    [{}, 'endpoint', /is missing/],
    [{ endpoint: 'ftp://x' }, 'endpoint', /must be an http or https address/],
    [{ endpoint: 'http://name:word@x/' }, 'endpoint', /without a password/],
    [{ request_handler: 'sft_reward', sft_endpoint: 'http://x' }, 'reward_endpoint', /is missing/],
    [{ request_handler: 'ensemble' }, 'models', /must be a list/],
    [{ request_handler: 'ensemble', models: [{ name: 'a' }] }, 'models/0/url', /is missing/],
    [{ request_handler: 'post_processing', endpoint: 'http://x' }, 'post_process_endpoint', /is missing/],
  ])('is checked when it is built: %j', (config, key, message) => {
    let problems: unknown;
    try {
      new WorkflowRegistry().build(config);
    } catch (error) {
      problems = (error as { problems: unknown }).problems;
    }
    expect(problems).toEqual([{ pointer: `/custom_config/${key}`, message: expect.stringMatching(message) }]);
  });

  it('is registered once', () => {
    const registry = new WorkflowRegistry();
    expect(() => registry.registerRequestHandler('default', RequestHandler as never)).toThrow('already exists');
    expect(() => registry.registerResponseParser('', ResponseParser as never)).toThrow('needs a name');
    expect(() => registry.registerResponseParser('x', {} as never)).toThrow('is not a class');
    expect(new WorkflowRegistry().handlers).toEqual(['default', 'sft_reward', 'ensemble', 'post_processing']);
  });
});
