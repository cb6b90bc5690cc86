import type { RunEndCode } from '../events/conversation-event.js';
import { activeAgents, type MultiAgentState, type Turn } from './state.js';

/** Why a multi-agent run is over. */
export interface Ending {
  readonly code: Extract<RunEndCode, 'max_turns' | 'left' | 'stale' | 'evaluator'>;
  readonly detail: string;
}

/** A rule that may end a conversation between two turns. */
export type StopCondition = (state: MultiAgentState) => Ending | undefined;

/** Too few are left to converse: fewer than two, or none if it began with one. */
export const tooFewLeft: StopCondition = (state) => {
  const needed = Math.min(2, state.settings.participants.length);
  if (activeAgents(state).length >= needed) return undefined;
  return { code: 'left', detail: `${state.left.join(' and ')} left the conversation` };
};

/** An evaluator asked for the end. */
export const evaluatorTerminated: StopCondition = (state) => {
  if (state.terminated === undefined) return undefined;
  return { code: 'evaluator', detail: `${state.terminated.evaluator}: ${state.terminated.reasoning}` };
};

/** The last turns held nothing but `none`, over those who could act in them. */
export const wentStale: StopCondition = (state) => {
  const needed = state.settings.max_stale_turns;
  const last = state.turns.slice(-needed);
  if (needed === 0 || last.length < needed || !last.every(isStale)) return undefined;
  return { code: 'stale', detail: `nobody did anything in the last ${needed === 1 ? 'turn' : `${needed} turns`}` };
};

/** The agreed number of turns is reached. */
export const turnsUsedUp: StopCondition = (state) => {
  if (state.turns.length < state.settings.max_turns) return undefined;
  const most = state.settings.max_turns;
  return {
    code: 'max_turns',
    detail: most === 1 ? 'the one agreed turn is over' : `the agreed ${most} turns are over`,
  };
};

/** In order: the first that holds names the reason. */
export const STOP_CONDITIONS: readonly StopCondition[] = [tooFewLeft, evaluatorTerminated, wentStale, turnsUsedUp];

/** The ending that holds after the last ended turn, if one does. */
export function endingOf(
  state: MultiAgentState,
  conditions: readonly StopCondition[] = STOP_CONDITIONS,
): Ending | undefined {
  for (const condition of conditions) {
    const ending = condition(state);
    if (ending !== undefined) return ending;
  }
  return undefined;
}

function isStale(turn: Turn): boolean {
  return turn.actions.length > 0 && turn.actions.every((action) => action.action_type === 'none');
}
