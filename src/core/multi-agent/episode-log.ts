import type { EvaluationScore } from '../events/conversation-event.js';
import { aggregate, type Verdict } from './aggregate.js';
import { describeAction, inSeatOrder } from './observation.js';
import type { MultiAgentState } from './state.js';

/** The record of a conversation in the form of the multi-agent server's document. */
export interface EpisodeLog {
  readonly environment: string;
  readonly agents: readonly string[];
  readonly models: readonly string[];
  /** Per turn: `[sender, receiver, text]`; the receiver of what everybody may notice is the environment. */
  readonly messages: readonly (readonly (readonly [string, string, string])[])[];
  readonly reasoning: string;
  /** Per agent: `[overall, {dimension: score}]`, or null where nothing was scored. */
  readonly rewards: readonly (readonly [number, Readonly<Record<string, number>>] | null)[];
  readonly tag: string;
  /** Turns that were played to their end. */
  readonly turn_count: number;
}

/** Builds the episode log of a conversation from its state and its judgements. */
export function episodeLog(state: MultiAgentState, scores: readonly EvaluationScore[]): EpisodeLog {
  const { participants, default_model } = state.settings;
  const agents = participants.map((participant) => participant.name);
  const verdict = aggregate(agents, scores);
  return {
    environment: state.settings.scenario,
    agents,
    models: participants.map((participant) => participant.model ?? default_model),
    messages: state.turns.map((turn) =>
      inSeatOrder(state, turn).map((action) => {
        const receiver = action.to === undefined || action.to.length === 0 ? 'Environment' : action.to.join(', ');
        return [action.agent, receiver, describeAction(action) ?? 'did nothing'] as const;
      }),
    ),
    reasoning: verdict.reasoning,
    rewards: agents.map((agent) => reward(verdict, agent)),
    tag: '',
    turn_count: state.turns.filter((turn) => turn.ended).length,
  };
}

function reward(verdict: Verdict, agent: string): readonly [number, Readonly<Record<string, number>>] | null {
  const scores = verdict.per_agent[agent];
  if (scores === undefined || scores.overall_score === null) return null;
  return [scores.overall_score, { ...scores.dimensions, overall_score: scores.overall_score }];
}
