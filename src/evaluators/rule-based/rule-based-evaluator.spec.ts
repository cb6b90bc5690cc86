import { describe, expect, it } from '@jest/globals';
import type { EvaluationInput } from '../../core/ports/evaluator.js';
import { buildRuleBasedEvaluator } from './rule-based-evaluator.js';

function input(turns: readonly string[], change: Partial<EvaluationInput> = {}): EvaluationInput {
  return {
    scope: 'terminal',
    turn: turns.length,
    scenario: 's',
    agents: [{ name: 'Ann' }, { name: 'Bob' }],
    left: [],
    messages: turns.map((text) => ['Ann', 'Bob'].map((name) => [name, `${name} ${text}`] as const)),
    ...change,
  };
}

async function said(given: EvaluationInput, config: Record<string, unknown> = {}): Promise<unknown[]> {
  const evaluator = buildRuleBasedEvaluator({ name: 'rules', type: 'rule_based', enabled: true, config });
  const evaluation = await evaluator.evaluate(given, new AbortController().signal);
  expect(evaluation.terminated).toBeUndefined();
  expect(evaluation.scores).toMatchObject([{ target: 'environment', dimension: 'terminated', status: 'scored' }]);
  return evaluation.scores.map(({ score, reasoning }) => [score, reasoning]);
}

const TALK = 'said: "hi"';
const NONE = 'did nothing';

describe('rule_based', () => {
  it.each<readonly [string, readonly string[], Record<string, unknown>, string]>([
    [
      'no rule holds',
      [TALK, NONE],
      { max_turn_number: 20 },
      'none: after turn 2 of at most 20 no rule ends the conversation',
    ],
    ['it has no number of its own', [TALK], {}, 'none: after turn 1 no rule ends the conversation'],
    ['its turns are over', [TALK, TALK], { max_turn_number: 2 }, 'max_turns: the 2 turns of the rule are over'],
    ['nothing happens any more', [TALK, NONE, NONE], {}, 'stale: nobody did anything in the last 2 turns'],
    [
      'stale has another number',
      [NONE, NONE],
      { max_stale_turn: 3 },
      'none: after turn 2 no rule ends the conversation',
    ],
    ['stale is off', [NONE, NONE], { max_stale_turn: 0 }, 'none: after turn 2 no rule ends the conversation'],
    [
      'somebody only says that',
      ['said: "Ann did nothing"', 'says: did nothing'],
      {},
      'none: after turn 2 no rule ends the conversation',
    ],
  ])('says so when %s', async (_what, turns, config, reason) => {
    expect(await said(input(turns), config)).toEqual([[!reason.startsWith('none: '), reason]]);
  });

  it('names who left, once too few are left', async () => {
    const agents = ['Ann', 'Bob', 'Cem'].map((name) => ({ name }));
    expect(await said(input([TALK], { agents, left: ['Ann'] }))).toMatchObject([[false, expect.any(String)]]);
    expect(await said(input([TALK], { agents, left: ['Ann', 'Bob'] }))).toEqual([
      [true, 'left: Ann and Bob left the conversation'],
    ]);
    expect(await said(input([NONE, NONE], { left: ['Bob'] }), { max_turn_number: 2 })).toMatchObject([
      [true, expect.stringMatching(/^left: .+; stale: .+; max_turns: /)],
    ]);
    expect(await said(input([TALK], { agents: [{ name: 'Ann' }] }))).toMatchObject([[false, expect.any(String)]]);
  });

  it('looks only at those who could act: round-robin of four is not stale', async () => {
    const messages = ['A', 'B', 'C', 'D'].map((name) => [[name, `${name} ${TALK}`] as const]);
    const agents = ['A', 'B', 'C', 'D'].map((name) => ({ name }));
    expect(await said(input([], { agents, messages, turn: 4 }))).toMatchObject([[false, expect.any(String)]]);
  });
});
