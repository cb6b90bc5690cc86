import type { Usage } from './conversation-event.js';

/** Nothing spent yet. */
export const NO_USAGE: Usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0, calls: 0 };

/** Adds two counts; optional fields are there when either side has them. */
export function addUsage(left: Usage, right: Usage): Usage {
  const cached = sum(left.cached_tokens, right.cached_tokens);
  const written = sum(left.cache_write_tokens, right.cache_write_tokens);
  const cost = sum(left.cost, right.cost);
  return {
    input_tokens: left.input_tokens + right.input_tokens,
    output_tokens: left.output_tokens + right.output_tokens,
    total_tokens: left.total_tokens + right.total_tokens,
    calls: (left.calls ?? 0) + (right.calls ?? 0),
    ...(cached === undefined ? {} : { cached_tokens: cached }),
    ...(written === undefined ? {} : { cache_write_tokens: written }),
    ...(cost === undefined ? {} : { cost }),
  };
}

function sum(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined && right === undefined ? undefined : (left ?? 0) + (right ?? 0);
}
