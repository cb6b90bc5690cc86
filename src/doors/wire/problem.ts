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
  /** The detail once more, where clients of the proxy protocol look for it: on `/api/stream` only. */
  readonly error?: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

/** Where refusals are read by clients that know an `error` only, however the path is spelled: all spellings answer alike. */
const PROXY_PATH = /(?:a|%61)pi\/stream/i;

/** Shapes an error for a client: nothing of its cause gets out. */
export function toProblem(error: ParleyError, request_id: string, path?: string): Problem {
  const { http, title } = ERROR_TABLE[error.code];
  return {
    type: `urn:parley:error:${error.code}`,
    title,
    status: http,
    detail: error.message,
    code: error.code,
    request_id,
    retryable: error.retryable,
    ...(path !== undefined && PROXY_PATH.test(path) ? { error: error.message } : {}),
    ...(error.problems.length === 0 ? {} : { errors: error.problems }),
  };
}
