// Marks of what a provider may keep of a prompt, and prompts that are too long for the model.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { NO_TOKENS, type AssistantMessage } from '../../src/core/agent-messages/message.js';
import { Agent } from '../../src/library/agent/agent.js';
import { isContextOverflow } from '../../src/library/agent/context-overflow.js';
import { OpenAICompatModel } from '../../src/library/agent/model.js';
import type { Context } from '../../src/library/agent/stream-event.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const MARK = { type: 'ephemeral' };

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});

afterEach(() => upstream.reset());

afterAll(() => upstream.close());

function model(id: string): OpenAICompatModel {
  return new OpenAICompatModel({ id, baseUrl: `${upstream.url}/chat/completions` });
}

/** What the upstream was shown of what people said, in its last call. */
function shown(): readonly unknown[] {
  const body = upstream.calls().at(-1)?.body as
    { readonly messages?: readonly { readonly role: string; readonly content: unknown }[] } | undefined;
  return (body?.messages ?? []).filter(({ role }) => role === 'user').map(({ content }) => content);
}

function marked(text: string): readonly unknown[] {
  return [{ type: 'text', text, cache_control: MARK }];
}

describe('marks for prompt caching', () => {
  it('are set on what people said, where an agent is told to: the newest four, that one before too', async () => {
    const agent = new Agent({ model: model('echo'), enablePromptCaching: true });
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      expect(await agent.promptText(text)).toBe(text);
      expect(shown().at(-1)).toEqual(marked(text));
    }
    expect(shown()).toEqual(['one', marked('two'), marked('three'), marked('four'), marked('five')]);
    expect(JSON.stringify(agent.state.messages)).not.toContain('cache_control');
  });

  it('stand on the last text, beside images, and not on an empty one', async () => {
    const agent = new Agent({ model: model('scripted'), enablePromptCaching: true });
    const image = { type: 'image', url: 'data:image/png;base64,AAAA' } as const;
    const content = [{ type: 'text', text: 'Look' }, image, { type: 'text', text: '' }] as const;
    await agent.prompt({ role: 'user', content, timestamp: 1 });
    expect(shown()).toEqual([
      [
        { type: 'text', text: 'Look', cache_control: MARK },
        { type: 'image_url', image_url: { url: image.url } },
        { type: 'text', text: '' },
      ],
    ]);
  });

  it('of the program’s own are passed on as they are, and count', async () => {
    const own = { type: 'ephemeral', ttl: '1h' } as const;
    const said = (text: string, cache_control = own): Context['messages'][number] => ({
      role: 'user',
      content: [{ type: 'text', text, cache_control }],
      timestamp: 1,
    });
    const before = [said('a'), said('b'), said('c')];
    const plain = new Agent({ model: model('scripted'), messages: before });
    await plain.prompt('d');
    expect(shown()).toEqual([...['a', 'b', 'c'].map((text) => [{ type: 'text', text, cache_control: own }]), 'd']);
    const both = new Agent({ model: model('scripted'), messages: before, enablePromptCaching: true });
    await both.prompt('d');
    await both.prompt('e');
    expect(shown().slice(-2)).toEqual(['d', marked('e')]);
  });

  it('are left out for a model that refuses them, from the first refusal on', async () => {
    const refusal = { error: { message: "Unknown parameter: 'messages[0].content[0].cache_control'." } };
    upstream.script('strict', [{ status: 400, body: JSON.stringify(refusal) }, { text: 'Fine.' }, { text: 'Again.' }]);
    const agent = new Agent({ model: model('strict'), enablePromptCaching: true });
    expect(await agent.promptText('Hi')).toBe('Fine.');
    expect(await agent.promptText('And now?')).toBe('Again.');
    expect(shown()).toEqual([[{ type: 'text', text: 'Hi' }], [{ type: 'text', text: 'And now?' }]]);
  });
});

describe('a prompt that is too long', () => {
  const answer: AssistantMessage = {
    role: 'assistant',
    content: [],
    stop_reason: 'stop',
    timestamp: 1,
    api: 'a',
    provider: 'p',
    model: 'm',
    usage: NO_TOKENS,
  };

  it.each([
    [
      400,
      '{"error":{"message":"This model\'s maximum context length is 8192 tokens.","code":"context_length_exceeded"}}',
    ],
    [
      400,
      '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 213462 tokens > 200000 maximum"}}',
    ],
    [400, '{"error":{"message":"The input token count (1196265) exceeds the maximum number of tokens allowed"}}'],
    [400, '{"error":{"message":"Please reduce the length of the messages or completion."}}'],
    [422, '{"error":"Input is too long for requested model."}'],
    [413, '{"error":{"message":"the request exceeds the available context size"}}'],
    [400, '{"message":"This model\'s maximum prompt length is 131072 but the request contains 537812 tokens."}'],
  ])('is told from other refusals: %i %s', async (status, body) => {
    upstream.script('small', [{ status, body }]);
    const agent = new Agent({ model: model('small') });
    const message = await agent.prompt('Hi');
    expect(message).toMatchObject({
      stop_reason: 'error',
      error_code: 'upstream_overflow',
      error_message: `The provider of model "small" refused a prompt that is longer than the model's context window.`,
    });
    expect(isContextOverflow(message)).toBe(true);
  });

  it.each([
    [429, '{"error":{"message":"Too many tokens per minute: context window of the limiter"}}'],
    [400, '{"error":{"message":"Invalid tool schema"}}'],
    [401, '{"error":{"message":"no key for this context window"}}'],
  ])('is not what else is refused: %i %s', async (status, body) => {
    upstream.script('other', { status, body });
    const message = await new Agent({ model: model('other') }).prompt('Hi');
    expect(message.stop_reason).toBe('error');
    expect(isContextOverflow(message)).toBe(false);
  });

  it('is told of a streamFn of the program’s own by its words, and of an answer by its count', () => {
    const broken = { ...answer, stop_reason: 'error', error_message: '413 context_length_exceeded' } as const;
    expect(isContextOverflow(broken)).toBe(true);
    expect(isContextOverflow({ ...broken, stop_reason: 'aborted' })).toBe(false);
    const long = { ...answer, usage: { ...NO_TOKENS, input: 5_000 } };
    expect([isContextOverflow(long), isContextOverflow(long, 8_000), isContextOverflow(long, 4_096)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('can be made shorter and asked again', async () => {
    upstream.script('once', [{ as: 'bad:context-length' }, { text: 'Short enough.' }]);
    const agent = new Agent({
      model: model('once'),
      messages: [{ role: 'user', content: 'long', timestamp: 1 }, answer],
    });
    const first = await agent.prompt('Go on');
    expect(isContextOverflow(first)).toBe(true);
    agent.replaceMessages(agent.state.messages.slice(-2, -1));
    await agent.continue();
    expect(shown()).toEqual(['Go on']);
    expect(agent.state.messages.at(-1)).toMatchObject({ content: [{ type: 'text', text: 'Short enough.' }] });
  });
});
