import type { Failure } from './failure.js';
import { failure, invalid } from './failure.js';
import { isRecord, parseJson, recordIn, textIn } from './json.js';
import type { JsonRecord } from './json.js';
import { saysOverflow } from './overflow.js';

/** An answer with another status than 2xx. `body` is cut at its first 64 KiB. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const REPEATABLE: ReadonlySet<number> = new Set([408, 409, 429]);
/** Words for "no money left" that come with status 429; waiting does not help. */
const OUT_OF_MONEY = ['insufficient_quota', 'billing_hard_limit_reached', 'insufficient_balance'];

/** Statuses of a refusal that may be about the length of the prompt. */
const TOO_LONG: ReadonlySet<number> = new Set([400, 413, 422]);

/** What a refusal means. */
export function failureOf(refusal: Refusal, now: number): Failure {
  const { status, body } = refusal;
  const cause = { status, body };
  if (status >= 300 && status < 400)
    return invalid(`answered with a redirect (HTTP ${status}), which is not followed`, cause);
  if (TOO_LONG.has(status) && saysOverflow(body)) return { ...overflow(), cause };
  const after = retryAfterMs(refusal.headers, now);
  const wait = after === undefined ? {} : { retryAfterMs: after };
  return {
    ...byStatus(
      status,
      OUT_OF_MONEY.some((word) => body.includes(word)),
    ),
    ...wait,
    cause,
  };
}

/** What an error object in the middle of a stream means. Its numbers are statuses; its words are looked up. */
export function failureInStream(chunk: JsonRecord): Failure {
  const error = recordIn(chunk, 'error') ?? chunk;
  const status = [error['status'], error['code'], chunk['code']].find(isErrorStatus) ?? statusOfWord(error);
  if ((status === undefined || TOO_LONG.has(status)) && saysOverflow(JSON.stringify(error)))
    return { ...overflow(), cause: chunk };
  const found = byStatus(
    status ?? 500,
    OUT_OF_MONEY.some((word) => error['code'] === word || error['type'] === word),
  );
  return { ...found, what: 'reported an error in the middle of its answer', cause: chunk };
}

/** The code and the message of an error body, in lower case, to look for the name of a parameter in. */
export function complaintOf(body: string): { readonly param: string; readonly text: string } {
  const parsed = parseJson(body);
  const error = recordIn(parsed, 'error') ?? (isRecord(parsed) ? parsed : {});
  return { param: textIn(error, 'param') ?? '', text: body.toLowerCase() };
}

function overflow(): Failure {
  return failure('upstream_overflow', "refused a prompt that is longer than the model's context window");
}

function byStatus(status: number, outOfMoney: boolean): Failure {
  const repeat = { retryable: true, repeatable: true, unhealthy: true };
  if (status === 401 || status === 403) {
    return failure('upstream_auth', `refused the configured key (HTTP ${status})`, { unhealthy: true });
  }
  if (outOfMoney) return failure('upstream_rate_limited', 'has no quota left for this key', { unhealthy: true });
  if (status === 429) return failure('upstream_rate_limited', 'has too many requests at the moment', repeat);
  if (status === 402) return failure('upstream_rejected', 'wants to be paid first (HTTP 402)', { unhealthy: true });
  if (status === 404)
    return failure('upstream_rejected', 'does not know this model or path (HTTP 404)', { unhealthy: true });
  if (status < 500 && !REPEATABLE.has(status))
    return failure('upstream_rejected', `rejected the request (HTTP ${status})`);
  return failure('upstream_unavailable', `is not able to answer at the moment (HTTP ${status})`, repeat);
}

function isErrorStatus(value: unknown): value is number {
  return typeof value === 'number' && value >= 400 && value < 600;
}

function statusOfWord(error: JsonRecord): number | undefined {
  const words = `${textIn(error, 'type') ?? ''} ${textIn(error, 'code') ?? ''}`;
  if (/rate_limit/.test(words)) return 429;
  if (/authentication|invalid_api_key|permission/.test(words)) return 401;
  return /invalid_request/.test(words) ? 400 : undefined;
}

/** How long the upstream asks to wait, ms; undefined if it does not say, or says nonsense or a time gone by. */
export function retryAfterMs(headers: Refusal['headers'], now: number): number | undefined {
  const exact = positive(Number(first(headers['retry-after-ms']) ?? Number.NaN));
  if (exact !== undefined) return exact;
  const value = first(headers['retry-after'])?.trim() ?? '';
  if (/^[+-]?[\d.]+$/.test(value)) return positive(Number(value) * 1000);
  return positive(Date.parse(value) - now);
}

function positive(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
