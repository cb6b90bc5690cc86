import { describe, expect, it } from '@jest/globals';
import type { EvaluationScore } from '../events/conversation-event.js';
import { aggregate } from './aggregate.js';

function scored(
  target: string,
  dimension: string,
  score: number | boolean,
  more: Partial<EvaluationScore> = {},
): EvaluationScore {
  return { evaluator: 'llm', target, dimension, score, status: 'scored', reasoning: `${target} ${dimension}`, ...more };
}

function failed(target: string, dimension: string, error: string): EvaluationScore {
  return { evaluator: 'llm', target, dimension, score: null, status: 'failed', reasoning: '', error };
}

const RANGES: readonly (readonly [string, number, readonly [number, number]])[] = [
  ['believability', 8, [0, 10]],
  ['relationship', 2, [-5, 5]],
  ['knowledge', 4, [0, 10]],
  ['secret', -1, [-10, 0]],
  ['social_rules', 0, [-10, 0]],
  ['financial_and_material_benefits', 1, [-5, 5]],
  ['goal', 7, [0, 10]],
];

describe('aggregate', () => {
  it('gives the mean of the dimensions, and the same on a scale of 0..1', () => {
    const scores = RANGES.map(([dimension, score, range]) => scored('Ann', dimension, score, { range }));
    const { Ann } = aggregate(['Ann'], scores).per_agent;
    expect(Ann?.overall_score).toBeCloseTo(3);
    expect(Ann?.normalized_score).toBeCloseTo((0.8 + 0.7 + 0.4 + 0.9 + 1 + 0.6 + 0.7) / 7);
    expect(Ann?.dimensions).toEqual(Object.fromEntries(RANGES.map(([dimension, score]) => [dimension, score])));
  });

  it('gives null, not zero, to whom nobody scored, and counts no failed dimension', () => {
    const range = [0, 10] as const;
    const { per_agent } = aggregate(
      ['Ann', 'Bob'],
      [
        scored('Ann', 'goal', 6, { range }),
        failed('Ann', 'knowledge', 'the score is not a number'),
        failed('Bob', 'goal', 'upstream_timeout: too late'),
      ],
    );
    expect(per_agent['Ann']).toEqual({ overall_score: 6, normalized_score: 0.6, dimensions: { goal: 6 } });
    expect(per_agent['Bob']).toEqual({ overall_score: null, normalized_score: null, dimensions: {} });
  });

  it('keeps a real zero', () => {
    const { per_agent } = aggregate(['Ann'], [scored('Ann', 'goal', 0, { range: [0, 10] })]);
    expect(per_agent['Ann']).toMatchObject({ overall_score: 0, normalized_score: 0 });
  });

  it('takes the mean over evaluators: one that scores each turn weighs no more than one that scores once', () => {
    const { per_agent } = aggregate(
      ['Ann'],
      [
        scored('Ann', 'goal', 0, { evaluator: 'turns', range: [0, 10] }),
        scored('Ann', 'goal', 0, { evaluator: 'turns', range: [0, 10] }),
        scored('Ann', 'goal', 3, { evaluator: 'turns', range: [0, 10] }),
        scored('Ann', 'goal', 9, { evaluator: 'end', range: [0, 10] }),
      ],
    );
    expect(per_agent['Ann']).toEqual({ overall_score: 5, normalized_score: 0.5, dimensions: { goal: 5 } });
  });

  it('normalises each score by its own bounds', () => {
    const { per_agent } = aggregate(
      ['Ann'],
      [
        scored('Ann', 'goal', 1, { evaluator: 'a', range: [0, 1] }),
        scored('Ann', 'goal', 0, { evaluator: 'b', range: [0, 100] }),
        scored('Ann', 'free', 1000, { evaluator: 'b' }),
      ],
    );
    expect(per_agent['Ann']?.normalized_score).toBe(0.5);
  });

  it('counts a claim about an agent as 0 or 1, and none about the environment', () => {
    const { per_agent } = aggregate(
      ['Ann'],
      [scored('environment', 'terminated', true), scored('Ann', 'polite', true), scored('Ann', 'honest', false)],
    );
    expect(per_agent).toEqual({
      Ann: { overall_score: 0.5, normalized_score: 0.5, dimensions: { polite: 1, honest: 0 } },
    });
  });

  it('takes an overall_score that an evaluator supplies for the mean', () => {
    const { per_agent } = aggregate(
      ['Ann'],
      [scored('Ann', 'goal', 2), scored('Ann', 'overall_score', 9, { range: [0, 10] })],
    );
    expect(per_agent['Ann']).toEqual({ overall_score: 9, normalized_score: 0.9, dimensions: { goal: 2 } });
  });

  it('writes one line for a dimension, with every reason once', () => {
    const { reasoning } = aggregate(
      ['Ann', 'Bob'],
      [
        scored('environment', 'terminated', true, { reasoning: 'left: Bob left' }),
        scored('Ann', 'goal', 2, { reasoning: 'Half.' }),
        scored('Ann', 'goal', 3, { reasoning: 'More.' }),
        scored('Ann', 'goal', 3, { reasoning: 'More.' }),
        failed('Ann', 'secret', 'out of range'),
        {
          evaluator: 'x',
          target: 'environment',
          dimension: 'overall',
          score: null,
          status: 'abstained',
          reasoning: '',
        },
      ],
    );
    expect(reasoning).toBe(
      'Environment comments:\nterminated: left: Bob left\nAnn comments:\ngoal: Half. More.\nsecret: (failed) out of range',
    );
  });

  it.each(['__proto__', 'constructor', 'toString'])('takes %s for a name like any other', (name) => {
    const { per_agent } = aggregate([name], [scored(name, name, 4)]);
    expect(Object.entries(per_agent).map(([agent, scores]) => [agent, Object.entries(scores.dimensions)])).toEqual([
      [name, [[name, 4]]],
    ]);
  });
});
