import { ParleyError, type ErrorCode, type FieldProblem } from '../../core/kernel/parley-error.js';
import { ERROR_TABLE } from '../wire/error-table.js';
import { toProblem, type Problem } from '../wire/problem.js';
import { listOf, object, objectOf, text, type JsonSchema, type JsonValue } from './json-schema.js';
import type { Operation } from './operation.js';

const REQUEST_ID = 'req_5f2c1d0e-8c1b-4d43-9a57-3f1f0c6a7e21';

/** Schema of `application/problem+json`. */
export const PROBLEM_SCHEMA: JsonSchema = objectOf<Problem>(
  {
    always: {
      type: text('`urn:parley:error:` and the code.'),
      title: text('The same for all errors of a code.'),
      status: { type: 'integer', minimum: 400, maximum: 599, description: 'The HTTP status.' },
      detail: text('What went wrong here, for people.'),
      code: { type: 'string', enum: Object.keys(ERROR_TABLE), description: 'What went wrong, for programs.' },
      request_id: text('The `X-Request-Id` of the answer; the server logs it.'),
      retryable: { type: 'boolean', description: 'Whether the same request may succeed later.' },
    },
    maybe: {
      error: text('`detail` once more, on `/api/stream` only: its clients know nothing else.'),
      errors: listOf(
        object({
          pointer: text('JSON pointer (RFC 6901) into the body or the query.'),
          message: text('What is wrong with it.'),
        }),
        'Every field that did not validate.',
      ),
    },
  },
  'A refusal or failure (RFC 9457). Nothing that an upstream said is in it.',
);

interface Sample {
  readonly detail: string;
  readonly problems?: readonly FieldProblem[];
}

/** An example for each code that an operation names: a code without one stops the build of the document. */
const SAMPLES: Partial<Readonly<Record<ErrorCode, Sample>>> = {
  malformed_request: { detail: 'the request is malformed' },
  invalid_json: { detail: 'the body is not valid JSON' },
  cursor_malformed: { detail: 'the cursor is malformed: send back the last "id" or "cursor" you were given, or 0' },
  unauthenticated: { detail: 'send an API key as X-API-Key: … or Authorization: Bearer …' },
  forbidden: { detail: 'the API key is not valid' },
  not_found: { detail: 'there is no such conversation' },
  conflict: { detail: 'a run of this conversation is under way' },
  cursor_ahead: { detail: 'the cursor is beyond the log, which ends at 27' },
  cursor_gone: { detail: 'the log before 120 is past its retention' },
  payload_too_large: { detail: 'the body is too large' },
  unsupported_media_type: { detail: 'send the body as application/json, in UTF-8' },
  invalid_request: {
    detail: '/agent_configs/0/model: model "gpt-9" is not known; there is demo',
    problems: [{ pointer: '/agent_configs/0/model', message: 'model "gpt-9" is not known; there is demo' }],
  },
  idempotency_mismatch: { detail: 'this Idempotency-Key was used with another body' },
  rate_limited: { detail: 'too many requests; try again in 12 s' },
  too_many_runs: { detail: 'too many runs are under way' },
  budget_spent: { detail: 'the budget is spent' },
  aborted: { detail: 'the run was cancelled' },
  draining: { detail: 'the server is shutting down' },
  overloaded: { detail: 'too many runs are under way on this server' },
  storage_unavailable: { detail: 'the store cannot be written' },
  storage_full: { detail: 'the store is full' },
  upstream_auth: { detail: 'the model provider refused the key' },
  upstream_rate_limited: { detail: 'the model provider is rate-limiting' },
  upstream_rejected: { detail: 'the model provider refused the request' },
  upstream_overflow: { detail: 'the conversation is longer than the model takes' },
  upstream_unavailable: { detail: 'the model provider is unavailable' },
  upstream_timeout: { detail: 'the model provider timed out' },
  upstream_truncated: { detail: 'the model provider broke off' },
  upstream_invalid: { detail: 'the model provider gave an invalid answer' },
  upstream_empty: { detail: 'the model provider gave an empty answer' },
  upstream_too_large: { detail: 'the model provider gave too large an answer' },
};

/** What may go wrong with an operation, by code: what it names itself, and what its key, body and query bring with them. */
export function errorsOf(operation: Operation): ReadonlyMap<ErrorCode, string> {
  const errors = new Map<ErrorCode, string>();
  if (operation.access !== 'public') {
    errors.set('unauthenticated', 'No key.');
    errors.set('forbidden', `A wrong or expired key, or one without the scope \`${operation.access}\`.`);
    errors.set('rate_limited', 'Too many requests of this key.');
  }
  if (operation.body !== undefined) {
    errors.set('invalid_json', 'The body is not JSON.');
    errors.set('payload_too_large', 'The body is too large.');
    errors.set('unsupported_media_type', 'The body is not said to be JSON.');
    errors.set('invalid_request', 'The body is JSON, but not what is asked for: `errors` names every field.');
  } else if (operation.query !== undefined) {
    errors.set('invalid_request', 'The query is not what is asked for: `errors` names every field.');
  }
  for (const [code, when] of Object.entries(operation.errors ?? {})) errors.set(code as ErrorCode, when);
  return errors;
}

/** Name of the shared response for a status. */
export function problemName(status: number): string {
  return `Problem${status}`;
}

/** The shared responses for some error codes: one per HTTP status, with an example for each code. */
export function problemResponses(codes: ReadonlySet<ErrorCode>): Readonly<Record<string, JsonValue | object>> {
  const byStatus = Map.groupBy([...codes].toSorted(), (code) => ERROR_TABLE[code].http);
  const responses = [...byStatus]
    .toSorted(([left], [right]) => left - right)
    .map(([status, own]) => [problemName(status), problemResponse(own)] as const);
  return Object.fromEntries([...responses, ['Problem', problemResponse([])]]);
}

function problemResponse(codes: readonly ErrorCode[]): object {
  const examples = codes.map((code) => [code, { summary: ERROR_TABLE[code].title, value: sampleOf(code) }] as const);
  const retry = codes.some((code) => new ParleyError(code, '').retryable);
  return {
    description: codes.length === 0 ? 'Any other failure.' : codes.map((code) => `\`${code}\``).join(', '),
    headers: {
      'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
      ...(retry ? { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } : {}),
    },
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        ...(examples.length === 0 ? {} : { examples: Object.fromEntries(examples) }),
      },
    },
  };
}

/** Shaped by what shapes the live ones. */
function sampleOf(code: ErrorCode): Problem {
  const sample = SAMPLES[code];
  if (sample === undefined)
    throw new Error(`there is no example for the error "${code}": add it to problem-responses.ts`);
  return toProblem(new ParleyError(code, sample.detail, { problems: sample.problems ?? [] }), REQUEST_ID);
}
