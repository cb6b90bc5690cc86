import { ParleyError } from '../../../src/core/kernel/parley-error.js';
import type { Evaluation } from '../../../src/core/ports/evaluator.js';

/** What came of asking an evaluator. */
export interface Outcome {
  readonly kind: 'answered' | 'failed';
  readonly evaluation?: Evaluation;
  readonly error?: unknown;
}

/** Why it failed: an error of ours, or results that all failed for the same reason. Anything else is no proper failure. */
export function failureOf({ evaluation, error }: Outcome): string {
  if (error instanceof ParleyError) return `${error.code}: ${error.message}`;
  const reasons = new Set(
    evaluation?.scores.map((score) => (score.status === 'failed' ? score.error : `${score.status}!`)),
  );
  const [reason] = reasons;
  return reasons.size === 1 && reason !== undefined
    ? reason
    : `no failure: ${String(error)} ${[...reasons].join(', ')}`;
}
