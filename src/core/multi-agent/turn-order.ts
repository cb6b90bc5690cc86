import { assertNever } from '../kernel/assert-never.js';
import { seededFraction } from './random.js';
import { activeAgents, type MultiAgentState, type Turn } from './state.js';
import { tooFewLeft } from './termination.js';

/** Who may act in the turn that comes next, in the order in which they act. Nobody who left is among them. */
export function nextActors(state: MultiAgentState): readonly string[] {
  const active = activeAgents(state);
  const turn = state.turns.length;
  switch (state.settings.action_order) {
    case 'simultaneous':
      return active;
    case 'round-robin':
    case 'sequential':
      return active.length === 0 ? [] : [nextInCircle(state, active)];
    case 'random': {
      const drawn = active[Math.floor(seededFraction(state.settings.seed, turn) * active.length)];
      return drawn === undefined ? [] : [drawn];
    }
    case 'agent_id_based':
      return bySpeakingId(state, active);
    default:
      return assertNever(state.settings.action_order, 'action order');
  }
}

/**
 * Those of an open turn who act now. Simultaneous: all who have not yet, each seeing the turns before only; in the other
 * orders one at a time, so that later speakers see the earlier ones.
 */
export function actingNow(state: MultiAgentState, turn: Turn): readonly string[] {
  const waiting = turn.actors.filter((name) => !turn.actions.some((action) => action.agent === name));
  if (state.settings.action_order === 'simultaneous') return waiting;
  // Once too few are left there is nobody to act for; the turn ends with those who have acted.
  return tooFewLeft(state) === undefined ? waiting.slice(0, 1) : [];
}

/** The first active agent after the one who acted last, in the order of the settings. */
function nextInCircle(state: MultiAgentState, active: readonly string[]): string {
  const names = state.settings.participants.map((p) => p.name);
  const last = state.turns.at(-1)?.actors[0];
  const start = last === undefined ? 0 : names.indexOf(last) + 1;
  for (let step = 0; step < names.length; step++) {
    const name = names[(start + step) % names.length];
    if (name !== undefined && active.includes(name)) return name;
  }
  return active[0] ?? '';
}

/** By the position of each agent's `speaking_id` in `speaking_order`; ids that are not listed come last, as configured. */
function bySpeakingId(state: MultiAgentState, active: readonly string[]): readonly string[] {
  const { participants, speaking_order: order } = state.settings;
  const rank = (name: string): number => {
    const index = participants.findIndex((p) => p.name === name);
    const id = participants[index]?.speaking_id ?? index;
    const position = order.indexOf(id);
    return position < 0 ? order.length : position;
  };
  return active.toSorted((a, b) => rank(a) - rank(b));
}
