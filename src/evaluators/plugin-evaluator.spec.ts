import { describe, expect, it } from '@jest/globals';
import { modelsOf } from '../../test/support/scripted-model.js';
import type { Evaluation, EvaluationInput } from '../core/ports/evaluator.js';
import { EvaluatorPlugin, type PluginMessage, type PluginResult } from './evaluator-plugin.js';
import { PluginEvaluator } from './plugin-evaluator.js';

const SECTION = { name: 'mine', type: 'mine', enabled: true, config: {} };
const INPUT: EvaluationInput = {
  scope: 'turn',
  turn: 2,
  scenario: 'A market',
  agents: [{ name: 'Ann' }, { name: 'Bob' }],
  left: [],
  messages: [
    [['Ann', 'Ann said: "1"']],
    [
      ['Ann', 'Ann said: "2"'],
      ['Bob', 'Bob did nothing'],
    ],
  ],
};

class Plugin extends EvaluatorPlugin {
  readonly pluginType = 'mine';
  seen: readonly PluginMessage[] = [];

  constructor(
    private readonly answer: unknown,
    private readonly terminal?: unknown,
  ) {
    super();
  }

  evaluate(_turn: number, messages: readonly PluginMessage[]): readonly PluginResult[] {
    this.seen = messages;
    return this.answer as readonly PluginResult[];
  }

  override getTerminalEvaluator(): unknown {
    return this.terminal;
  }
}

const deps = { models: modelsOf(), repairJson: (text: string) => text };

async function judge(plugin: Plugin): Promise<Evaluation> {
  return new PluginEvaluator(SECTION, plugin, deps).evaluate(INPUT, new AbortController().signal);
}

describe('U17: a plugin', () => {
  it("is shown all messages so far, as the document's are, and is asked after every turn", async () => {
    const plugin = new Plugin([]);
    expect(new PluginEvaluator(SECTION, plugin, deps).scopes).toEqual(['turn']);
    await judge(plugin);
    expect(plugin.seen).toEqual([
      ['Environment', 'A market'],
      ['Environment', 'Turn #1'],
      ['Ann', 'Ann said: "1"'],
      ['Environment', 'Turn #2'],
      ['Ann', 'Ann said: "2"'],
      ['Bob', 'Bob did nothing'],
    ]);
  });

  it("may score every message, as the document's does: one result for each agent, the mean", async () => {
    const tuples = [4, 8].map((score) => ['Ann', [['overall', score], `${score}`]]);
    const { scores } = await judge(new Plugin([...tuples, ['Bob', [['overall', 8], 'x']]]));
    expect(scores).toEqual([
      { target: 'Ann', dimension: 'overall', score: 6, status: 'scored', reasoning: '4 8' },
      { target: 'Bob', dimension: 'overall', score: 8, status: 'scored', reasoning: 'x' },
    ]);
  });

  it.each<readonly [string, unknown, object]>([
    ['NaN', ['Ann', [['goal', NaN], 'x']], { target: 'Ann', dimension: 'goal', error: 'the score is not a number' }],
    ['text', ['Ann', [['goal', '8'], 'x']], { target: 'Ann', dimension: 'goal', error: 'the score is not a number' }],
    [
      'a flat tuple',
      ['Ann', 'goal', 8],
      { target: 'Ann', error: expect.stringContaining('neither an object nor [agent,') },
    ],
    ['nothing in a tuple', [], { target: 'environment', error: expect.stringContaining('neither an object nor') }],
    [
      'an unknown agent',
      { agent: 'Eve', dimension: 'goal', score: 1 },
      { target: 'Eve', error: 'there is no agent of this name' },
    ],
    [
      '999',
      { agent: 'Ann', dimension: 'goal', score: 999, range: [0, 10] },
      { error: 'the score 999 is outside 0..10' },
    ],
    ['a number for a result', 5, { target: 'environment', error: 'a result is not an object' }],
    [
      'its own failure',
      { target: 'Ann', dimension: 'goal', score: null, status: 'failed', error: 'no data' },
      { error: 'no data' },
    ],
  ])('loses nothing that it got wrong: %s has failed', async (_what, result, expected) => {
    const { scores } = await judge(new Plugin([result, ['Bob', [['goal', true], 'y']]]));
    expect(scores).toMatchObject([
      { score: null, status: 'failed', ...expected },
      { target: 'Bob', score: true, status: 'scored' },
    ]);
  });

  it.each([undefined, null, []])('that answers %j abstains', async (answer) => {
    expect((await judge(new Plugin(answer))).scores).toMatchObject([{ target: 'environment', status: 'abstained' }]);
  });

  it.each(['good', 5, true, {}])('that answers %j has failed', async (answer) => {
    expect((await judge(new Plugin(answer))).scores).toMatchObject([{ status: 'failed' }, { status: 'failed' }]);
  });

  it('ends the conversation by a score of the environment, in any spelling', async () => {
    const ends = await judge(new Plugin([['Environment', [['terminated', true], 'enough']]]));
    expect(ends).toEqual({
      scores: [{ target: 'environment', dimension: 'terminated', score: true, status: 'scored', reasoning: 'enough' }],
      terminated: { reasoning: 'enough' },
    });
    expect((await judge(new Plugin([['environment', [['terminated', false], 'go on']]]))).terminated).toBeUndefined();
  });

  it('with a terminal evaluator is asked once, at the end, through that one', async () => {
    const terminal = { evaluate: () => [['Bob', [['overall', 1], 'z']]] };
    const plugin = new Plugin([['Ann', [['overall', 9], 'never']]], terminal);
    expect(new PluginEvaluator(SECTION, plugin, deps).scopes).toEqual(['terminal']);
    expect((await judge(plugin)).scores).toMatchObject([{ target: 'Bob', score: 1 }]);
    const opaque = new Plugin([['Ann', [['overall', 9], 'own']]], { model: 'anything' });
    expect((await judge(opaque)).scores).toMatchObject([{ target: 'Ann', score: 9 }]);
  });

  it('that takes too long has failed', async () => {
    const slow = new PluginEvaluator(SECTION, new Plugin(new Promise(() => undefined)), { ...deps, time_limit_ms: 20 });
    await expect(slow.evaluate(INPUT, new AbortController().signal)).rejects.toMatchObject({
      code: 'internal',
      message: 'the evaluator did not answer within 0.02 s',
    });
  });

  it('that throws is told to the log, with what it threw', async () => {
    const told: unknown[] = [];
    const thrown = new RangeError('at https://x/?key=secret');
    const throwing = new PluginEvaluator(SECTION, new Plugin(Promise.reject(thrown)), {
      ...deps,
      onError: (error, name) => told.push([error, name]),
    });
    await expect(throwing.evaluate(INPUT, new AbortController().signal)).rejects.toThrow(
      /^the evaluator threw RangeError$/,
    );
    expect(told).toEqual([[thrown, 'mine']]);
  });
});
