import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { actionAnswer } from '../../core/multi-agent/prompts.js';
import { parseAction } from '../../core/multi-agent/parse-action.js';
import type { Clock } from '../../core/ports/clock.js';
import type { ModelDelta, ModelEnd, ModelMessage, ModelRequest, ToolSpec } from '../../core/ports/model-provider.js';
import { DEMO_NOTICE } from './chat-answer.js';
import { DemoProvider, piecesOf } from './demo-provider.js';
import { sampleOf } from './json-schema.js';
import { PHRASES, type Act } from './phrases.js';
import { recognise } from './recognise.js';
import { SCRIPTS, scriptFor } from './scripts.js';
import { topicOf } from './topic.js';
import { wordsOf } from './words.js';

/** A clock whose timers fire when told. */
class HandClock implements Clock {
  readonly waiting = new Set<() => void>();

  now(): number {
    return 0;
  }

  after(_ms: number, callback: () => void): () => void {
    this.waiting.add(callback);
    return () => this.waiting.delete(callback);
  }
}

interface Answered {
  readonly end: ModelEnd;
  readonly deltas: readonly ModelDelta[];
  readonly text: string;
}

const never = new AbortController().signal;

async function ask(request: ModelRequest, signal = never): Promise<Answered> {
  const deltas: ModelDelta[] = [];
  const provider = new DemoProvider({ name: 'demo', clock: new HandClock() });
  const end = await provider.stream(request, (delta) => void deltas.push(delta), signal);
  const text = deltas.filter((delta) => delta.block === 'text').map((delta) => delta.text);
  return { end, deltas, text: text.join('') };
}

function user(content: string): ModelMessage {
  return { role: 'user', content };
}

function tool(name: string, ...parameters: readonly string[]): ToolSpec {
  const properties = Object.fromEntries(parameters.map((parameter) => [parameter, { type: 'string' }]));
  return { name, description: name, parameters: { type: 'object', properties, required: parameters } };
}

const TOOLS = [
  tool('get_weather', 'city'),
  tool('calculate', 'expression'),
  tool('get_time', 'timezone'),
  tool('search_web', 'query'),
  tool('get_stock_price', 'symbol'),
];

describe('streaming', () => {
  it('arrives in several pieces and reports usage, a token for every four characters begun', async () => {
    const { end, deltas, text } = await ask({ messages: [user('Hello')] });
    expect(deltas.length).toBeGreaterThan(5);
    expect(end).toMatchObject({ type: 'done', stop_reason: 'stop', answered_by: 'demo', tool_calls: [] });
    const output_tokens = Math.ceil(text.length / 4);
    expect(end.usage).toEqual({ input_tokens: 2, output_tokens, total_tokens: 2 + output_tokens });
  });

  it('cuts text into pieces that joined are the text', () => {
    fc.assert(fc.property(fc.string(), (text) => piecesOf(text).join('') === text));
    expect(piecesOf(' \n one  two three four\n')).toEqual([' \n one  two three', ' four\n']);
  });

  it('gives nothing after the signal', async () => {
    const before = new AbortController();
    before.abort();
    expect((await ask({ messages: [user('Hello')] }, before.signal)).deltas).toEqual([]);
    const abort = new AbortController();
    const deltas: ModelDelta[] = [];
    const provider = new DemoProvider({ name: 'demo', clock: new HandClock() });
    const take = (delta: ModelDelta): void => {
      deltas.push(delta);
      if (deltas.length === 2) abort.abort();
    };
    const end = await provider.stream({ messages: [user('Hello')] }, take, abort.signal);
    expect(end).toMatchObject({ type: 'aborted', usage: { input_tokens: 2 } });
    expect(deltas).toHaveLength(2);
  });

  it('keeps a pace by the clock, and stops waiting at the signal', async () => {
    const clock = new HandClock();
    const provider = new DemoProvider({ name: 'demo', clock, paceMs: 50 });
    const abort = new AbortController();
    const deltas: ModelDelta[] = [];
    const end = provider.stream({ messages: [user('Hello')] }, (delta) => void deltas.push(delta), abort.signal);
    expect(deltas).toHaveLength(0);
    for (const fire of clock.waiting) fire();
    await new Promise((resolve) => setImmediate(resolve));
    expect(deltas).toHaveLength(1);
    abort.abort();
    expect(await end).toMatchObject({ type: 'aborted' });
    expect(deltas).toHaveLength(1);
    expect(clock.waiting.size).toBe(0);
  });

  it('is healthy, and cuts plain text at max_tokens', async () => {
    expect(new DemoProvider({ name: 'demo', clock: new HandClock() }).health()).toEqual({ healthy: true });
    const { end, text } = await ask({ messages: [user('Hello')], max_tokens: 3 });
    expect(end).toMatchObject({ stop_reason: 'length' });
    expect(text).toHaveLength(12);
  });
});

describe('chat', () => {
  it('refers to the message and says once what it is', async () => {
    const first = await ask({ messages: [user('How do I repair a bicycle tyre?')] });
    expect(first.text).toContain('bicycle');
    expect(first.text.split(DEMO_NOTICE)).toHaveLength(2);
    expect(DEMO_NOTICE).toMatch(/^\(This is Parley's offline demo model/);
    const messages: ModelMessage[] = [user('Hello'), { role: 'assistant', content: first.text }, user('And a chain?')];
    expect((await ask({ messages })).text).not.toContain('demo model');
  });

  it('answers anything, the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.integer(), async (text, seed) => {
        const request = { messages: [user(text)], seed, tools: TOOLS };
        const [one, two] = [await ask(request), await ask(request)];
        expect(one).toEqual(two);
        expect(one.text.length + (one.end.type === 'done' ? one.end.tool_calls.length : 0)).toBeGreaterThan(0);
      }),
      { numRuns: 50 },
    );
  });

  it('reviews in the demanded form and keeps the draft', async () => {
    const system = 'Answer with exactly these headings: ### Improvements, ### Revised Answer, ### Comments.';
    const asked =
      'Question:\nWhat is water?\n\nDraft answer:\nWater is wet.\n\n```js\nwater();\n```\n\nReview the draft and suggest improvements.';
    const { text } = await ask({ messages: [{ role: 'system', content: system }, user(asked)] });
    const [before, improvements, revised] = text.split(/^### .*\n/m);
    expect(before).toBe('');
    expect(improvements?.match(/^\d\. /gm)).toHaveLength(5);
    expect(revised?.trim()).toBe('Water is wet.\n\n```js\nwater();\n```');
    expect(text.match(/^### .*$/gm)).toEqual(['### Improvements', '### Revised Answer', '### Comments']);
  });
});

describe('tools', () => {
  it.each([
    ['What is the weather in Tokyo?', [['get_weather', { city: 'Tokyo' }]]],
    ['weather in New York please', [['get_weather', { city: 'New York' }]]],
    ['What is 2^3 + 1?', [['calculate', { expression: '2^3 + 1' }]]],
    ['How much is 7 divided by 2?', [['calculate', { expression: '7 / 2' }]]],
    ['What time is it in JST?', [['get_time', { timezone: 'JST' }]]],
    ['What time is it?', [['get_time', { timezone: 'UTC' }]]],
    ['Search the web for Python tutorials.', [['search_web', { query: 'Python tutorials' }]]],
    ['Price of AAPL stock?', [['get_stock_price', { symbol: 'AAPL' }]]],
    [
      'Weather in Tokyo and what is 3 * 4?',
      [
        ['get_weather', { city: 'Tokyo' }],
        ['calculate', { expression: '3 * 4' }],
      ],
    ],
    ['I like trains.', []],
  ])('%s', async (message, wanted) => {
    const { end, deltas } = await ask({ messages: [user(message)], tools: TOOLS });
    const calls = end.type === 'done' ? end.tool_calls : [];
    expect(calls.map((call) => [call.name, call.arguments])).toEqual(wanted);
    expect(end).toMatchObject({ stop_reason: wanted.length === 0 ? 'stop' : 'tool_calls' });
    for (const [i, call] of calls.entries()) {
      const streamed = deltas.filter((delta) => delta.block === `tool_call:${i}`).map((delta) => delta.text);
      expect(JSON.parse(streamed.join(''))).toEqual(call.arguments);
    }
    expect(new Set(calls.map((call) => call.id)).size).toBe(calls.length);
  });

  it('answers from the results, and does not call again', async () => {
    const call = { id: 'call_1', name: 'get_weather', arguments: { city: 'Tokyo' } };
    const messages: ModelMessage[] = [
      user('What is the weather in Tokyo?'),
      { role: 'assistant', content: '', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'The weather in Tokyo is rainy and 65°F' },
    ];
    const { text, end } = await ask({ messages, tools: TOOLS });
    expect(text).toContain('rainy and 65°F');
    expect(end).toMatchObject({ stop_reason: 'stop', tool_calls: [] });
  });

  it('obeys tool_choice, and calls other tools that are named', async () => {
    const other = {
      ...tool('send_email', 'to'),
      parameters: {
        type: 'object',
        properties: { to: { type: 'string' }, copies: { type: 'integer', minimum: 1 } },
        required: ['to', 'copies'],
      },
    };
    const named = await ask({ messages: [user('Send an email to "Ann"')], tools: [...TOOLS, other] });
    expect(named.end).toMatchObject({ tool_calls: [{ name: 'send_email', arguments: { to: 'Ann', copies: 1 } }] });
    const weather = [user('What is the weather in Tokyo?')];
    expect((await ask({ messages: weather, tools: TOOLS, tool_choice: 'none' })).end).toMatchObject({ tool_calls: [] });
    const forced = await ask({ messages: weather, tools: TOOLS, tool_choice: { name: 'search_web' } });
    expect(forced.end).toMatchObject({ tool_calls: [{ name: 'search_web' }] });
    const required = await ask({ messages: [user('Hi')], tools: TOOLS, tool_choice: 'required' });
    expect(required.end).toMatchObject({ tool_calls: [{ name: 'get_weather' }] });
  });
});

describe('answers in JSON', () => {
  it('gives an action that follows the schema, whatever the prompt holds', async () => {
    const given = fc.record({
      others: fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 7 }),
      prompt: fc.string(),
      seed: fc.integer(),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ others, prompt, seed }) => {
        const messages: ModelMessage[] = [{ role: 'system', content: `You are X.\n${prompt}` }, user(prompt)];
        const { text } = await ask({ messages, json: actionAnswer(others), seed });
        const repair = (broken: string): string => broken;
        expect(parseAction(text, others, repair)).toMatchObject({ ok: true });
        expect(Object.keys(JSON.parse(text) as object).toSorted()).toEqual(['action_type', 'argument', 'to']);
      }),
    );
  });

  it('respects an enum that leaves no choice', async () => {
    const schema = {
      type: 'object',
      required: ['action_type'],
      properties: { action_type: { enum: ['none'] }, argument: { type: 'string' } },
    };
    const { text } = await ask({ messages: [user('Act.')], json: { name: 'agent_action', schema } });
    expect(JSON.parse(text)).toEqual({ action_type: 'none', argument: '', to: [] });
  });

  it('fills any other schema', async () => {
    const schema = {
      type: 'object',
      required: ['name', 'size', 'tags', 'kind', 'more'],
      properties: {
        name: { type: 'string', minLength: 6 },
        size: { type: 'integer', minimum: 2.5 },
        tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 2 },
        kind: { enum: ['a', 'b'] },
        more: { anyOf: [{ type: 'boolean' }, { type: 'null' }] },
        optional: { type: 'string' },
      },
      $defs: { tag: { const: 't' } },
    };
    const { text } = await ask({ messages: [user('Fill it.')], json: { name: 'thing', schema } });
    expect(JSON.parse(text)).toEqual({ name: 'demo..', size: 3, tags: ['t', 't'], kind: 'a', more: false });
    expect(sampleOf({ $ref: '#/nowhere' }, '')).toBeNull();
  });

  it('judges within the bounds that the schema gives in any form', async () => {
    const number = { type: 'integer', minimum: 2, maximum: 3 };
    const dimensions = {
      plain: { type: 'array', prefixItems: [{ type: 'string' }, number] },
      object: { type: 'object', properties: { reasoning: { type: 'string' }, score: number } },
      worded: { type: 'array', description: 'Reasoning and a score from -7 to -5' },
      secret: { type: 'array' },
      constructor: { type: 'array' },
    };
    const agent = { type: 'object', properties: dimensions };
    const schema = {
      type: 'object',
      properties: { agent_evaluations: { type: 'object', properties: { Ann: { $ref: '#/$defs/agent' } } } },
      $defs: { agent },
    };
    const transcript = 'Goal of Ann: win the big prize\nTurn 1\nAnn said: "I will win the big prize, you idiot"';
    const { text } = await ask({ messages: [user(transcript)], json: { name: 'evaluation', schema } });
    const { Ann } = (JSON.parse(text) as { agent_evaluations: { Ann: Record<string, unknown> } }).agent_evaluations;
    const reasoning: unknown = expect.stringMatching(/^demo rule: /);
    expect(Ann).toEqual({
      plain: [reasoning, 3],
      object: { reasoning, score: 3 },
      worded: [reasoning, -5],
      secret: [reasoning, -10],
      constructor: [reasoning, 8],
    });
  });
});

describe('the phrases', () => {
  const subject = (name: string) => {
    const script = SCRIPTS.find((candidate) => candidate.name === name) ?? scriptFor([]);
    return { topic: 'weekend plans', script, proposals: script.proposals };
  };

  it('are recognised as what they are, and as nothing else', () => {
    const acts: readonly Act[] = [
      'greet',
      'greet_back',
      'small_talk',
      'open',
      'view',
      'support',
      'nudge',
      'agree',
      'reply',
      'decide',
      'confirm',
      'leave',
    ];
    for (const act of acts) {
      for (const phrase of PHRASES[act]) {
        const line = phrase.replaceAll(/\{(\w+)\}/g, (_, slot: string) => `<${slot}>`);
        expect({ phrase, acts: [...recognise(line, subject('general')).acts] }).toEqual({ phrase, acts: [act] });
      }
    }
  });

  it.each(SCRIPTS.map((script) => script.name))('of the script %s are told apart', (name) => {
    const { script, proposals, topic } = subject(name);
    for (const proposal of proposals) {
      const parts = { propose: proposal.do, ask: proposal.ask, doubt: proposal.doubt, refine: proposal.refine };
      for (const [act, text] of Object.entries(parts)) {
        expect({ text, ...recognise(text, { script, proposals, topic }) }).toMatchObject({
          proposal,
          acts: new Set([act]),
        });
      }
      for (const answer of proposal.answers) {
        expect([...recognise(answer, { script, proposals, topic }).acts]).toEqual(['answer']);
      }
    }
    for (const view of script.views) expect([...recognise(view, { script, proposals, topic }).acts]).toEqual(['view']);
  });

  it.each([
    ['Two friends discussing weekend plans', 'weekend plans', 'plans'],
    ['Two friends discussing AI', 'AI', 'ideas'],
    ['Alice wants to sell her used bicycle to Bob.', 'the used bicycle', 'deal'],
    ['Two roommates argue about the dirty dishes in their kitchen', 'the dirty dishes in our kitchen', 'trouble'],
    ['Four colleagues plan the release of their product', 'the release of our product', 'work'],
    ['A customer returns a broken laptop', 'the broken laptop', 'trouble'],
    ['Zwei Freunde planen ein Wochenende in Berlin', '“Zwei Freunde planen ein Wochenende in”', 'general'],
    ['两个朋友在讨论周末计划。', '“两个朋友在讨论周末计划”', 'general'],
  ])('take the topic of “%s”', (scenario, topic, script) => {
    expect(topicOf(scenario, 'key', ['Alice', 'Bob'])).toBe(topic);
    expect(scriptFor(wordsOf(scenario)).name).toBe(script);
  });

  it.each(['', '...', 'A casual conversation', 'A friendly conversation', 'Ann meets Bob'])(
    'find one for “%s”',
    (scenario) => {
      expect(topicOf(scenario, 'key', ['Ann', 'Bob'])).toMatch(/^the /);
    },
  );
});
