import { describe, expect, it } from '@jest/globals';
import type { Usage } from '../core/events/conversation-event.js';
import { withCost, type Price } from './price.js';

describe('withCost', () => {
  it.each<[Partial<Usage>, Price, number]>([
    [{ input_tokens: 1_000_000 }, { input: 0.15 }, 0.15],
    [{ output_tokens: 2_000_000 }, { input: 1, output: 0.6 }, 1.2],
    [{ input_tokens: 1000, cached_tokens: 1000 }, { input: 1 }, 0.001],
    [{ input_tokens: 1000, cached_tokens: 600 }, { input: 1, cache_read: 0 }, 0.0004],
    [
      { input_tokens: 1000, cached_tokens: 600, cache_write_tokens: 400 },
      { input: 9, cache_read: 1, cache_write: 2 },
      0.0014,
    ],
    [
      { input_tokens: 1, cached_tokens: 5, cache_write_tokens: 5 },
      { input: 1_000_000, cache_read: 0, cache_write: 0 },
      0,
    ],
    [{ input_tokens: 1, output_tokens: 1 }, { input: 0.1, output: 0.2 }, 0.0000003],
    [{ input_tokens: 1000, cost: 7 }, { input: 1 }, 7],
    [{ input_tokens: 1000, output_tokens: 1000 }, {}, 0],
  ])('%j at %j', (spent, price, cost) => {
    const usage: Usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0, ...spent };
    expect(withCost(usage, price)).toEqual({ ...usage, cost });
  });
});
