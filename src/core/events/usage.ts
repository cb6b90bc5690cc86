import type { Usage } from './conversation-event.js';

/** Nothing spent yet. */
export const NO_USAGE: Usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0, calls: 0 };

const OPTIONAL = ['cached_tokens', 'cache_write_tokens', 'reasoning_tokens', 'cost'] as const;

/** Adds two counts; optional fields are there when either side has them. */
export function addUsage(left: Usage, right: Usage): Usage {
  const sum: { -readonly [Key in keyof Usage]: Usage[Key] } = {
    input_tokens: left.input_tokens + right.input_tokens,
    output_tokens: left.output_tokens + right.output_tokens,
    total_tokens: left.total_tokens + right.total_tokens,
    calls: (left.calls ?? 0) + (right.calls ?? 0),
  };
  for (const key of OPTIONAL)
    if (left[key] !== undefined || right[key] !== undefined) sum[key] = (left[key] ?? 0) + (right[key] ?? 0);
  return sum;
}
