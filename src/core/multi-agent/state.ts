import type { Action } from '../events/conversation-event.js';
import type { MultiAgentSettings, Participant } from './settings.js';

export interface TakenAction extends Action {
  readonly agent: string;
}

/** One pass over those who may act. `actors` is decided at its start from what was known then. */
export interface Turn {
  readonly number: number;
  readonly actors: readonly string[];
  readonly actions: readonly TakenAction[];
  /** People who were asked, and until when (ms since the epoch). */
  readonly requests: readonly { readonly agent: string; readonly deadline: number }[];
  readonly evaluated: boolean;
  readonly ended: boolean;
}

/** Where a multi-agent run stands: a fold of its facts, so that after a restart the loop goes on from the same place. */
export interface MultiAgentState {
  readonly settings: MultiAgentSettings;
  /** The last one may be open. */
  readonly turns: readonly Turn[];
  readonly left: readonly string[];
  /** Goals that agents set themselves. */
  readonly goals: Readonly<Record<string, string>>;
  /** An evaluator said that the conversation is over. */
  readonly terminated?: { readonly evaluator: string; readonly reasoning: string };
  /** Whether somebody is asked after each turn, and at the end. */
  readonly evaluates: { readonly turn: boolean; readonly terminal: boolean };
  /** An evaluation under way, and the evaluators that have answered in it. */
  readonly open_evaluation?: {
    readonly answered: readonly string[];
    readonly terminated?: { readonly evaluator: string; readonly reasoning: string };
  };
  readonly judged: boolean;
}

export function initialState(
  settings: MultiAgentSettings,
  evaluates: { readonly turn: boolean; readonly terminal: boolean },
): MultiAgentState {
  return { settings, turns: [], left: [], goals: {}, evaluates, judged: false };
}

/** Agents that have not left, in the order of the settings. */
export function activeAgents(state: MultiAgentState): readonly string[] {
  return state.settings.participants.map((p) => p.name).filter((name) => !state.left.includes(name));
}

/** The turn under way, if one is. */
export function openTurn(state: MultiAgentState): Turn | undefined {
  const last = state.turns.at(-1);
  return last === undefined || last.ended ? undefined : last;
}

/** What an agent wants: as it was given, or as it set itself; undefined before it has. */
export function goalOf(state: MultiAgentState, participant: Participant): string | undefined {
  // Own keys only: an agent may be called "constructor".
  return participant.goal ?? (Object.hasOwn(state.goals, participant.name) ? state.goals[participant.name] : undefined);
}
