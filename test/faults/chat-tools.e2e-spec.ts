import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { allFacts, api } from '../support/api.js';
import { conversationOf, streamChat, type ChatStream } from '../support/chat.js';
import { effectPlugin, effects, effectsWhen, type Effect } from '../support/effects.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

/** Arguments that do not fit, in every round. */
const BAD_ARGUMENTS = [
  'invalid',
  'half',
  'wrong-types',
  'extra-keys',
  'missing',
  'proto',
  'huge',
  'empty',
  'null',
  'array',
  'empty-name',
].map((flaw) => `bad:tool-args-${flaw}`);
const NOT_OFFERED = ['bad:tool-unknown', 'bad:tool-other-case', 'bad:tool-look-alike'];
const FOR_EVER = ['bad:tool-forever', 'bad:tool-alternate', 'bad:tool-drift'];
const ONCE = ['bad:tool-args-same-idx1', 'bad:tool-args-no-idx1', 'bad:tool-args-invalidx1'];
const MANY = 'bad:tool-many-1000x1';

let upstream: Upstream;
let server: RunningServer;
let log: string;

beforeAll(async () => {
  upstream = await startUpstream();
  log = join(await temporaryFolder(), 'effects');
  const names = [...BAD_ARGUMENTS, ...NOT_OFFERED, ...FOR_EVER, ...ONCE, MANY, 'scripted'];
  const models = names.flatMap((name) =>
    ['stream', 'whole'].map(
      (door) => `  "${name}@${door}": {name: "${name}@${door}", type: custom, api_base: "${upstream.url}", api_key: k}`,
    ),
  );
  const agents = ['pay', 'note', 'look'].map((tool) => `  ${tool}: {tools: [${tool}]}`);
  agents.push('  hasty: {tools: [note, deaf, pay], tool_call_timeout: 1}');
  server = await startServer({
    config: `models:\n${models.join('\n')}\ndefault_model: "scripted@stream"\nevaluators: []\nplugins: [./effects.js]\nagents:\n${agents.join('\n')}\n`,
    files: { 'effects.js': effectPlugin(log) },
  });
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

interface Tried {
  readonly stream: ChatStream;
  readonly facts: readonly Record<string, unknown>[];
  readonly effects: readonly Effect[];
}

/** A chat on a model, with an agent that has one tool; what it did is told by the name of the model. */
async function tryStream(name: string, agent_name: string): Promise<Tried> {
  const before = (await effects(log)).length;
  const model = `${name}@stream`;
  const stream = await streamChat(server.url, { message: 'Go', model, agent_name, reset_history: true });
  const facts = await allFacts(server.url, conversationOf(stream));
  return { stream, facts, effects: (await effects(log)).slice(before) };
}

async function tryWhole(name: string, agent_name: string): Promise<Awaited<ReturnType<typeof api>>> {
  return api(`${server.url}/chat`, 'POST', { message: 'Go', model: `${name}@whole`, agent_name, reset_history: true });
}

const lastOf = ({ stream }: Tried): Record<string, unknown> | undefined => stream.frames.at(-1);
const ofType = (tried: Tried, type: string): Record<string, unknown>[] =>
  tried.facts.filter((fact) => fact['type'] === type);
const done = (tried: Tried): readonly Effect[] => tried.effects.filter(({ what }) => what === 'done');

/** Every call starts and ends once, and the frames say so. */
function expectPairs(tried: Tried): void {
  const starts = ofType(tried, 'tool_execution_start').length;
  expect(ofType(tried, 'tool_execution_end')).toHaveLength(starts);
  const frames = tried.stream.frames.map(({ event_type }) => event_type);
  expect(frames.filter((type) => type === 'tool_call_start')).toHaveLength(starts);
  expect(frames.filter((type) => /^tool_call_(?:complete|error)$/.test(type))).toHaveLength(starts);
}

/** What the model was told of the last calls it made. */
function told(model: string): string {
  const body = upstream.calls(model).at(-1)?.body as { messages: { role: string; content: string }[] };
  return body.messages
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => content)
    .join('\n');
}

describe('U13: arguments that do not fit', () => {
  it.each(BAD_ARGUMENTS)(
    '%s: told to the model, after two such answers the run fails; nothing was run',
    async (name) => {
      const tried = await tryStream(name, 'pay');
      expect(lastOf(tried)).toMatchObject({ event_type: 'error', error_code: 'upstream_invalid' });
      expect(tried.stream.frames.some(({ event_type }) => event_type === 'chat_complete')).toBe(false);
      expect(upstream.calls(`${name}@stream`)).toHaveLength(2);
      expect(told(`${name}@stream`)).toMatch(/^Error: Invalid arguments for /);
      expect(tried.effects).toEqual([]);
      expectPairs(tried);
      const whole = await tryWhole(name, 'pay');
      expect(whole).toMatchObject({ status: 502, body: { code: 'upstream_invalid' } });
    },
  );

  it('once are no failure: the model may do better', async () => {
    const tried = await tryStream('bad:tool-args-invalidx1', 'pay');
    expect(lastOf(tried)).toMatchObject({ event_type: 'chat_complete', total_tool_calls: 1 });
    expect(tried.effects).toEqual([]);
  });

  it.each(ONCE.slice(0, 2))('%s: a call that came twice, or without an id, is one call', async (name) => {
    const tried = await tryStream(name, 'pay');
    expect(lastOf(tried)).toMatchObject({ event_type: 'chat_complete', total_tool_calls: 1 });
    expect(done(tried)).toMatchObject([{ tool: 'pay', tool_call_id: expect.stringMatching(/./) }]);
  });
});

describe('U13: arguments that do not fit, of tools that the caller runs', () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: 'function', function: { name: 'weather', description: 'Tells it', parameters } }];

  /** What a completion returns: its calls, why it ended. */
  async function complete(
    content: string,
    stream: boolean,
    model = 'scripted@stream',
  ): Promise<readonly [readonly string[], string]> {
    const messages = [{ role: 'user', content }];
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages, tools, stream }),
    });
    const text = await response.text();
    const reason = /"finish_reason":"(\w+)"/.exec(text)?.[1] ?? String(response.status);
    const calls = [...text.matchAll(/"name":"weather","arguments":"((?:[^"\\]|\\.)*)"/g)];
    return [calls.map(([, args = '']) => args.replaceAll('\\"', '"')), reason];
  }

  it.each([true, false])('a call that cannot be read is none of the answer’s (stream: %s)', async (stream) => {
    const good = '[[tool:weather {"city":"Oslo"}]]';
    expect(await complete(`${good}[[toolbad:weather {"city":]]`, stream)).toEqual([['{"city":"Oslo"}'], 'tool_calls']);
    // With nothing else to return, the model is told, and does better.
    expect(await complete('[[toolbad:weather {"city":]]', stream)).toEqual([[], 'stop']);
    expect(told('scripted@stream')).toContain('Error: Invalid arguments for weather');
  });

  it.each([true, false])('a call of the agent’s own tool is not the caller’s to run (stream: %s)', async (stream) => {
    const both = '[[tool:note {"what":"mine"}]][[tool:weather {"city":"Oslo"}]]';
    expect(await complete(both, stream, 'agent/note')).toEqual([['{"city":"Oslo"}'], 'tool_calls']);
  });
});

describe('U14: tools that are not there', () => {
  it.each(NOT_OFFERED)('%s is never run', async (name) => {
    const tried = await tryStream(name, 'pay');
    expect(lastOf(tried)).toMatchObject({ event_type: 'error', error_code: 'tool_rounds' });
    expect(tried.effects).toEqual([]);
    expect(ofType(tried, 'tool_execution_end')[0]).toMatchObject({ status: 'failed', refused: 'unknown_tool' });
    expectPairs(tried);
  });

  it('a tool of another agent is not this one’s', async () => {
    const message = '[[tool:pay {"what":"x"}]]';
    const before = (await effects(log)).length;
    const { frames } = await streamChat(server.url, { message, agent_name: 'note', reset_history: true });
    expect(frames.find(({ event_type }) => event_type === 'tool_call_error')).toMatchObject({
      tool_call: { name: 'pay', error: "Error: Unknown function 'pay'" },
    });
    expect(await effects(log)).toHaveLength(before);
  });
});

describe('U15: the same again and again', () => {
  it.each(FOR_EVER)('%s ends after ten rounds, with its reason', async (name) => {
    const tried = await tryStream(name, 'note');
    expect(lastOf(tried)).toMatchObject({ event_type: 'error', error_code: 'tool_rounds' });
    expect(upstream.calls(`${name}@stream`)).toHaveLength(11);
    expect(done(tried)).toHaveLength(name === 'bad:tool-forever' ? 2 : 10);
    expectPairs(tried);
    const whole = await tryWhole(name, 'note');
    expect(whole).toMatchObject({ status: 502, body: { detail: expect.stringContaining('more than 10 times') } });
  });

  it('the third identical call in a row is refused, and the model is told', async () => {
    const tried = await tryStream('bad:tool-forever', 'note');
    const ends = ofType(tried, 'tool_execution_end');
    expect(ends.slice(0, 3)).toMatchObject([
      { status: 'completed' },
      { status: 'completed' },
      { status: 'failed', refused: 'repeated', result: expect.stringContaining('2 times in a row') },
    ]);
  });
});

describe('U16: a thousand calls in one answer', () => {
  it('16 are taken, five at once, and the others are refused by name', async () => {
    const tried = await tryStream(MANY, 'note');
    const ends = ofType(tried, 'tool_execution_end');
    expect(ends).toHaveLength(1000);
    expectPairs(tried);
    // Alike they are, so that the third one is a repetition; of those that are taken, none is missing.
    const taken = ends.filter(({ refused }) => refused !== 'too_many');
    expect(taken).toHaveLength(16);
    const refused = ends.filter((fact) => fact['refused'] === 'too_many');
    expect(refused).toHaveLength(984);
    expect(refused[0]).toMatchObject({ result: 'Error: note was not run: at most 16 calls in one message' });
    expect(lastOf(tried)).toMatchObject({ event_type: 'chat_complete', total_tool_calls: 1000 });
  }, 120_000);

  it('no more than five run at the same time', async () => {
    const calls = Array.from({ length: 16 }, (_, n) => `[[tool:note {"what":"${n}","wait_before":250}]]`);
    const before = (await effects(log)).length;
    const body = { message: calls.join(''), agent_name: 'note', reset_history: true };
    const { frames } = await streamChat(server.url, body);
    expect(frames.at(-1)).toMatchObject({ event_type: 'chat_complete', total_tool_calls: 16 });
    const now = (await effects(log)).slice(before).filter(({ what }) => what === 'done');
    expect(now).toHaveLength(16);
    expect(Math.max(...now.map(({ at_once }) => at_once))).toBe(5);
  });

  it('one after the other, where the caller wants that', async () => {
    const calls = Array.from({ length: 4 }, (_, n) => `[[tool:note {"what":"${n}","wait_before":10}]]`);
    const before = (await effects(log)).length;
    const body = { message: calls.join(''), agent_name: 'note', reset_history: true, parallel_tools: false };
    await streamChat(server.url, body);
    const now = (await effects(log)).slice(before).filter(({ what }) => what === 'done');
    expect(now.map(({ args }) => args['what'])).toEqual(['0', '1', '2', '3']);
    expect(Math.max(...now.map(({ at_once }) => at_once))).toBe(1);
  });
});

describe('U18: a tool that hangs', () => {
  it('has a clock of its own: the others are kept, and the model is told of all, in its order', async () => {
    const calls = [
      'deaf {"what":"a"}',
      'note {"what":"b"}',
      'pay {"what":"c","wait_before":60000}',
      'note {"what":"d"}',
    ];
    const message = calls.map((call) => `[[tool:${call}]]`).join('');
    const stream = await streamChat(server.url, { message, agent_name: 'hasty', reset_history: true });
    expect(stream.frames.at(-1)).toMatchObject({ event_type: 'chat_complete', total_tool_calls: 4 });
    const ends = stream.frames.filter(({ event_type }) => /^tool_call_(?:complete|error)$/.test(event_type));
    // What is ready first is shown first.
    expect(ends.slice(0, 2)).toMatchObject([
      { tool_call: { name: 'note', status: 'completed' } },
      { tool_call: { name: 'note', status: 'completed' } },
    ]);
    expect(told('scripted@stream').split('\n')).toEqual([
      'Error: deaf timed out after 1 s',
      'note did b',
      'Error: pay timed out after 1 s',
      'note did d',
    ]);
    // The one that heeds its signal was told to stop.
    await effectsWhen(log, (now) => now.some(({ args, what }) => args['what'] === 'c' && what === 'aborted'));
  });
});
