import { describe, expect, it } from '@jest/globals';
import type { FactBody, ToolCall } from '../events/conversation-event.js';
import type { MessageId } from '../kernel/ids.js';
import { NO_HISTORY } from './history.js';
import { nextStep, type NextStep } from './next-step.js';
import { evolveAgent, initialAgentState, type AgentState } from './state.js';
import { invalidAgain, tooManyRounds, type StopCondition } from './stop-conditions.js';

const ID = 'msg_1' as MessageId;
const CALLS: readonly ToolCall[] = [
  { id: 'a', name: 'one', arguments: {} },
  { id: 'b', name: 'two', arguments: { x: 1 } },
];

const BEGIN: FactBody = { type: 'agent_start' };
const turn = (n: number): FactBody => ({ type: 'turn_start', turn: n });
const turnEnd = (n: number): FactBody => ({ type: 'turn_end', turn: n });
const says = (text: string, tool_calls?: readonly ToolCall[]): FactBody => ({
  type: 'message_end',
  message_id: ID,
  role: 'assistant',
  text,
  stop_reason: tool_calls === undefined ? 'stop' : 'tool_calls',
  ...(tool_calls === undefined ? {} : { tool_calls }),
});
const asks: FactBody = { type: 'message_end', message_id: ID, role: 'user', text: 'Hi', stop_reason: 'stop' };
const starts = ({ id, name }: ToolCall): FactBody => ({
  type: 'tool_execution_start',
  tool_call_id: id,
  tool_name: name,
  arguments: {},
});
const ends = ({ id, name }: ToolCall, more: object = {}): FactBody => ({
  type: 'tool_execution_end',
  tool_call_id: id,
  tool_name: name,
  status: 'completed',
  result: 'ok',
  ...more,
});
const [A, B] = CALLS as [ToolCall, ToolCall];

function after(...bodies: readonly FactBody[]): AgentState {
  return bodies.reduce((state, body) => evolveAgent(state, { body }), initialAgentState(NO_HISTORY));
}

function step(state: AgentState, stops: readonly StopCondition[] = [], runs = true): NextStep {
  return nextStep(state, stops, () => runs);
}

/** An answer with calls that all ended, as turn n. */
function round(n: number, ended: object = {}): FactBody[] {
  return [turn(n), says('', [A]), starts(A), ends(A, ended), turnEnd(n)];
}

describe('the next step of an agent run', () => {
  it.each<[string, readonly FactBody[], object]>([
    ['nothing happened', [], { kind: 'begin' }],
    ['it was begun', [BEGIN], { kind: 'start_turn', turn: 1 }],
    ['a turn was started', [BEGIN, turn(1)], { kind: 'ask', turn: 1 }],
    ['the model answered', [BEGIN, turn(1), says('Hi')], { kind: 'end_turn', turn: 1 }],
    ['the answer is over', [BEGIN, turn(1), says('Hi'), turnEnd(1)], { kind: 'settle' }],
    ['the model asked for tools', [BEGIN, turn(1), says('', CALLS)], { kind: 'run_tools' }],
    ['one of two tools ended', [BEGIN, turn(1), says('', CALLS), starts(A), ends(A)], { kind: 'run_tools' }],
    ['a tool was begun and a crash came', [BEGIN, turn(1), says('', [A]), starts(A)], { kind: 'run_tools' }],
    ['all tools ended', [BEGIN, turn(1), says('', CALLS), ends(B), ends(A)], { kind: 'end_turn', turn: 1 }],
    ['the results are to be read', [BEGIN, ...round(1)], { kind: 'start_turn', turn: 2 }],
    ['a tool ended the run', [BEGIN, ...round(1, { terminate: true })], { kind: 'settle' }],
    ['somebody said more', [BEGIN, turn(1), says('Hi'), turnEnd(1), asks], { kind: 'start_turn', turn: 2 }],
    [
      'an answer was cut by a crash',
      [BEGIN, turn(1), { type: 'message_discarded', message_id: ID, reason: 'interrupted' }],
      { kind: 'ask', turn: 1 },
    ],
  ])('when %s', (_when, facts, expected) => {
    expect(step(after(...facts))).toMatchObject(expected);
  });

  it('ends the turn where nobody here runs the calls, and then owes no answer', () => {
    const answered = after(BEGIN, turn(1), says('', CALLS));
    expect(step(answered, [], false)).toEqual({ kind: 'end_turn', turn: 1 });
    expect(step(evolveAgent(answered, { body: turnEnd(1) }), [], false)).toEqual({ kind: 'settle' });
  });

  it('asks for the calls that are left, in their order', () => {
    const next = step(after(BEGIN, turn(1), says('', CALLS), starts(A), ends(A), starts(B)));
    expect(next).toMatchObject({
      calls: [
        { call: A, begun: true, ended: true },
        { call: B, begun: true, ended: false },
      ],
    });
  });

  it('ends a call once, where a model gave two of them one id', () => {
    const twice = after(BEGIN, turn(1), says('', [A, A]), starts(A), ends(A));
    expect(step(twice)).toMatchObject({ kind: 'run_tools', calls: [{ ended: true }, { ended: false }] });
  });
});

describe('stop conditions', () => {
  it('tooManyRounds: as many answers with tool calls as allowed, and an answer without them after', () => {
    const stop = [tooManyRounds(2)];
    const two = [BEGIN, ...round(1), ...round(2)];
    expect(step(after(...two), stop)).toEqual({ kind: 'start_turn', turn: 3 });
    expect(step(after(...two, turn(3), says('Done')), stop)).toEqual({ kind: 'end_turn', turn: 3 });
    expect(step(after(...two, turn(3), says('', CALLS)), stop)).toMatchObject({
      kind: 'stop',
      result: { outcome: 'failed', code: 'tool_rounds' },
    });
  });

  it('invalidAgain: two answers in a row, however many calls of each were bad', () => {
    const bad = { status: 'failed', refused: 'invalid_arguments' };
    const stop = [invalidAgain];
    expect(step(after(BEGIN, turn(1), says('', CALLS), ends(A, bad), ends(B, bad), turnEnd(1)), stop)).toEqual({
      kind: 'start_turn',
      turn: 2,
    });
    expect(step(after(BEGIN, ...round(1, bad), ...round(2), ...round(3, bad)), stop)).toEqual({
      kind: 'start_turn',
      turn: 4,
    });
    expect(step(after(BEGIN, ...round(1, bad), ...round(2, bad)), stop)).toMatchObject({
      kind: 'stop',
      result: { outcome: 'failed', code: 'upstream', upstream: 'upstream_invalid' },
    });
  });

  it('other refusals are no invalid answers', () => {
    const unknown = { status: 'failed', refused: 'unknown_tool' };
    expect(step(after(BEGIN, ...round(1, unknown), ...round(2, unknown)), [invalidAgain])).toMatchObject({
      kind: 'start_turn',
    });
  });
});

describe('the state', () => {
  it('keeps what a client may answer until when', () => {
    const request: FactBody = {
      type: 'tool_request',
      tool_call_id: 'a',
      tool_name: 'one',
      arguments: {},
      deadline: '2026-01-01T00:00:00.000Z',
    };
    const asked = after(BEGIN, turn(1), says('', [A]), request);
    expect(asked.calls).toEqual([{ call: A, begun: true, ended: false, deadline: Date.UTC(2026, 0, 1) }]);
    const result: FactBody = {
      type: 'tool_result_received',
      tool_call_id: 'a',
      tool_name: 'one',
      is_error: false,
      result: 'x',
    };
    expect(evolveAgent(asked, { body: result }).calls).toMatchObject([{ ended: true }]);
  });

  it('remembers the last two calls, whatever the order of their arguments', () => {
    const calls: ToolCall[] = [
      { id: '1', name: 'f', arguments: { a: 1, b: { c: 2, d: [3] } } },
      { id: '2', name: 'f', arguments: { b: { d: [3], c: 2 }, a: 1 } },
    ];
    const { recent } = after(BEGIN, turn(1), says('', [A, ...calls]), turnEnd(1));
    expect(recent).toHaveLength(2);
    expect(new Set(recent).size).toBe(1);
  });
});
