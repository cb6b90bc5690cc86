import type { Action, ConversationKind, NewFact } from '../core/events/conversation-event.js';
import type { RunResult } from '../core/conversation/run-result.js';
import type { ClientResult, InputSource } from '../core/ports/input-source.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import type { RunLog } from '../core/ports/run-log.js';

/** What a loop is given to drive one run. */
export interface LoopInput {
  /** The settings the conversation was created with. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly ref: ConversationRef;
  /** `seq` of the run's `run_start`: what was said before it is context. */
  readonly start_seq: number;
  /** The run's facts so far: its start and input, and what was kept of one that is taken up again. */
  readonly facts: readonly NewFact[];
  readonly log: RunLog;
  /** Answers of people. */
  readonly inputs: InputSource<Action>;
  /** Results of tools that the client runs, by the id of their call. */
  readonly results: InputSource<ClientResult>;
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
