import type { Usage } from '../../core/events/conversation-event.js';
import { isRecord, recordIn, type JsonRecord } from './json.js';

/** No answer of a model has more tokens; an upstream that says so is not believed. */
const MOST_TOKENS = 1e9;

/**
 * The usage of one call as it is billed, from what an upstream says in any of the usual words. Counts are whole, never
 * negative, infinite or text; undefined where nothing was counted. Cached tokens are part of the input, thinking is part
 * of the output.
 */
export function billedUsage(usage: unknown): Usage | undefined {
  if (!isRecord(usage)) return undefined;
  const input = count(usage['prompt_tokens']) ?? count(usage['input_tokens']);
  const total = count(usage['total_tokens']);
  // A total alone is that of an answer: the upstreams that count so count its words.
  const output = count(usage['completion_tokens']) ?? count(usage['output_tokens']) ?? above(total, input ?? 0);
  if (input === undefined && output === undefined) return undefined;
  const [input_tokens, output_tokens] = [input ?? 0, output ?? 0];
  return {
    input_tokens,
    output_tokens,
    total_tokens: Math.max(total ?? 0, input_tokens + output_tokens),
    calls: 1,
    ...cachesOf(usage, input_tokens),
    ...upTo(output_tokens, 'reasoning_tokens', reasoningOf(usage)),
  };
}

/** Where both the vendor's own word and OpenAI's are there, the vendor's counts. */
function cachesOf(usage: JsonRecord, input: number): Partial<Usage> {
  const details = recordIn(usage, 'prompt_tokens_details') ?? recordIn(usage, 'input_tokens_details');
  const read =
    count(usage['cache_read_input_tokens']) ??
    count(details?.['cached_tokens']) ??
    count(usage['prompt_cache_hit_tokens']) ??
    count(usage['cached_tokens']);
  const written =
    count(usage['cache_creation_input_tokens']) ??
    count(details?.['cache_write_tokens']) ??
    count(usage['cache_write_tokens']);
  return {
    ...upTo(input, 'cached_tokens', read),
    ...upTo(Math.max(0, input - (read ?? 0)), 'cache_write_tokens', written),
  };
}

function reasoningOf(usage: JsonRecord): number | undefined {
  const details = recordIn(usage, 'completion_tokens_details') ?? recordIn(usage, 'output_tokens_details');
  return count(details?.['reasoning_tokens']) ?? count(usage['reasoning_tokens']);
}

function upTo(most: number, field: keyof Usage, value: number | undefined): Partial<Usage> {
  return value === undefined ? {} : { [field]: Math.min(value, most) };
}

function above(total: number | undefined, input: number): number | undefined {
  return total === undefined ? undefined : Math.max(0, total - input);
}

function count(value: unknown): number | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
  return Math.floor(Math.min(Math.max(value, 0), MOST_TOKENS));
}
