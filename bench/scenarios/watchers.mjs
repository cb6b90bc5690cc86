import { load, parleyTarget } from '../lib/load.mjs';
import { MODELS } from '../lib/servers.mjs';
import { inPairs, median, round } from '../lib/statistics.mjs';

const WATCHERS = 8;
const CASES = [
  { name: 'flat', model: MODELS.flat8000, tokens: 8000, streams: 8 },
  { name: 'paced', model: MODELS.brisk, tokens: 200, streams: 16 },
];

/**
 * One watcher of each run against eight: what a further one costs a token, relative to all that a token costs with one.
 * Flat out many tokens share a write; paced (a token every 10 ms) every token is a write to every watcher.
 */
export async function measureWatchers({ parley, options }) {
  const { pairs, seconds, warmSeconds } = options;
  const out = {};
  for (const { name, model, tokens, streams } of CASES) {
    const run = (watchers) =>
      load(parleyTarget(parley, model), { streams, tokens, seconds: Math.max(seconds, 4), warmSeconds, watchers });
    const results = await inPairs(
      pairs,
      () => run(1),
      () => run(WATCHERS),
    );
    const further = (one, many) => (many.usPerToken - one.usPerToken) / (WATCHERS - 1);
    out[name] = {
      ratio: round(median(results.map(([one, many]) => further(one, many) / one.usPerToken))),
      first_us: round(median(results.map(([one]) => one.usPerToken)), 1),
      further_us: round(median(results.map(([one, many]) => further(one, many))), 1),
      raw: results,
    };
  }
  return out;
}
