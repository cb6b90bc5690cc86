import type { Usage } from '../../core/events/conversation-event.js';
import { recordIn } from '../shared/json.js';
import type { JsonRecord } from '../shared/json.js';

/** No answer of a model has more tokens; an upstream that says so is not believed. */
const MOST_TOKENS = 1e9;

/** The usage a chunk reports, also where Groq puts it. Counts are clamped: a bill is never negative, infinite or text. */
export function usageOf(chunk: JsonRecord): Usage | undefined {
  const usage = recordIn(chunk, 'usage') ?? recordIn(recordIn(chunk, 'x_groq'), 'usage');
  if (usage === undefined) return undefined;
  const input = count(usage['prompt_tokens']) ?? count(usage['input_tokens']);
  const output = count(usage['completion_tokens']) ?? count(usage['output_tokens']);
  if (input === undefined && output === undefined) return undefined;
  const sum = (input ?? 0) + (output ?? 0);
  const cached =
    count(usage['cache_read_input_tokens']) ??
    count(recordIn(usage, 'prompt_tokens_details')?.['cached_tokens']) ??
    count(usage['prompt_cache_hit_tokens']);
  const written =
    count(usage['cache_creation_input_tokens']) ??
    count(recordIn(usage, 'prompt_tokens_details')?.['cache_write_tokens']);
  return {
    input_tokens: input ?? 0,
    output_tokens: output ?? 0,
    total_tokens: count(usage['total_tokens']) ?? sum,
    calls: 1,
    ...(cached === undefined ? {} : { cached_tokens: Math.min(cached, input ?? 0) }),
    ...(written === undefined ? {} : { cache_write_tokens: Math.min(written, input ?? 0) }),
  };
}

function count(value: unknown): number | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
  return Math.floor(Math.min(Math.max(value, 0), MOST_TOKENS));
}
