import type { JsonRecord } from '../shared/json.js';
import { complaintOf } from '../shared/upstream-errors.js';
import type { Refusal } from '../shared/upstream-errors.js';

/** What one model turned out to understand. Learned from refusals, remembered as long as the process lives. */
export interface Dialect {
  readonly jsonSchema: boolean;
  readonly streamOptions: boolean;
  /** Marks of what may be kept of a prompt. */
  readonly cacheMarks: boolean;
  /** Which of the two names it takes; absent: not known. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Sampling parameters that it does not take. */
  readonly dropped: ReadonlySet<string>;
}

/** What is assumed of a model that refused nothing yet. */
export const FULL_DIALECT: Dialect = {
  jsonSchema: true,
  streamOptions: true,
  cacheMarks: true,
  dropped: new Set(),
};

/** Parameters without which the answer would be to another question. */
const NEEDED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'tools',
  'tool_choice',
  'max_tokens',
  'max_completion_tokens',
  'response_format',
  'stop',
]);

const UNSUPPORTED = /unsupported|not support|n't support|not permitted|unrecognized|unknown (?:parameter|field)|extra/;

/** A call that was refused. */
export interface RefusedCall {
  readonly body: JsonRecord;
  /** The answer's schema is ours, and the prompt says it too. */
  readonly ownSchema: boolean;
  readonly refusal: Refusal;
}

/** The dialect to repeat a refused call in; undefined if the refusal is about something else. */
export function adapt(dialect: Dialect, { body, ownSchema, refusal }: RefusedCall): Dialect | undefined {
  if (refusal.status !== 400 && refusal.status !== 422) return undefined;
  const { param, text } = complaintOf(refusal.body);
  if (ownSchema && dialect.jsonSchema && /response_format|json_schema/.test(text)) {
    return { ...dialect, jsonSchema: false };
  }
  if (body['stream_options'] !== undefined && text.includes('stream_options')) {
    return { ...dialect, streamOptions: false };
  }
  if (dialect.cacheMarks && text.includes('cache_control')) return { ...dialect, cacheMarks: false };
  if (body['max_tokens'] !== undefined && text.includes('max_completion_tokens')) {
    return { ...dialect, maxTokensField: 'max_completion_tokens' };
  }
  if (!UNSUPPORTED.test(text)) return undefined;
  if (body['max_completion_tokens'] !== undefined && names('max_completion_tokens', param, text)) {
    return { ...dialect, maxTokensField: 'max_tokens' };
  }
  const refused = Object.keys(body).find((name) => !NEEDED.has(name) && names(name, param, text));
  return refused === undefined ? undefined : { ...dialect, dropped: new Set([...dialect.dropped, refused]) };
}

function names(name: string, param: string, text: string): boolean {
  return param === '' ? new RegExp(`['"\`]${name}['"\`]`).test(text) : param === name;
}
