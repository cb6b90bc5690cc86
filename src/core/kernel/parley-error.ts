/** Faults of the caller: the same request will fail again. */
export type CallerErrorCode =
  | 'malformed_request'
  | 'request_timeout'
  | 'headers_too_large'
  | 'invalid_json'
  | 'invalid_request'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'conflict'
  | 'idempotency_mismatch'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'misdirected_request'
  | 'cursor_malformed'
  | 'cursor_ahead'
  | 'cursor_gone'
  | 'config_invalid';

/** Refusals by a policy: keys, limits, budgets. */
export type PolicyErrorCode =
  'unauthenticated' | 'forbidden' | 'rate_limited' | 'too_many_runs' | 'slow_consumer' | 'budget_spent';

/** What a model provider or another upstream did wrong. */
export type UpstreamErrorCode =
  | 'upstream_auth'
  | 'upstream_rate_limited'
  | 'upstream_rejected'
  | 'upstream_overflow'
  | 'upstream_unavailable'
  | 'upstream_timeout'
  | 'upstream_truncated'
  | 'upstream_invalid'
  | 'upstream_empty'
  | 'upstream_too_large';

/** Faults of this process or its stores. */
export type InternalErrorCode =
  | 'internal'
  | 'aborted'
  | 'draining'
  | 'overloaded'
  | 'storage_unavailable'
  | 'storage_full'
  | 'storage_owned'
  | 'storage_corrupt'
  | 'seq_conflict'
  | 'fenced';

/** Every code an error of Parley can carry. One table per dialect maps it (`doors/wire/error-table.ts`). */
export type ErrorCode = CallerErrorCode | PolicyErrorCode | UpstreamErrorCode | InternalErrorCode;

/** How loud the log is about it. */
export type ErrorLevel = 'debug' | 'info' | 'warn' | 'error';

/** One wrong field of a request body or of a configuration. `pointer` is a JSON pointer (RFC 6901). */
export interface FieldProblem {
  readonly pointer: string;
  readonly message: string;
}

export interface ParleyErrorOptions {
  readonly cause?: unknown;
  /** Whether the same call may succeed later. Default: by code. */
  readonly retryable?: boolean;
  readonly level?: ErrorLevel;
  /** Seconds after which a retry makes sense (`Retry-After`). */
  readonly retryAfter?: number;
  /** The fields that did not validate. */
  readonly problems?: readonly FieldProblem[];
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'rate_limited',
  'too_many_runs',
  'slow_consumer',
  'upstream_rate_limited',
  'upstream_unavailable',
  'upstream_timeout',
  'upstream_truncated',
  'draining',
  'overloaded',
  'storage_unavailable',
  'storage_full',
]);

const LOUD: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'internal',
  'storage_corrupt',
  'upstream_auth',
  'seq_conflict',
]);

/**
 * The one error that crosses room borders. `message` is safe for a client: it holds no secret, no stack and nothing an
 * upstream said; what was behind it is in `cause`, for the log only.
 */
export class ParleyError extends Error {
  override readonly name = 'ParleyError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly level: ErrorLevel;
  readonly retryAfter: number | undefined;
  readonly problems: readonly FieldProblem[];

  constructor(code: ErrorCode, message: string, options: ParleyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE.has(code);
    this.level = options.level ?? (LOUD.has(code) ? 'error' : 'info');
    this.retryAfter = options.retryAfter;
    this.problems = options.problems ?? [];
  }
}

/** The single unknown → known conversion at a boundary: anything that is not a ParleyError becomes `internal`. */
export function toParleyError(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  return new ParleyError('internal', 'something went wrong inside the server', { cause: error });
}
