import type { Usage } from '../../core/events/conversation-event.js';
import { isRecord, type JsonRecord } from '../shared/json.js';

/** What a parser makes of a raw answer. A plain object with these fields is as good. */
export class ModelResponse {
  /** The answer itself. */
  readonly content: string;
  /** Tokens as the upstream counts them: `prompt_tokens`, `completion_tokens`, `total_tokens`, or `input_…`, `output_…`. */
  readonly usage?: JsonRecord | null | undefined;
  /** What answered. */
  readonly model?: string | null | undefined;
  /** The upstream's own word; `length`: the answer was cut. */
  readonly finish_reason?: string | null | undefined;
  /** Whatever else the parser knows. */
  readonly metadata?: JsonRecord | undefined;

  constructor(fields: ModelResponse) {
    this.content = fields.content;
    this.usage = fields.usage;
    this.model = fields.model;
    this.finish_reason = fields.finish_reason;
    this.metadata = fields.metadata;
  }
}

const MOST_TOKENS = 1e9;

/** The usage of a response as it is billed: whole counts, never negative; undefined where nothing was counted. */
export function billedUsage(usage: unknown): Usage | undefined {
  if (!isRecord(usage)) return undefined;
  const input = count(usage['prompt_tokens']) ?? count(usage['input_tokens']);
  const total = count(usage['total_tokens']);
  const output = count(usage['completion_tokens']) ?? count(usage['output_tokens']);
  if (input === undefined && output === undefined && total === undefined) return undefined;
  // A total alone is that of an answer: the upstreams that count so count its words.
  const answered = output ?? Math.max(0, (total ?? 0) - (input ?? 0));
  const sum = (input ?? 0) + answered;
  return { input_tokens: input ?? 0, output_tokens: answered, total_tokens: Math.max(total ?? 0, sum), calls: 1 };
}

function count(value: unknown): number | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
  return Math.floor(Math.min(Math.max(value, 0), MOST_TOKENS));
}
