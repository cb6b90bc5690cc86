import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startUpstream } from '../server.js';
import { stream, wholeText } from '../spec-client.js';
import type { Upstream } from '../upstream.js';
import { scriptedArgument, scriptedGoal } from './action.js';

const SYSTEM = 'Rules first.\nYou are Alice Smith, a baker.\nAnswer by {"action_type": "…"}.';
const ACTION = {
  response_format: { type: 'json_schema', json_schema: { name: 'agent_action', schema: { type: 'object' } } },
};
const SCORE = {
  type: 'object',
  properties: { reasoning: { type: 'string' }, score: { type: 'integer', minimum: -10, maximum: 0 } },
};
const TUPLE = { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number', description: 'from −5 to 5' }] };
const JUDGE = {
  $defs: { alice: { type: 'object', properties: { secret: SCORE, goal: { type: 'array' } } } },
  type: 'object',
  properties: {
    agent_evaluations: {
      type: 'object',
      properties: { Alice: { $ref: '#/$defs/alice' }, Bob: { type: 'object', properties: { mood: TUPLE } } },
    },
  },
};
const EVALUATION = {
  agent_evaluations: {
    Alice: {
      secret: { reasoning: 'Alice does fairly on secret.', score: -5 },
      goal: ['Alice does fairly on goal.', 5],
    },
    Bob: { mood: ['Bob does fairly on mood.', 1] },
  },
};
const TOOLS = {
  tools: [
    { type: 'function', function: { name: 'add', parameters: { properties: { a: { type: 'integer', maximum: 4 } } } } },
    { type: 'function', function: { name: 'time' } },
  ],
};

let upstream: Upstream;

beforeEach(async () => {
  upstream = await startUpstream();
});

afterEach(() => upstream.close());

it('the default rules: act for the named agent, counting its actions, in chunks that split every escape', async () => {
  const first = await stream(upstream, { model: 'scripted', system: SYSTEM, extra: ACTION });
  const argument = scriptedArgument('Alice Smith', 1);
  expect(JSON.parse(first.text)).toEqual({ action_type: 'speak', argument, to: [] });
  expect(first.text).toMatch(/é.*\\u00e9.*🙂.*\\ud83d\\ude42/s);
  expect(first.deltas.filter((delta) => /\\./s.test(delta))).toEqual([]);
  expect(first.deltas.length).toBeGreaterThan(20);
  const second = await wholeText(upstream, { model: 'scripted', system: SYSTEM });
  expect(JSON.parse(second)).toMatchObject({ argument: scriptedArgument('Alice Smith', 2) });
  const bob = await wholeText(upstream, { model: 'scripted', system: 'You are Bob', user: 'Give action_type.' });
  expect(JSON.parse(bob)).toMatchObject({ argument: scriptedArgument('Bob', 1) });
  expect(upstream.calls().map(({ kind, agent }) => `${kind} ${agent}`)).toEqual([
    'action Alice Smith',
    'action Alice Smith',
    'action Bob',
  ]);
});

it('the default rules: judge all agents and dimensions of the schema, wherever it stands', async () => {
  const format = { response_format: { type: 'json_schema', json_schema: { name: 'evaluation', schema: JUDGE } } };
  expect(JSON.parse(await wholeText(upstream, { model: 'scripted', extra: format }))).toEqual(EVALUATION);
  const user = `They said {"action_type":"speak"}. Answer by this schema:\n${JSON.stringify(JUDGE, null, 2)}\nThanks {`;
  expect(JSON.parse(await wholeText(upstream, { model: 'scripted', user }))).toEqual(EVALUATION);
  const example = 'Like {"agent_evaluations": {"Bob": {"relationship": ["why", 0]}}}';
  expect(JSON.parse(await wholeText(upstream, { model: 'scripted', user: example }))).toEqual({
    agent_evaluations: { Bob: { relationship: ['Bob does fairly on relationship.', 1] } },
  });
});

it('the default rules: name a goal, fill other schemas, and else talk', async () => {
  const ask = { model: 'scripted', system: SYSTEM, user: 'State your goal in one sentence.' };
  expect(await wholeText(upstream, ask)).toBe(scriptedGoal('Alice Smith'));
  const schema = {
    type: 'object',
    properties: { mood: { enum: ['good'] }, n: { type: ['null', 'integer'], minimum: 3, maximum: 9 } },
  };
  const extra = { response_format: { type: 'json_schema', json_schema: { name: 'other', schema } } };
  expect(JSON.parse(await wholeText(upstream, { model: 'scripted', extra }))).toEqual({ mood: 'good', n: 6 });
  expect(await wholeText(upstream, { model: 'scripted', user: 'Ahoy' })).toMatch(/^Answer 3\. You wrote: Ahoy\n/);
});

it('the default rules: call tools by markers, then quote their results', async () => {
  const user = 'Please [[tool:add {"a":[1]}]] and [[tool:time]] and [[toolbad:add {"a":]]';
  const calls = await stream(upstream, { model: 'scripted', user, extra: TOOLS });
  expect(calls).toMatchObject({ text: '', finish: 'tool_calls' });
  expect(calls.toolCalls.map((call) => `${call.id} ${call.name} ${call.arguments}`)).toEqual([
    'call_0_0 add {"a":[1]}',
    'call_0_1 time {}',
    'call_0_2 add {"a":',
  ]);
  const messages = [
    { role: 'user', content: [{ type: 'text', text: '[[tools:2:add {"a":1}]]' }] },
    { role: 'assistant', tool_calls: [] },
    { role: 'tool', tool_call_id: 'call_0_0', content: 'three' },
  ];
  expect((await stream(upstream, { model: 'scripted', extra: { ...TOOLS, messages } })).toolCalls).toHaveLength(1);
  const answered = [...messages, { role: 'tool', content: 'four' }];
  const text = await wholeText(upstream, { model: 'scripted', extra: { ...TOOLS, messages: answered } });
  expect(text).toContain('The tools gave: three | four');
  expect((await stream(upstream, { model: 'scripted', user })).toolCalls).toEqual([]);
});

it('the default rules: obey tool_choice', async () => {
  const forced = await stream(upstream, { model: 'scripted', extra: { ...TOOLS, tool_choice: 'required' } });
  expect(forced.toolCalls).toEqual([{ id: 'call_0_0', name: 'add', arguments: '{"a":2}' }]);
  const none = { ...TOOLS, tool_choice: 'none' };
  expect((await stream(upstream, { model: 'scripted', user: '[[tool:time]]', extra: none })).toolCalls).toEqual([]);
});

it('the default rules: leave when told to', async () => {
  const types: unknown[] = [];
  for (let turn = 0; turn < 3; turn++) {
    types.push(JSON.parse(await wholeText(upstream, { model: 'act:leave:3', system: SYSTEM })));
  }
  expect(types).toMatchObject([{ action_type: 'speak' }, { action_type: 'speak' }, { action_type: 'leave' }]);
});
