import { describe, expect, it } from '@jest/globals';
import { failureOf, type Outcome } from './evaluator/outcome.js';
import { conversation, CONVERSATIONS, judge, optional } from './evaluator/evaluator-suite.js';
import type { EvaluatorSkips, EvaluatorsUnderTest } from './evaluator/evaluator-suite.js';

/** The contract of the Evaluator port, sentence by sentence. Every implementation runs it. */
export function describeEvaluator(name: string, made: EvaluatorsUnderTest, skips: EvaluatorSkips = {}): void {
  // oxlint-disable-next-line jest/valid-title -- the implementation's name
  describe(name, () => {
    describeAnswers({ made, skips });
    describeTrouble({ made, skips });
  });
}

interface Subject {
  readonly made: EvaluatorsUnderTest;
  readonly skips: EvaluatorSkips;
}

function describeAnswers({ made, skips }: Subject): void {
  it('has a name, a type and one or two scopes', () => {
    const { name, type, scopes } = made.judging();
    expect([name, type]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    expect([1, 2]).toContain(new Set(scopes).size);
  });

  it.each(CONVERSATIONS)('judges %s: sound results, of its agents or of the environment', async (_what, input) => {
    const { scores } = await judge(made.judging(), input);
    const names = [...input.agents.map((agent) => agent.name), 'environment'];
    for (const { target, score, status, range, error } of scores) {
      expect(names).toContain(target);
      expect(status === 'scored' ? score !== null : score === null).toBe(true);
      expect(status === 'failed' ? (error ?? '') !== '' : true).toBe(true);
      if (range !== undefined && typeof score === 'number') expect(score >= range[0] && score <= range[1]).toBe(true);
    }
  });

  it('says the same of the same conversation, and does not mix two at once', async () => {
    const evaluator = made.judging();
    const other = conversation({
      agents: [{ name: 'Xaver' }, { name: 'Yve' }],
      left: [],
      messages: [[['Xaver', 'Xaver said: "?"']]],
      turn: 1,
    });
    const alone = [await judge(evaluator, conversation()), await judge(evaluator, other)];
    const together = await Promise.all([judge(evaluator, conversation()), judge(evaluator, other)]);
    expect(together.map(({ scores }) => scores)).toEqual(alone.map(({ scores }) => scores));
  });

  it('spends what can be billed', async () => {
    const { spent } = await judge(made.judging(), conversation());
    const { input_tokens = 0, output_tokens = 0, total_tokens = 0, calls = 0 } = spent?.usage ?? {};
    for (const count of [input_tokens, output_tokens, total_tokens, calls])
      expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
    expect(spent === undefined || (spent.model !== '' && calls >= 1)).toBe(true);
  });

  optional('everyAgent', 'judges every agent, also one that did nothing', { made, skips }, async (make) => {
    const { scores } = await judge(make(), conversation());
    expect(new Set(scores.map((score) => score.target))).toEqual(new Set(['Ann', 'Bob', 'Cem']));
  });

  optional('unsound', 'makes no score of what is none: it has failed, with a reason', { made, skips }, async (make) => {
    const { scores } = await judge(make(), conversation());
    expect(scores.some((score) => score.status === 'failed')).toBe(true);
  });
}

function describeTrouble({ made, skips }: Subject): void {
  it('asked after the abort, settles at once', async () => {
    const outcome = await outcomeOf(() => judge(made.judging(), conversation(), AbortSignal.abort()));
    expect(['answered', 'failed']).toContain(outcome.kind);
  });

  optional('hanging', 'settles at the abort, whatever it waits for', { made, skips }, async (make) => {
    const controller = new AbortController();
    const outcome = outcomeOf(() => judge(make(), conversation(), controller.signal));
    setImmediate(() => controller.abort());
    expect(failureOf(await outcome)).toMatch(/^aborted: /);
  });

  optional('failing', 'fails with a reason that tells no secret', { made, skips }, async (cases) => {
    for (const { what, make, secret } of cases) {
      const outcome = await outcomeOf(() => judge(make(), conversation()));
      const reason = failureOf(outcome);
      expect({ what, reason }).toEqual({ what, reason: expect.stringMatching(/^[a-z_]+: .+/) });
      if (secret !== undefined) expect(JSON.stringify([outcome, reason])).not.toContain(secret);
    }
  });
}

async function outcomeOf(work: () => Promise<Outcome['evaluation'] & object>): Promise<Outcome> {
  try {
    return { kind: 'answered', evaluation: await work() };
  } catch (error) {
    return { kind: 'failed', error };
  }
}
