import type { Usage } from '../../core/events/conversation-event.js';
import { isRecord, recordIn } from '../shared/json.js';
import { billedUsage } from '../shared/usage.js';

/**
 * The usage a proxy reports, in snake_case or camelCase. Some frameworks count cached tokens beside the input and some as a
 * part of it; the total tells which.
 */
export function proxyUsage(given: unknown): Usage | undefined {
  if (!isRecord(given)) return undefined;
  const { input, output } = given;
  const cached = given['cache_read'] ?? given['cacheRead'];
  const written = given['cache_write'] ?? given['cacheWrite'];
  const total = given['total_tokens'] ?? given['totalTokens'];
  const caches = numberOf(cached) + numberOf(written);
  const beside = caches > 0 && total === numberOf(input) + numberOf(output) + caches;
  const usage = billedUsage({
    input_tokens: beside ? numberOf(input) + caches : input,
    output_tokens: output,
    total_tokens: total,
    cached_tokens: cached,
    cache_write_tokens: written,
  });
  const cost = recordIn(given, 'cost')?.['total'];
  if (usage === undefined || typeof cost !== 'number' || !Number.isFinite(cost) || cost <= 0) return usage;
  return { ...usage, cost };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
