import { ParleyError, type UpstreamErrorCode } from '../../core/kernel/parley-error.js';
import { connectionLost, failure, invalid, type Failure } from '../shared/failure.js';

/** What a handler's request, or the reading of its answer, ended with. Its message is safe to show. */
export class WorkflowFailure extends ParleyError {
  readonly failure: Failure;

  constructor(reason: Failure) {
    super(reason.code, `the upstream ${reason.what}`, { retryable: reason.retryable, cause: reason.cause });
    this.failure = reason;
  }
}

/** An answer that cannot be used. `what` completes "The provider of model X …". */
export function unusable(what: string, cause?: unknown): WorkflowFailure {
  return new WorkflowFailure(invalid(what, cause));
}

/** An answer without any text. */
export function emptyAnswer(): WorkflowFailure {
  return new WorkflowFailure(failure('upstream_empty', 'gave an empty answer', { retryable: true }));
}

const UPSTREAM_CODES: ReadonlySet<string> = new Set<UpstreamErrorCode>([
  'upstream_auth',
  'upstream_rate_limited',
  'upstream_rejected',
  'upstream_overflow',
  'upstream_unavailable',
  'upstream_timeout',
  'upstream_truncated',
  'upstream_invalid',
  'upstream_empty',
  'upstream_too_large',
]);

/** What a handler or parser threw, as a failure of the call: nothing of its own text is shown. */
export function failureFrom(error: unknown, thrower: string): Failure {
  if (error instanceof WorkflowFailure) return error.failure;
  if (error instanceof ParleyError && isUpstreamCode(error.code)) {
    const extras = { retryable: error.retryable, repeatable: error.retryable, cause: error };
    return failure(error.code, `was given up by its ${thrower} (${error.code})`, extras);
  }
  const lost = systemError(error);
  if (lost !== undefined) return connectionLost(lost, false);
  // By its form: an error of a plugin may be of another realm.
  const name = typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
  const shown = /^\w{1,60}$/.test(name) ? name : 'something that is not an error';
  return invalid(`could not be used: its ${thrower} threw ${shown}`, error);
}

function isUpstreamCode(code: string): code is UpstreamErrorCode {
  return UPSTREAM_CODES.has(code);
}

/** The error of the system or of undici behind what `fetch` throws. */
function systemError(error: unknown): unknown {
  const causes = [error, typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined];
  return causes.find((found) => {
    const code = typeof found === 'object' && found !== null && 'code' in found ? found.code : undefined;
    return typeof code === 'string' && /^(?:E[A-Z]{3,}|UND_ERR_\w+|HPE_\w+)$/.test(code);
  });
}
