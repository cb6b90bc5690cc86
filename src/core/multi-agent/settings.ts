import type { ActionType } from '../events/conversation-event.js';

/** In which order the agents of a turn act. */
export type ActionOrder = 'simultaneous' | 'round-robin' | 'sequential' | 'random' | 'agent_id_based';

export const ACTION_ORDERS: readonly ActionOrder[] = [
  'simultaneous',
  'round-robin',
  'sequential',
  'random',
  'agent_id_based',
];

export const ACTION_TYPES: readonly ActionType[] = ['none', 'speak', 'non-verbal communication', 'action', 'leave'];

/** A seat in a conversation. Goal, background and profile are known to its holder only. */
export interface Participant {
  readonly name: string;
  readonly type: 'llm' | 'human';
  /** Configured name of the model; set at creation for every agent of type `llm`. */
  readonly model?: string;
  readonly goal?: string;
  readonly background?: string;
  readonly profile?: Readonly<Record<string, unknown>>;
  /** Added to the system message as it is. */
  readonly instructions?: string;
  readonly speaking_id?: number;
}

/** What a multi-agent conversation was created with. Immutable and stored, so that a restart goes on alike. */
export interface MultiAgentSettings {
  readonly kind: 'multi_agent';
  readonly participants: readonly Participant[];
  readonly scenario: string;
  readonly max_turns: number;
  /** So many last turns of nothing but `none` end the conversation. 0: never. */
  readonly max_stale_turns: number;
  readonly action_order: ActionOrder;
  /** `speaking_id`s in order, for `agent_id_based`. */
  readonly speaking_order: readonly number[];
  /** 32-bit; drives `random` and is passed to models that take a seed. */
  readonly seed: number;
  readonly enable_evaluation: boolean;
  /** Names of the evaluators to ask, in order. */
  readonly evaluators: readonly string[];
  readonly return_log: boolean;
  /** The model of agents without one of their own. */
  readonly default_model: string;
}
