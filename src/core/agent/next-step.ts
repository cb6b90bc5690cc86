import type { RunResult } from '../conversation/run-result.js';
import type { AgentState, CallState } from './state.js';
import type { StopCondition } from './stop-conditions.js';

/** What an agent run does next. The loop is a switch on it; after a restart it is asked again. */
export type NextStep =
  | { readonly kind: 'begin' }
  | { readonly kind: 'start_turn'; readonly turn: number }
  | { readonly kind: 'ask'; readonly turn: number }
  | { readonly kind: 'run_tools'; readonly calls: readonly CallState[] }
  | { readonly kind: 'end_turn'; readonly turn: number }
  /** The model owes no answer: the run is over, unless somebody has something to add. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'stop'; readonly result: RunResult };

/**
 * Pure: the same state always has the same next step.
 *
 * @param runs_tools false: calls are the run's answer, and nobody here runs them
 */
export function nextStep(
  state: AgentState,
  stops: readonly StopCondition[],
  runs_tools: (calls: readonly CallState[]) => boolean,
): NextStep {
  if (!state.begun) return { kind: 'begin' };
  for (const stop of stops) {
    const result = stop(state);
    if (result !== undefined) return { kind: 'stop', result };
  }
  if (!state.in_turn) return state.due ? { kind: 'start_turn', turn: state.turns + 1 } : { kind: 'settle' };
  if (state.calls === undefined) return { kind: 'ask', turn: state.turns };
  if (!state.calls.every((call) => call.ended) && runs_tools(state.calls)) {
    return { kind: 'run_tools', calls: state.calls };
  }
  return { kind: 'end_turn', turn: state.turns };
}
