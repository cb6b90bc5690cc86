import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { NewFact } from '../../core/events/conversation-event.js';
import type { RunResult } from '../../core/conversation/run-result.js';
import { evaluationInput } from '../../core/multi-agent/evaluate.js';
import { evolve } from '../../core/multi-agent/evolve.js';
import { describeAction, inSeatOrder } from '../../core/multi-agent/observation.js';
import { runMultiAgent } from '../../core/multi-agent/run-multi-agent.js';
import { ACTION_ORDERS, type MultiAgentSettings, type Participant } from '../../core/multi-agent/settings.js';
import { initialState, type MultiAgentState, type TakenAction } from '../../core/multi-agent/state.js';
import type { ModelProvider } from '../../core/ports/model-provider.js';
import type { RunLog } from '../../core/ports/run-log.js';
import { SystemClock } from '../../runtime/system-clock.js';
import { SystemIds } from '../../runtime/system-ids.js';
import { DemoProvider } from './demo-provider.js';
import { SOTOPIA_RANGES } from './sotopia.js';
import { wordsOf } from './words.js';

const DEMO = new DemoProvider({ name: 'demo', clock: new SystemClock() });
const BIKE = 'Alice wants to sell her used bicycle to Bob. They negotiate the price of the bicycle at a flea market.';
const TRADERS: readonly Seat[] = [
  { name: 'Alice', goal: 'Sell the old bicycle for at least 120 euros', background: 'A nurse from Leeds' },
  { name: 'Bob', goal: 'Get a cheap bicycle before the new term starts' },
];

type Seat = Omit<Participant, 'type'>;

interface Setup extends Partial<Omit<MultiAgentSettings, 'participants' | 'kind'>> {
  readonly agents: readonly (string | Seat)[];
  /** Models of agents that name one other than `demo`. */
  readonly others?: Readonly<Record<string, ModelProvider>>;
}

interface Played {
  readonly result: RunResult;
  readonly state: MultiAgentState;
  readonly facts: readonly NewFact[];
  readonly actions: readonly TakenAction[];
  readonly transcript: string;
}

/** Plays a conversation through the real loop, with a log in memory. */
async function play({ agents, others = {}, ...given }: Setup): Promise<Played> {
  const settings: MultiAgentSettings = {
    kind: 'multi_agent',
    participants: agents.map((agent) => ({
      type: 'llm',
      ...(typeof agent === 'string' ? { name: agent, goal: 'Have a good time' } : agent),
    })),
    scenario: 'Two friends discussing weekend plans',
    max_turns: 10,
    max_stale_turns: 2,
    action_order: 'round-robin',
    speaking_order: [],
    seed: 1,
    enable_evaluation: false,
    evaluators: [],
    return_log: true,
    default_model: 'demo',
    ...given,
  };
  const start = initialState(settings, { turn: false, terminal: false });
  const facts: NewFact[] = [];
  const log: RunLog = {
    append: (more) => void facts.push(...more),
    delta: () => undefined,
    toolUpdate: () => undefined,
    shownText: () => ({ text: '' }),
    committed: () => Promise.resolve(),
  };
  const models = {
    default_model: 'demo',
    names: () => ['demo'],
    get: (name: string) => others[name] ?? DEMO,
    describe: () => undefined,
  };
  const context = {
    models,
    log,
    ids: new SystemIds(),
    clock: new SystemClock(),
    inputs: { next: () => Promise.resolve('timeout' as const) },
    human_turn_ms: 1,
    evaluators: [],
    repairJson: (text: string) => text,
    stopRequested: () => false,
  };
  const result = await runMultiAgent({ ...context, signal: new AbortController().signal }, start);
  const state = facts.reduce((before, fact) => evolve(before, fact), start);
  const actions = state.turns.flatMap((turn) => inSeatOrder(state, turn));
  const lines = state.turns.flatMap((turn) => [
    `Turn ${turn.number}`,
    ...inSeatOrder(state, turn).map((action) => describeAction(action) ?? `${action.agent} did nothing`),
  ]);
  return { result, state, facts, actions, transcript: lines.join('\n') };
}

/** What is shown of a conversation, none of it twice. */
function expectNoRepeats(actions: readonly TakenAction[]): void {
  const shown = actions.filter((action) => action.action_type !== 'none' && action.action_type !== 'leave');
  const texts = shown.map((action) => action.argument.toLowerCase());
  expect(texts.filter((text, i) => texts.indexOf(text) !== i)).toEqual([]);
}

function speeches(actions: readonly TakenAction[]): readonly TakenAction[] {
  return actions.filter((action) => action.action_type === 'speak');
}

describe('a conversation of demo agents', () => {
  it.each(ACTION_ORDERS)('is the same for the same seed and another for another (%s)', async (action_order) => {
    const setup: Setup = { agents: TRADERS, scenario: BIKE, action_order };
    const first = await play(setup);
    const again = await play(setup);
    const other = await play({ ...setup, seed: 2 });
    expect(again.transcript).toBe(first.transcript);
    expect(other.transcript).not.toBe(first.transcript);
  });

  it.each(ACTION_ORDERS)('repeats nothing in ten turns of two and of four (%s)', async (action_order) => {
    for (let seed = 0; seed < 25; seed++) {
      const two = await play({ agents: ['Alice', 'Bob'], action_order, seed });
      const four = await play({ agents: ['Ann', 'Ben', 'Cem', 'Dora'], action_order, seed });
      expectNoRepeats(two.actions);
      expectNoRepeats(four.actions);
    }
  });

  it('goes from a greeting by a proposal to a decision and ends by leaving', async () => {
    for (let seed = 0; seed < 25; seed++) {
      for (const action_order of ['round-robin', 'simultaneous', 'agent_id_based'] as const) {
        const { result, actions, transcript } = await play({
          agents: ['Alice', 'Bob'],
          action_order,
          seed,
          max_turns: 30,
        });
        expect({ transcript, code: result.code }).toMatchObject({ code: 'left' });
        const texts = speeches(actions).map((action) => action.argument);
        expect(texts[0]).toMatch(/Bob|Hello/);
        expect(texts.join(' ')).toContain('weekend plans');
        const leave = actions.find((action) => action.action_type === 'leave');
        expect(leave).toBeDefined();
        expect(result.code).toBe('left');
        expect(texts.length).toBeGreaterThanOrEqual(6);
      }
    }
  });

  it('does not end before the fourth turn', async () => {
    for (let seed = 0; seed < 25; seed++) {
      const { state } = await play({ agents: ['Ann', 'Ben', 'Cem'], action_order: 'agent_id_based', seed });
      expect(state.turns.length).toBeGreaterThanOrEqual(4);
    }
  });

  it('never says a private goal', async () => {
    const goals = ['the truth', 'Win', 'I was looking forward to this', 'that works for me'];
    for (let seed = 0; seed < 10; seed++) {
      for (const goal of goals) {
        const agents = ['Ann', 'Ben'].map((name) => ({ name, goal }));
        const { actions } = await play({ agents, seed, action_order: 'agent_id_based' });
        for (const { argument } of actions)
          expect(` ${wordsOf(argument).join(' ')} `).not.toContain(` ${goal.toLowerCase()} `);
      }
    }
  });

  it('gives every agent without a goal one of its own, in a sentence about the scenario', async () => {
    const { facts } = await play({ agents: [{ name: 'Ann' }, 'Ben'] });
    const goals = facts.flatMap((fact) => (fact.body.type === 'conversation_state' ? [fact.body.goal] : []));
    expect(goals).toHaveLength(1);
    expect(goals[0]).toMatch(/^[A-Z].*weekend plans.*\.$/);
  });

  it('answers what others say in words of their own, and lets a talk that leads nowhere end', async () => {
    const person = saying([
      'What do you think about the mountains?',
      'I like the old mill.',
      'How about we go by boat?',
      'No.',
    ]);
    for (const action_order of ACTION_ORDERS) {
      const { actions, result, transcript } = await play({
        agents: ['Ann', { name: 'Pat', model: 'person' }],
        others: { person },
        action_order,
        max_turns: 60,
      });
      expectNoRepeats(actions.filter((action) => action.agent === 'Ann'));
      expect(speeches(actions).filter((action) => action.agent === 'Ann').length).toBeGreaterThanOrEqual(3);
      expect({ action_order, code: result.code, transcript }).toMatchObject({ code: 'left' });
    }
  });
});

describe('whoever takes part, whatever it is about', () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== ''),
    fc.constantFrom(
      'Dr. No, PhD',
      'a "b"',
      '[x]',
      '{topic}',
      '$&',
      'Zoë',
      '李',
      '- Al',
      'Al',
      'Bob said',
      '🙂',
      '__proto__',
      'A\nB',
    ),
  );
  const scenario = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.constantFrom(
      '',
      'Zwei Freunde planen ein Wochenende',
      '两个朋友在讨论周末计划',
      'A customer returns a broken laptop',
      BIKE,
    ),
  );

  it('finishes with valid actions that do not repeat', async () => {
    const setups = fc.record({
      agents: fc.uniqueArray(name, { minLength: 1, maxLength: 8 }),
      scenario,
      action_order: fc.constantFrom(...ACTION_ORDERS),
      seed: fc.integer(),
      max_turns: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(setups, async (setup) => {
        const { result, actions, facts } = await play(setup);
        expect(result.outcome).toBe('completed');
        expect(facts.filter((fact) => fact.body.type === 'message_discarded')).toEqual([]);
        expectNoRepeats(actions);
        for (const action of actions) expect(action.argument).not.toMatch(/\{\w+\}|undefined/);
      }),
      { numRuns: 150 },
    );
  });

  it('is cheap: two hundred conversations at once', async () => {
    const runs = Array.from({ length: 200 }, (_, seed) => play({ agents: ['Alice', 'Bob'], seed }));
    expect((await Promise.all(runs)).every(({ result }) => result.outcome === 'completed')).toBe(true);
  });
});

describe('the judgement of a conversation', () => {
  it('is inside the ranges and names its rule', async () => {
    const { state } = await play({ agents: TRADERS, scenario: BIKE, action_order: 'simultaneous', max_turns: 20 });
    const input = evaluationInput(state, 'terminal');
    const dimension = { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] };
    const perAgent = {
      type: 'object',
      properties: Object.fromEntries(Object.keys(SOTOPIA_RANGES).map((key) => [key, dimension])),
    };
    const properties = Object.fromEntries(input.agents.map((agent) => [agent.name, perAgent]));
    const text = [
      ...input.agents.map((agent) => `${agent.name}'s goal: ${agent.goal ?? ''}`),
      ...input.messages.flatMap((turn, i) => [`Turn ${i + 1}`, ...turn.map(([, line]) => line)]),
    ].join('\n');
    let answer = '';
    await DEMO.stream(
      {
        messages: [{ role: 'user', content: text }],
        json: {
          name: 'evaluation',
          schema: { type: 'object', properties: { agent_evaluations: { type: 'object', properties } } },
        },
      },
      (delta) => (answer += delta.text),
      new AbortController().signal,
    );
    const { agent_evaluations: judged } = JSON.parse(answer) as {
      agent_evaluations: Record<string, Record<string, [string, number]>>;
    };
    expect(Object.keys(judged)).toEqual(['Alice', 'Bob']);
    for (const scores of Object.values(judged)) {
      for (const [key, [low, high]] of Object.entries(SOTOPIA_RANGES)) {
        const [reasoning, score] = scores[key] ?? ['', NaN];
        expect(reasoning).toContain('demo rule: ');
        expect(score).toBeGreaterThanOrEqual(low);
        expect(score).toBeLessThanOrEqual(high);
        expect(Number.isInteger(score)).toBe(true);
      }
      expect(scores['believability']?.[1]).toBeGreaterThan(4);
      expect(scores['goal']?.[1]).toBeGreaterThan(0);
      expect(scores['secret']?.[1]).toBe(0);
    }
  });
});

/** A participant that is no demo model: says its lines in a circle. */
function saying(lines: readonly string[]): ModelProvider {
  let turn = 0;
  return {
    name: 'person',
    stream: async (_request, onDelta) => {
      const argument = lines[turn++ % lines.length] ?? '';
      onDelta({ block: 'text', text: JSON.stringify({ action_type: 'speak', argument, to: [] }) });
      return Promise.resolve({ type: 'done', stop_reason: 'stop', tool_calls: [] });
    },
    health: () => ({ healthy: true }),
  };
}
