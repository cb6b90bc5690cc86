import type { ParleyError } from '../../core/kernel/parley-error.js';
import { ERROR_TABLE } from './error-table.js';

/** An error as `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  readonly retryable: boolean;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

/** Shapes an error for a client: nothing of its cause gets out. */
export function toProblem(error: ParleyError, request_id: string): Problem {
  const { http, title } = ERROR_TABLE[error.code];
  return {
    type: `urn:parley:error:${error.code}`,
    title,
    status: http,
    detail: error.message,
    code: error.code,
    request_id,
    retryable: error.retryable,
    ...(error.problems.length === 0 ? {} : { errors: error.problems }),
  };
}
