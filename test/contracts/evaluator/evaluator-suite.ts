import { it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { checkEvaluation } from '../../../src/core/multi-agent/check-evaluation.js';
import type { Evaluation, EvaluationInput, Evaluator } from '../../../src/core/ports/evaluator.js';

/** What an implementation brings to be tested. */
export interface EvaluatorsUnderTest {
  /** A fresh one that judges any conversation, as often as it is asked. */
  readonly judging: () => Evaluator;
  /** It gives every agent a score or a failure, also one that did nothing. */
  readonly everyAgent?: () => Evaluator;
  /** What it asks never answers. */
  readonly hanging?: () => Evaluator;
  /** What it asks is broken in some way; `secret` is what that says. */
  readonly failing?: readonly { readonly what: string; readonly make: () => Evaluator; readonly secret?: string }[];
  /** What it asks gives scores that are none. */
  readonly unsound?: () => Evaluator;
}

/** What an implementation has no way to do, and why. */
export type EvaluatorSkips = Readonly<Partial<Record<Exclude<keyof EvaluatorsUnderTest, 'judging'>, string>>>;

/** A conversation to judge; all that can be frozen is. */
export function conversation(change: Partial<EvaluationInput> = {}): EvaluationInput {
  const agents = [{ name: 'Ann', goal: 'sell the bike' }, { name: 'Bob', background: 'a student' }, { name: 'Cem' }];
  const messages = [
    [
      ['Ann', 'Ann said: "120 euros"'],
      ['Bob', 'Bob said (to Ann only): "80"'],
      ['Cem', 'Cem did nothing'],
    ],
    [
      ['Ann', 'Ann said: "100, and that is my last word"'],
      ['Bob', 'Bob left the conversation'],
      ['Cem', 'Cem did nothing'],
    ],
  ] as const;
  return deepFreeze({
    scope: 'terminal',
    turn: 2,
    scenario: 'A flea market',
    agents,
    left: ['Bob'],
    messages,
    ...change,
  });
}

/** One in which all agents said something. */
function odd(names: readonly string[]): EvaluationInput {
  const messages = [names.map((name) => [name, `${name} said: "hm"`] as const)];
  return conversation({ agents: names.map((name) => ({ name })), left: [], messages, turn: 1 });
}

/** Conversations of all sorts. */
export const CONVERSATIONS: readonly (readonly [what: string, input: EvaluationInput])[] = [
  ['an ordinary one', conversation()],
  ['one without a turn', conversation({ turn: 0, messages: [], left: [] })],
  [
    'one of a person alone',
    conversation({ agents: [{ name: 'Ann' }], left: [], messages: [[['Ann', 'Ann said: "hm"']]], turn: 1 }),
  ],
  ['one of agents with odd names', odd(['__proto__', 'constructor', 'a "b"\nc', 'Environment', '🙂'])],
];

/** Asks an evaluator, and checks what holds for every answer. */
export async function judge(evaluator: Evaluator, given: EvaluationInput, signal?: AbortSignal): Promise<Evaluation> {
  const [scope] = evaluator.scopes;
  if (scope === undefined) throw new Error('an evaluator without a scope is never asked');
  const used = signal ?? new AbortController().signal;
  const input = deepFreeze({ ...given, scope });
  const evaluation = await evaluator.evaluate(input, used);
  const checked = checkEvaluation(evaluation, input);
  for (const [index, score] of evaluation.scores.entries()) {
    if (isDeepStrictEqual(checked.scores[index], score)) continue;
    throw new Error(`core writes down ${JSON.stringify(checked.scores[index])}, not ${JSON.stringify(score)}`);
  }
  if (getEventListeners(used, 'abort').length > 0) throw new Error('a listener left on the signal');
  return evaluation;
}

/** A test of something that an implementation may be unable to do; then it says why. */
export function optional<Key extends keyof EvaluatorSkips>(
  key: Key,
  what: string,
  subject: { readonly made: EvaluatorsUnderTest; readonly skips: EvaluatorSkips },
  test: (found: NonNullable<EvaluatorsUnderTest[Key]>) => Promise<void>,
): void {
  const reason = subject.skips[key];
  const found = subject.made[key];
  // oxlint-disable-next-line jest/no-disabled-tests, jest/valid-title -- an implementation's stated reason
  if (reason !== undefined) return it.skip(`${what} (${reason})`, () => undefined);
  // oxlint-disable-next-line jest/valid-title -- the sentence of the contract
  it(what, async () => {
    if (found === undefined) throw new Error(`neither "${key}" nor a reason why not`);
    await test(found);
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze<unknown>(part);
  }
  return value;
}
