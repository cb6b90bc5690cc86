import { describe, expect, it } from '@jest/globals';
import type { Action, NewFact } from '../events/conversation-event.js';
import { evolve } from './evolve.js';
import { nextStep } from './next-step.js';
import { observedHistory } from './observation.js';
import type { ActionOrder, MultiAgentSettings } from './settings.js';
import { initialState, type MultiAgentState } from './state.js';

const NOTHING = { turn: false, terminal: false };

function settings(names: string[], change: Partial<MultiAgentSettings> = {}): MultiAgentSettings {
  return {
    kind: 'multi_agent',
    participants: names.map((name, index) => ({ name, type: 'llm', goal: 'g', speaking_id: index + 1 })),
    scenario: 's',
    max_turns: 6,
    max_stale_turns: 2,
    action_order: 'simultaneous',
    speaking_order: [],
    seed: 7,
    enable_evaluation: false,
    evaluators: [],
    return_log: true,
    default_model: 'm',
    ...change,
  };
}

type Policy = (agent: string, turn: number) => Action;
const speak: Policy = (agent) => ({ action_type: 'speak', argument: `I am ${agent}` });

/** Plays a run with the state machine alone; who acted in which turn, in which step, and how it ended. */
function play(
  start: MultiAgentState,
  policy: Policy = speak,
): { waves: string[][]; turns: string[][]; end: string; state: MultiAgentState } {
  let state = start;
  const waves: string[][] = [];
  const apply = (fact: NewFact): void => {
    state = evolve(state, fact);
  };
  for (let guard = 0; guard < 1000; guard++) {
    const step = nextStep(state);
    if (step.kind === 'end')
      return { waves, turns: state.turns.map((t) => [...t.actors]), end: step.ending.code, state };
    if (step.kind === 'start_turn') apply({ body: { type: 'turn_start', turn: step.turn } });
    else if (step.kind === 'end_turn') apply({ body: { type: 'turn_end', turn: step.turn } });
    else if (step.kind === 'act') {
      waves.push([...step.agents]);
      for (const agent of step.agents) {
        const action = policy(agent, step.turn);
        apply({ body: { type: 'action', turn: step.turn, ...action }, agent });
        if (action.action_type === 'leave') apply({ body: { type: 'agent_left', turn: step.turn }, agent });
      }
    } else throw new Error(`unexpected step ${step.kind}`);
  }
  throw new Error('never ended');
}

describe('turn orders', () => {
  const played = (
    action_order: ActionOrder,
    names: string[],
    more: Partial<MultiAgentSettings> = {},
  ): ReturnType<typeof play> => play(initialState(settings(names, { action_order, ...more }), NOTHING));

  it('simultaneous: everybody at once', () => {
    expect(played('simultaneous', ['A', 'B'], { max_turns: 2 }).waves).toEqual([
      ['A', 'B'],
      ['A', 'B'],
    ]);
  });

  it.each(['round-robin', 'sequential'] as const)(
    '%s: one a turn, in a circle, and four of them do not go stale',
    (order) => {
      const result = played(order, ['A', 'B', 'C', 'D']);
      expect(result.turns).toEqual([['A'], ['B'], ['C'], ['D'], ['A'], ['B']]);
      expect(result.end).toBe('max_turns');
    },
  );

  it('round-robin goes on with the next one after somebody left', () => {
    const result = play(
      initialState(settings(['A', 'B', 'C'], { action_order: 'round-robin' }), NOTHING),
      (agent, turn) => (agent === 'B' ? { action_type: 'leave', argument: '' } : speak(agent, turn)),
    );
    expect(result.turns).toEqual([['A'], ['B'], ['C'], ['A'], ['C'], ['A']]);
  });

  it('random: seeded, so that it is the same after a restart, and not always the same one', () => {
    const once = played('random', ['A', 'B', 'C'], { max_turns: 30 }).turns;
    expect(played('random', ['A', 'B', 'C'], { max_turns: 30 }).turns).toEqual(once);
    expect(new Set(once.flat()).size).toBe(3);
    expect(played('random', ['A', 'B', 'C'], { max_turns: 30, seed: 8 }).turns).not.toEqual(once);
  });

  it('agent_id_based: by speaking_order, unlisted ids last, one after another', () => {
    const result = played('agent_id_based', ['A', 'B', 'C'], { speaking_order: [3, 1], max_turns: 1 });
    expect(result.waves).toEqual([['C'], ['A'], ['B']]);
  });
});

describe('endings', () => {
  const start = (names: string[], more: Partial<MultiAgentSettings> = {}): MultiAgentState =>
    initialState(settings(names, more), NOTHING);
  const none: Action = { action_type: 'none', argument: '' };
  const leave: Action = { action_type: 'leave', argument: 'bye' };

  it('left: fewer than two remain', () => {
    const result = play(start(['A', 'B']), (agent, turn) => (agent === 'A' && turn === 2 ? leave : speak(agent, turn)));
    expect([result.end, result.turns.length]).toEqual(['left', 2]);
  });

  it('left: nobody speaks to an empty room in an order where later ones see the earlier', () => {
    const result = play(start(['A', 'B'], { action_order: 'agent_id_based' }), (agent) =>
      agent === 'A' ? leave : speak(agent, 1),
    );
    expect([result.end, result.waves]).toEqual(['left', [['A']]]);
  });

  it('one agent alone goes on until it leaves', () => {
    expect(play(start(['A'])).end).toBe('max_turns');
    expect(play(start(['A']), () => leave).end).toBe('left');
  });

  it('three go on after one left', () => {
    expect(play(start(['A', 'B', 'C']), (agent, turn) => (agent === 'A' ? leave : speak(agent, turn))).end).toBe(
      'max_turns',
    );
  });

  it('stale: the last two turns, of those who could act', () => {
    const result = play(start(['A', 'B']), (agent, turn) => (turn > 2 ? none : speak(agent, turn)));
    expect([result.end, result.turns.length]).toEqual(['stale', 4]);
    expect(play(start(['A', 'B']), (agent, turn) => (agent === 'A' ? none : speak(agent, turn))).end).toBe('max_turns');
    expect(play(start(['A', 'B'], { max_stale_turns: 0 }), () => none).end).toBe('max_turns');
  });

  it('evaluator: after the turn in which it said so', () => {
    const judged = initialState(settings(['A']), { turn: true, terminal: false });
    let state = evolve(judged, { body: { type: 'turn_start', turn: 1 } });
    state = evolve(state, { body: { type: 'action', turn: 1, ...none }, agent: 'A' });
    expect(nextStep(state)).toEqual({ kind: 'evaluate_turn', turn: 1 });
    const terminated = { evaluator: 'rules', reasoning: 'enough' };
    state = evolve(state, { body: { type: 'evaluation_end', scope: 'turn', turn: 1, terminated } });
    state = evolve(state, { body: { type: 'turn_end', turn: 1 } });
    expect(nextStep(state)).toEqual({ kind: 'end', ending: { code: 'evaluator', detail: 'rules: enough' } });
  });
});

describe('what an agent observes', () => {
  it('is what it could notice: not what was whispered to somebody else, and not what did not happen', () => {
    const whisper: Action = { action_type: 'speak', argument: 'psst', to: ['B'] };
    const state = play(initialState(settings(['A', 'B', 'C'], { max_turns: 1 }), NOTHING), (agent) =>
      agent === 'A'
        ? whisper
        : agent === 'B'
          ? { action_type: 'action', argument: 'waves' }
          : { action_type: 'none', argument: '' },
    ).state;
    expect(observedHistory(state, 'B')).toBe('Turn 1\nA said (to B only): "psst"\nB [action] waves');
    expect(observedHistory(state, 'A')).toContain('psst');
    expect(observedHistory(state, 'C')).toBe('Turn 1\nB [action] waves');
  });
});
