import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { EvaluationScope, NewFact } from '../events/conversation-event.js';
import { ParleyError } from '../kernel/parley-error.js';
import type { Evaluation, EvaluationInput, Evaluator } from '../ports/evaluator.js';
import type { MultiAgentContext } from './context.js';
import { episodeLog } from './episode-log.js';
import { evaluate, evaluationInput } from './evaluate.js';
import { evolve } from './evolve.js';
import { nextStep } from './next-step.js';
import type { MultiAgentSettings } from './settings.js';
import { initialState, type MultiAgentState } from './state.js';

const SETTINGS: MultiAgentSettings = {
  kind: 'multi_agent',
  participants: [
    { name: 'Ann', type: 'llm', goal: 'win', background: 'a nurse' },
    { name: 'constructor', type: 'llm' },
  ],
  scenario: 'a market',
  max_turns: 2,
  max_stale_turns: 2,
  action_order: 'simultaneous',
  speaking_order: [],
  seed: 1,
  enable_evaluation: true,
  evaluators: [],
  return_log: true,
  default_model: 'm',
};

const GOOD: Evaluation['scores'][number] = {
  target: 'Ann',
  dimension: 'goal',
  score: 5,
  status: 'scored',
  reasoning: 'ok',
};

class Probe implements Evaluator {
  readonly type = 'probe';
  asked = 0;

  constructor(
    readonly name: string,
    private readonly answer: (input: EvaluationInput, signal: AbortSignal) => unknown,
    readonly scopes: readonly EvaluationScope[] = ['terminal'],
  ) {}

  evaluate(input: EvaluationInput, signal: AbortSignal): Promise<Evaluation> {
    this.asked++;
    // What plugins answer is not what their types say.
    return this.answer(input, signal) as Promise<Evaluation>;
  }
}

const says = (name: string, ...scores: unknown[]): Probe => new Probe(name, () => ({ scores }));

function fold(facts: readonly NewFact[], evaluates = { turn: false, terminal: true }): MultiAgentState {
  return facts.reduce(evolve, initialState(SETTINGS, evaluates));
}

/** A turn in which both spoke. */
function turn(number: number): NewFact[] {
  const act = (agent: string): NewFact => ({
    body: { type: 'action', turn: number, action_type: 'speak', argument: `hi ${number}` },
    agent,
  });
  return [{ body: { type: 'turn_start', turn: number } }, act('Ann'), act('constructor')];
}

const ended = (number: number): NewFact => ({ body: { type: 'turn_end', turn: number } });
const PLAYED: readonly NewFact[] = [...turn(1), ended(1), ...turn(2), ended(2)];

interface Asked {
  readonly facts: readonly NewFact[];
  readonly state: MultiAgentState;
}

/** Runs one evaluation on what happened before. */
async function ask(
  evaluators: readonly Evaluator[],
  before: readonly NewFact[] = PLAYED,
  scope: EvaluationScope = 'terminal',
  signal: AbortSignal = new AbortController().signal,
): Promise<Asked> {
  let state = fold(before, { turn: scope === 'turn', terminal: scope === 'terminal' });
  const facts: NewFact[] = [];
  const emit = (more: readonly NewFact[]): void => {
    facts.push(...more);
    state = more.reduce(evolve, state);
  };
  const context: Pick<MultiAgentContext, 'evaluators' | 'signal'> = { evaluators, signal };
  await evaluate(context as MultiAgentContext, () => state, scope, emit);
  return { facts, state };
}

function results({ facts }: Asked): Record<string, unknown>[] {
  return facts.flatMap(({ body }) => (body.type === 'evaluation_result' ? [{ ...body }] : []));
}

const types = ({ facts }: Asked): string[] => facts.map(({ body }) => body.type);

describe('evaluate', () => {
  it('asks everybody of the scope, in order, each once, and says what it cost', async () => {
    const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3, calls: 1 };
    const first = new Probe('first', () => ({ scores: [GOOD], spent: { model: 'm', usage } }));
    const other = says('other', GOOD);
    const perTurn = new Probe('turns', () => ({ scores: [GOOD] }), ['turn']);
    const asked = await ask([first, other, perTurn, first]);
    expect(types(asked)).toEqual([
      'evaluation_start',
      'evaluation_result',
      'usage',
      'evaluation_result',
      'evaluation_end',
    ]);
    expect(asked.facts[0]?.body).toMatchObject({ evaluators: ['first', 'other'], scope: 'terminal', turn: 2 });
    expect(asked.facts[2]?.body).toEqual({ type: 'usage', purpose: 'judge', model: 'm', usage });
    expect([first.asked, other.asked, perTurn.asked]).toEqual([1, 1, 0]);
    expect(nextStep(asked.state)).toMatchObject({ kind: 'end' });
  });

  it('shows evaluators all goals, and none that nobody has', () => {
    const input = evaluationInput(fold(PLAYED), 'terminal');
    expect(input.agents).toEqual([{ name: 'Ann', goal: 'win', background: 'a nurse' }, { name: 'constructor' }]);
    expect(input.messages[1]).toEqual([
      ['Ann', 'Ann said: "hi 2"'],
      ['constructor', 'constructor said: "hi 2"'],
    ]);
  });

  it('does not ask one again who answered before the process died, and asks the others', async () => {
    const [first, other] = [says('first', GOOD), says('other', GOOD)];
    const died: NewFact[] = [
      ...PLAYED,
      { body: { type: 'evaluation_start', scope: 'terminal', turn: 2, evaluators: ['first', 'other'] } },
      { body: { type: 'evaluation_result', scope: 'terminal', turn: 2, evaluator: 'first', ...GOOD } },
    ];
    const asked = await ask([first, other], died);
    expect([first.asked, other.asked]).toEqual([0, 1]);
    expect(types(asked)).toEqual(['evaluation_result', 'evaluation_end']);
  });

  it('remembers of one who had nothing to say that it was asked', async () => {
    const silent = says('silent');
    const asked = await ask([silent]);
    expect(results(asked)).toMatchObject([
      { evaluator: 'silent', target: 'environment', status: 'abstained', score: null },
    ]);
    const again = await ask([silent], [...PLAYED, ...asked.facts.slice(0, -1)]);
    expect([silent.asked, types(again)]).toEqual([1, ['evaluation_end']]);
    expect(episodeLog(again.state, []).reasoning).toBe('');
  });

  it('ends an evaluation that was open when its evaluators went from the configuration', async () => {
    const open: NewFact[] = [
      ...turn(1),
      { body: { type: 'evaluation_start', scope: 'turn', turn: 1, evaluators: ['gone'] } },
    ];
    const state = fold(open, { turn: false, terminal: false });
    expect(nextStep(state)).toEqual({ kind: 'evaluate_turn', turn: 1 });
    const { state: after, facts } = await ask([], open, 'turn');
    expect(facts).toEqual([{ body: { type: 'evaluation_end', scope: 'turn', turn: 1 } }]);
    expect(nextStep(after)).toEqual({ kind: 'end_turn', turn: 1 });
  });
});

describe('an evaluator that fails', () => {
  it.each<readonly [string, unknown, string]>([
    ['an error', new TypeError('GET https://judge/?key=hunter2 failed'), 'internal: the evaluator threw TypeError'],
    ['an error of ours', new ParleyError('upstream_timeout', 'it took too long'), 'upstream_timeout: it took too long'],
    ['a text', 'hunter2', 'internal: the evaluator threw something that is not an error'],
  ])('by throwing %s has failed for every agent, and the rest goes on', async (_what, thrown, error) => {
    const throwing = new Probe('bad', () => {
      throw thrown;
    });
    const rejecting = new Probe('worse', () => Promise.reject(thrown));
    const asked = await ask([throwing, rejecting, says('good', GOOD)]);
    const failure = { dimension: 'overall', score: null, status: 'failed', error };
    expect(results(asked)).toMatchObject([
      { evaluator: 'bad', target: 'Ann', ...failure },
      { evaluator: 'bad', target: 'constructor', ...failure },
      { evaluator: 'worse', target: 'Ann', ...failure },
      { evaluator: 'worse', target: 'constructor', ...failure },
      { evaluator: 'good', score: 5 },
    ]);
    expect(JSON.stringify(asked.facts)).not.toContain('hunter2');
    expect(types(asked).at(-1)).toBe('evaluation_end');
  });

  it('and hangs is left at the abort; whoever resumes asks it again', async () => {
    const controller = new AbortController();
    const hanging = new Probe('hanging', () => new Promise(() => controller.abort()));
    const asked = await ask([says('first', GOOD), hanging], PLAYED, 'terminal', controller.signal);
    expect(types(asked)).toEqual(['evaluation_start', 'evaluation_result']);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    const well = says('hanging', GOOD);
    expect(types(await ask([says('first', GOOD), well], [...PLAYED, ...asked.facts]))).toEqual([
      'evaluation_result',
      'evaluation_end',
    ]);
  });

  it.each([undefined, null, 'fine', 5, [], {}, { scores: 'none' }, { scores: null }])(
    'by answering %j has failed',
    async (answer) => {
      const asked = await ask([new Probe('odd', () => answer)]);
      expect(results(asked)).toMatchObject([
        { target: 'Ann', status: 'failed', score: null },
        { target: 'constructor', status: 'failed', score: null },
      ]);
    },
  );

  it.each<readonly [string, unknown, object]>([
    ['NaN', { ...GOOD, score: NaN }, { error: 'the score is not a number' }],
    ['infinite', { ...GOOD, score: Infinity }, { error: 'the score is not a number' }],
    ['text', { ...GOOD, score: '5' }, { error: 'the score is not a number' }],
    ['nothing', { ...GOOD, score: null }, { error: 'the score is not a number' }],
    [
      'out of range',
      { ...GOOD, score: 999, range: [0, 10] },
      { error: 'the score 999 is outside 0..10', range: [0, 10] },
    ],
    ['of nobody', { ...GOOD, target: 'Eve' }, { target: 'Eve', error: 'there is no agent of this name' }],
    ['without a target', { ...GOOD, target: 7 }, { target: 'environment', error: 'a result names no agent' }],
    ['without a dimension', { ...GOOD, dimension: '' }, { dimension: 'overall', error: 'a result names no dimension' }],
    ['no object', 'great', { target: 'environment', error: 'a result is not an object' }],
    ['failed with a score', { ...GOOD, status: 'failed' }, { error: 'the evaluator gave no reason' }],
  ])('in one result (%s) keeps the others', async (_what, score, expected) => {
    const asked = await ask([says('mixed', score, GOOD)]);
    expect(results(asked)).toMatchObject([
      { score: null, status: 'failed', ...expected },
      { score: 5, status: 'scored' },
    ]);
    expect(episodeLog(asked.state, results(asked) as never).rewards).toEqual([
      [5, { goal: 5, overall_score: 5 }],
      null,
    ]);
  });

  it('leaves rewards null: failed is not zero', async () => {
    const asked = await ask([new Probe('bad', () => Promise.reject(new Error('no')))]);
    expect(episodeLog(asked.state, results(asked) as never)).toMatchObject({
      rewards: [null, null],
      reasoning: expect.stringMatching(/^Ann comments:\noverall: \(failed\) internal: .+\nconstructor comments:\n/),
    });
  });
});

describe('an evaluator that says terminated', () => {
  const TRUE = { target: 'environment', dimension: 'terminated', score: true, status: 'scored', reasoning: 'enough' };

  it.each<readonly [string, unknown]>([
    ['by the field of the port', { scores: [], terminated: { reasoning: 'enough' } }],
    ['by a score of the environment', { scores: [TRUE] }],
    ['by both', { scores: [TRUE], terminated: { reasoning: 'enough' } }],
  ])('after a turn ends the conversation (%s)', async (_how, answer) => {
    const asked = await ask([new Probe('rules', () => answer, ['turn'])], turn(1), 'turn');
    expect(results(asked)).toMatchObject([{ dimension: 'terminated', score: true, reasoning: 'enough' }]);
    expect(asked.facts.at(-1)?.body).toMatchObject({ terminated: { evaluator: 'rules', reasoning: 'enough' } });
    const state = evolve(asked.state, ended(1));
    expect(nextStep(state)).toMatchObject({ kind: 'end', ending: { code: 'evaluator', detail: 'rules: enough' } });
  });

  it('also when the process died before the evaluation ended', async () => {
    const asked = await ask([new Probe('rules', () => ({ scores: [TRUE] }), ['turn'])], turn(1), 'turn');
    const resumed = await ask([says('rules')], [...turn(1), ...asked.facts.slice(0, -1)], 'turn');
    expect(resumed.facts).toEqual(asked.facts.slice(-1));
  });

  it('is not taken at its word about an agent, nor at the end', async () => {
    const ofAgent = new Probe('odd', () => ({ scores: [{ ...TRUE, target: 'Ann' }] }), ['turn']);
    expect((await ask([ofAgent], turn(1), 'turn')).state.terminated).toBeUndefined();
    const atEnd = await ask([says('rules', TRUE)]);
    expect(atEnd.facts.at(-1)?.body).toEqual({ type: 'evaluation_end', scope: 'terminal', turn: 2 });
    expect(nextStep(atEnd.state)).toMatchObject({ ending: { code: 'max_turns' } });
  });
});

describe('the episode log', () => {
  it('does not count a turn that was interrupted', () => {
    const facts: NewFact[] = [
      ...turn(1),
      ended(1),
      ...turn(2),
      { body: { type: 'turn_end', turn: 2, interrupted: true } },
    ];
    const log = episodeLog(fold(facts), []);
    expect([log.turn_count, log.messages.length]).toEqual([1, 2]);
  });
});
