import type { EvaluationStatus } from '../core/events/conversation-event.js';

/** What somebody said or did. The environment speaks too: it gives the scenario, and `Turn #1` before each turn. */
export type PluginMessage = readonly [sender: string, text: string];

/** A result as the multi-agent server's document writes it. */
export type PluginTuple = readonly [
  agent: string,
  score: readonly [dimension: readonly [name: string, score: number | boolean], reasoning: string],
];

/** A result as an object. `agent` and `target` are the same; `environment` is the conversation as a whole. */
export interface PluginScore {
  readonly agent?: string;
  readonly target?: string;
  readonly dimension: string;
  readonly score: number | boolean | null;
  /** Default: `scored`. */
  readonly status?: EvaluationStatus;
  readonly reasoning?: string;
  readonly error?: string;
  /** Inclusive bounds of the score. */
  readonly range?: readonly [number, number];
}

export type PluginResult = PluginTuple | PluginScore;

/**
 * An evaluator as plugins write it. Built once with the `config` of its section; asked after every turn with all messages
 * so far, or, when it has a terminal evaluator, once at the end and through that one.
 *
 * A result `[environment, [['terminated', true], why]]` given after a turn ends the conversation.
 */
export abstract class EvaluatorPlugin {
  constructor(readonly config: Readonly<Record<string, unknown>> = {}) {}

  /** The type it is meant to be registered as. */
  abstract readonly pluginType: string;

  /**
   * @param turnNumber turns so far, from 1
   * @param messages all messages so far
   * @returns one result for each agent and dimension; none: it abstains
   */
  abstract evaluate(
    turnNumber: number,
    messages: readonly PluginMessage[],
  ): readonly PluginResult[] | Promise<readonly PluginResult[]>;

  /** Something with an `evaluate` of the same form, asked at the end instead of this after every turn. */
  getTerminalEvaluator(): unknown {
    return undefined;
  }
}

/** A plugin class: built with the `config` of its section. */
export type EvaluatorPluginClass = new (
  config: Readonly<Record<string, unknown>>,
) => Pick<EvaluatorPlugin, 'evaluate'> & Partial<Pick<EvaluatorPlugin, 'getTerminalEvaluator'>>;
