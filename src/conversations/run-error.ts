import type { RunEnd, RunEndCode } from '../core/events/conversation-event.js';
import { ParleyError, type ErrorCode } from '../core/kernel/parley-error.js';

/** What the end of a run is to somebody who waits for its answer. */
const CODES: Readonly<Record<RunEndCode, ErrorCode>> = {
  answered: 'internal',
  max_turns: 'internal',
  left: 'internal',
  stale: 'internal',
  evaluator: 'internal',
  cancelled: 'aborted',
  upstream: 'upstream_unavailable',
  tool_rounds: 'upstream_invalid',
  time: 'upstream_timeout',
  budget: 'budget_spent',
  interrupted: 'draining',
  internal: 'internal',
};

/** The error of a run that did not complete, for a door that answers as a whole. */
export function runError(end: RunEnd): ParleyError {
  const code = end.upstream ?? CODES[end.code];
  return new ParleyError(code, runFailure(end), {
    level: 'debug',
    ...(end.retry_after === undefined ? {} : { retryAfter: end.retry_after }),
  });
}

/** What became of a run that did not complete, in words. */
export function runFailure({ detail, outcome }: Pick<RunEnd, 'detail' | 'outcome'>): string {
  return detail ?? (outcome === 'cancelled' ? 'the run was cancelled' : 'the run failed');
}
