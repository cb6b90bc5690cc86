import type { EvaluationScope, EvaluationScore, Usage } from '../events/conversation-event.js';

/** Somebody who is judged, with what only the judge may know of all. */
export interface JudgedAgent {
  readonly name: string;
  readonly goal?: string;
  readonly background?: string;
  readonly profile?: Readonly<Record<string, unknown>>;
}

/** What an evaluator sees. `messages` holds one list per turn of `[sender, text as an observer reads it]`. */
export interface EvaluationInput {
  readonly scope: EvaluationScope;
  /** Turns so far, counting from 1. */
  readonly turn: number;
  readonly scenario: string;
  readonly agents: readonly JudgedAgent[];
  readonly left: readonly string[];
  readonly messages: readonly (readonly (readonly [sender: string, text: string])[])[];
}

/** What an evaluator answers. `terminated` ends the conversation after this turn. */
export interface Evaluation {
  readonly scores: readonly Omit<EvaluationScore, 'evaluator'>[];
  readonly terminated?: { readonly reasoning: string };
  /** What it spent on model calls. */
  readonly spent?: { readonly model: string; readonly usage: Usage };
}

/**
 * Judges a conversation. Configured under `evaluators:`; built once by the factory of its `type`. Asked after each turn
 * and/or once at the end, as `scopes` says. May throw: that is recorded as a failed evaluation, never as a score.
 */
export interface Evaluator {
  readonly name: string;
  readonly type: string;
  readonly scopes: readonly EvaluationScope[];
  evaluate(input: EvaluationInput, signal: AbortSignal): Promise<Evaluation>;
}
