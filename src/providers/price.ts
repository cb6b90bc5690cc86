import type { Usage } from '../core/events/conversation-event.js';

/** Money for a million tokens, in a currency of the operator's choice. */
export interface Price {
  readonly input?: number;
  readonly output?: number;
  /** Of input tokens that the provider had cached; absent: the same as the others. */
  readonly cache_read?: number;
  /** Of input tokens that it put into its cache; absent: the same as the others. */
  readonly cache_write?: number;
}

const TOKENS = 1_000_000;
/** Digits kept, so that sums of prices such as 0.1 do not show the noise of binary fractions. */
const DIGITS = 12;

/** The usage with what it cost. What a provider knows of its own cost stands. */
export function withCost(usage: Usage, price: Price): Usage {
  if (usage.cost !== undefined) return usage;
  const { input = 0, output = 0, cache_read = input, cache_write = input } = price;
  const { input_tokens, output_tokens, cached_tokens: read = 0, cache_write_tokens: written = 0 } = usage;
  const fresh = Math.max(0, input_tokens - read - written);
  const cost = (fresh * input + read * cache_read + written * cache_write + output_tokens * output) / TOKENS;
  return { ...usage, cost: Number(cost.toFixed(DIGITS)) };
}
