import type { FitLimits } from '../agent/fit-messages.js';
import type { ImprovementSettings } from '../agent/settings.js';
import type { MessageStep, NewFact } from '../events/conversation-event.js';
import type { IdSource } from '../ports/id-source.js';
import type { ModelMessage, ModelProvider, ModelRequest } from '../ports/model-provider.js';
import type { RunLog } from '../ports/run-log.js';

/** What the improvement of an answer works with, and what it is asked for. */
export interface ImprovementContext {
  readonly settings: ImprovementSettings;
  /** Name of the agent in the facts. */
  readonly agent: string;
  readonly provider: ModelProvider;
  /** System message of the draft; absent or empty: none. */
  readonly instructions?: string;
  /** What was said, up to the question that is to be answered: it is the last message. */
  readonly history: readonly ModelMessage[];
  /** Everything of a model call but its messages and tools. */
  readonly request: Omit<ModelRequest, 'messages' | 'tools'>;
  /** What the model may be shown. */
  readonly fit: FitLimits;
  readonly log: RunLog;
  readonly ids: Pick<IdSource, 'message'>;
  /** Aborts the call under way. */
  readonly signal: AbortSignal;
}

/** Appends to the log, and to the loop's state. */
export type Emit = (facts: readonly NewFact[]) => void;

/** How a part is shown that is not the final answer. */
export function displayOf(settings: ImprovementSettings): Exclude<MessageStep['display'], 'plain'> {
  return settings.intermediate_steps ? 'headed' : 'hidden';
}
