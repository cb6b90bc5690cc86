import type { ErrorCode, ParleyError } from '../../core/kernel/parley-error.js';
import { ERROR_TABLE } from './error-table.js';

/** An error as the OpenAI API gives it. */
export interface OpenAiError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** The field it is about. */
    readonly param: string | null;
    readonly code: string;
  };
}

/** Where OpenAI's clients expect another status than our own have. */
const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  // A bare answer of an upstream that is rate-limiting: their clients wait and come back.
  upstream_rate_limited: 429,
  // Their clients shorten the conversation then.
  upstream_overflow: 400,
};

/** Codes under which OpenAI's clients know an error. */
const CODES: Partial<Readonly<Record<ErrorCode, string>>> = {
  unauthenticated: 'invalid_api_key',
  rate_limited: 'rate_limit_exceeded',
  upstream_rate_limited: 'rate_limit_exceeded',
  budget_spent: 'insufficient_quota',
  upstream_overflow: 'context_length_exceeded',
};

/** Errors that the same request will meet again, although their status is one that clients retry. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['conflict', 'budget_spent', 'idempotency_mismatch']);

/** Whether a path belongs to the surface that speaks OpenAI's dialect. */
export function speaksOpenAi(path: string): boolean {
  return path === '/v1' || path.startsWith('/v1/');
}

/**
 * An error with its status and headers, as OpenAI's clients tell errors apart.
 *
 * @param known whether the caller's key is valid: one that is not is 401 here, not 403
 */
export function toOpenAi(
  error: ParleyError,
  known: boolean,
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: OpenAiError } {
  const code = error.code === 'forbidden' && !known ? 'unauthenticated' : error.code;
  const { http, openai } = ERROR_TABLE[code];
  const problem = error.problems[0];
  return {
    status: STATUS[code] ?? http,
    headers: FINAL.has(code) ? { 'x-should-retry': 'false' } : {},
    body: {
      error: {
        message: error.message,
        type: openai,
        param: problem === undefined ? null : paramOf(problem.pointer),
        code: isUnknownModel(error) ? 'model_not_found' : (CODES[code] ?? code),
      },
    },
  };
}

function isUnknownModel({ code, problems }: ParleyError): boolean {
  return code === 'not_found' && problems.some(({ pointer }) => pointer === '/model');
}

/** `messages[0].content` for `/messages/0/content`. */
function paramOf(pointer: string): string {
  return pointer
    .slice(1)
    .replace(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.');
}
