import type { Action } from '../events/conversation-event.js';
import type { Clock } from '../ports/clock.js';
import type { Evaluator } from '../ports/evaluator.js';
import type { IdSource } from '../ports/id-source.js';
import type { InputSource } from '../ports/input-source.js';
import type { Models } from '../ports/models.js';
import type { RunLog } from '../ports/run-log.js';
import type { RepairJson } from './parse-action.js';

/** What the multi-agent loop works with. */
export interface MultiAgentContext {
  readonly models: Models;
  readonly evaluators: readonly Evaluator[];
  readonly log: RunLog;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Answers of people. */
  readonly inputs: InputSource<Action>;
  /** How long a person has for an action, ms. */
  readonly human_turn_ms: number;
  readonly repairJson: RepairJson;
  /** Aborts model calls and evaluators at once. */
  readonly signal: AbortSignal;
  /** Whether to end, as cancelled, between two turns. */
  readonly stopRequested: () => boolean;
}
