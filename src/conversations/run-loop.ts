import type { ConversationKind, Fact } from '../core/events/conversation-event.js';
import type { RunResult } from '../core/multi-agent/context.js';
import type { InputSource } from '../core/ports/input-source.js';
import type { RunLog } from '../core/ports/run-log.js';

/** What a loop is given to drive one run. */
export interface LoopInput {
  /** The settings the conversation was created with. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The run's facts so far: empty for a fresh run, what was kept for one that is taken up again. */
  readonly facts: readonly Fact[];
  readonly log: RunLog;
  /** Answers of people. */
  readonly inputs: InputSource;
  readonly signal: AbortSignal;
  /** Whether to end, as cancelled, at the next turn. */
  readonly stopRequested: () => boolean;
}

/** Drives the runs of one kind of conversation. Returns how the run ended; what it left open, its caller closes. */
export interface RunLoop {
  readonly kind: ConversationKind;
  /** Wall-clock limit of a run, ms. */
  readonly time_limit_ms: number;
  drive(input: LoopInput): Promise<RunResult>;
}
