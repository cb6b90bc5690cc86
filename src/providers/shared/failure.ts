import type { UpstreamErrorCode } from '../../core/kernel/parley-error.js';

/** Why a call failed. `what` completes the sentence "The provider of model X …" and repeats nothing the upstream said. */
export interface Failure {
  readonly code: UpstreamErrorCode;
  readonly what: string;
  /** Whether the caller may try again later. */
  readonly retryable: boolean;
  /** Whether we may repeat the call ourselves, as long as nothing of the answer was delivered. */
  readonly repeatable: boolean;
  /** How long the upstream asked to wait, ms. */
  readonly retryAfterMs?: number;
  /** The model cannot be used until somebody or something changes; false for faults of this one call. */
  readonly unhealthy: boolean;
  /** For the log only. */
  readonly cause?: unknown;
}

type Extras = Partial<Pick<Failure, 'retryable' | 'repeatable' | 'retryAfterMs' | 'unhealthy' | 'cause'>>;

/** A failure that is none of the others'. By default neither we nor the caller try it again. */
export function failure(code: UpstreamErrorCode, what: string, extras: Extras = {}): Failure {
  return { code, what, retryable: false, repeatable: false, unhealthy: false, ...extras };
}

/** What passed its time. Each has its own sentence. */
export type TimeLimit = 'connect' | 'first_byte' | 'idle' | 'total';

const TIMED_OUT: Readonly<Record<TimeLimit, string>> = {
  connect: 'did not accept a connection in time',
  first_byte: 'accepted the call but did not begin to answer in time',
  idle: 'began to answer and then fell silent for too long',
  total: 'did not finish its answer in the time a call may take',
};

/** A limit of time was passed. Only a connection is tried again: the others may have cost a whole answer. */
export function timedOut(limit: TimeLimit, ms: number): Failure {
  const extras = { retryable: true, repeatable: limit === 'connect', unhealthy: limit !== 'total' };
  return failure('upstream_timeout', `${TIMED_OUT[limit]} (${ms / 1000} s)`, extras);
}

/** The stream ended, or its connection was lost, before its own end mark. */
export function truncated(what: string, extras: Extras = {}): Failure {
  return failure('upstream_truncated', what, { retryable: true, unhealthy: true, ...extras });
}

/** The upstream sent what is no answer. */
export function invalid(what: string, cause?: unknown): Failure {
  return failure('upstream_invalid', what, { unhealthy: true, ...(cause === undefined ? {} : { cause }) });
}

/** The connection broke. `answering`: after the status line came. */
export function connectionLost(error: unknown, answering: boolean): Failure {
  const extras = { retryable: true, repeatable: true, unhealthy: true, cause: error };
  const code = codeOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return { ...timedOut('connect', 0), ...extras, what: TIMED_OUT.connect };
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') return invalid('did not speak HTTP', error);
  if (code === 'UND_ERR_INVALID_ARG') return invalid('cannot be asked with this configuration', error);
  if (answering) return truncated('cut the connection in the middle of its answer', extras);
  return failure('upstream_unavailable', 'could not be reached', extras);
}

function codeOf(error: unknown): string {
  // By its form: an error of a plugin may be of another realm.
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
