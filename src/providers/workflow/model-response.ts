import type { JsonRecord } from '../shared/json.js';

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
