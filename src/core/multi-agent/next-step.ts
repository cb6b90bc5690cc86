import { actingNow } from './turn-order.js';
import { openTurn, type MultiAgentState } from './state.js';
import { endingOf, type Ending } from './termination.js';

/** What a multi-agent run does next. The loop is a switch on it; after a restart it is asked again. */
export type NextStep =
  | { readonly kind: 'start_turn'; readonly turn: number }
  | { readonly kind: 'act'; readonly turn: number; readonly agents: readonly string[] }
  | { readonly kind: 'evaluate_turn'; readonly turn: number }
  | { readonly kind: 'end_turn'; readonly turn: number }
  | { readonly kind: 'evaluate_end'; readonly turn: number; readonly ending: Ending }
  | { readonly kind: 'end'; readonly ending: Ending };

/** Pure: the same state always has the same next step. */
export function nextStep(state: MultiAgentState): NextStep {
  const turn = openTurn(state);
  if (turn !== undefined) {
    const agents = actingNow(state, turn);
    if (agents.length > 0) return { kind: 'act', turn: turn.number, agents };
    if (evaluatesNow(state, state.evaluates.turn) && !turn.evaluated)
      return { kind: 'evaluate_turn', turn: turn.number };
    return { kind: 'end_turn', turn: turn.number };
  }
  const ending = endingOf(state);
  if (ending === undefined) return { kind: 'start_turn', turn: state.turns.length + 1 };
  if (evaluatesNow(state, state.evaluates.terminal) && !state.judged) {
    return { kind: 'evaluate_end', turn: state.turns.length, ending };
  }
  return { kind: 'end', ending };
}

/** An evaluation that was begun is ended, also when nobody is left to be asked after a restart. */
function evaluatesNow(state: MultiAgentState, configured: boolean): boolean {
  return configured || state.open_evaluation !== undefined;
}
