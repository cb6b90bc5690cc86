import type { Evaluator } from '../core/ports/evaluator.js';
import type { Models } from '../core/ports/models.js';
import type { EvaluatorSection } from './evaluator-section.js';

/** What evaluators work with beside their own section. */
export interface EvaluatorDeps {
  readonly models: Models;
  /** Makes valid JSON of nearly valid JSON, in bounded time (`boundRepair`); may throw. */
  readonly repairJson: (text: string) => string;
  /** Longest time one evaluation may take, ms. Default: five minutes. */
  readonly time_limit_ms?: number;
  /** Told what a plugin threw, for the log: clients see a safe sentence only. */
  readonly onError?: (error: unknown, evaluator: string) => void;
}

/**
 * Builds the evaluator of one section.
 *
 * @throws ParleyError `config_invalid` (`invalidSection`) naming all that is wrong with the section
 */
export type EvaluatorFactory = (section: EvaluatorSection, deps: EvaluatorDeps) => Evaluator;

/** How long an evaluation may take where nothing else is said, ms. */
export const DEFAULT_TIME_LIMIT_MS = 300_000;
