import type { RunEndCode, RunOutcome } from '../events/conversation-event.js';
import type { UpstreamErrorCode } from '../kernel/parley-error.js';

/** How a run ended, as its loop says it. `cancelled` leaves open parts behind, which the loop's caller closes. */
export interface RunResult {
  readonly outcome: RunOutcome;
  readonly code: RunEndCode;
  readonly upstream?: UpstreamErrorCode;
  /** Seconds. */
  readonly retry_after?: number;
  readonly detail?: string;
}

/** A cancel, or the abort of a model call. */
export const CANCELLED: RunResult = { outcome: 'cancelled', code: 'cancelled' };
