import { NO_TOKENS, type TokenUsage, type UsageCost } from '../../core/agent-messages/message.js';
import type { Usage } from '../../core/events/conversation-event.js';
import type { ModelCost } from './model.js';

const PER = 1_000_000;

/** What a call used, with what it cost: by the model's prices, else as the provider says. */
export function tokenUsage(usage: Usage | undefined, prices: ModelCost | undefined): TokenUsage {
  if (usage === undefined) return NO_TOKENS;
  const counts = {
    input: usage.input_tokens,
    output: usage.output_tokens,
    cache_read: usage.cached_tokens ?? 0,
    cache_write: usage.cache_write_tokens ?? 0,
    total_tokens: usage.total_tokens,
  };
  const told = { ...NO_TOKENS.cost, total: usage.cost ?? 0 };
  return { ...counts, cost: prices === undefined ? told : costOf(counts, prices) };
}

/** What was read from a cache or written to it is part of the input, and has prices of its own. */
function costOf(counts: Omit<TokenUsage, 'cost'>, prices: ModelCost): UsageCost {
  const fresh = Math.max(0, counts.input - counts.cache_read - counts.cache_write);
  const input = (fresh * prices.input) / PER;
  const output = (counts.output * prices.output) / PER;
  const cache_read = (counts.cache_read * (prices.cache_read ?? prices.input)) / PER;
  const cache_write = (counts.cache_write * (prices.cache_write ?? prices.input)) / PER;
  return { input, output, cache_read, cache_write, total: input + output + cache_read + cache_write };
}
