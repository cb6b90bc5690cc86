import { load, parleyTarget, referenceTarget } from '../lib/load.mjs';
import { MODELS } from '../lib/servers.mjs';
import { inPairs, median, round } from '../lib/statistics.mjs';

const CONNECTIONS = 16;

/** One-token answers: a stored conversation, its run and its events, against a request of the bare reference. */
export async function measureShort({ parley, reference, options }) {
  const { pairs, seconds, warmSeconds } = options;
  const run = (target) => load(target, { streams: CONNECTIONS, tokens: 1, seconds, warmSeconds });
  const results = await inPairs(
    pairs,
    () => run(parleyTarget(parley, MODELS.one)),
    () => run(referenceTarget(reference, MODELS.one)),
  );
  return {
    ratio: round(median(results.map(([a, b]) => a.usPerRequest / b.usPerRequest))),
    parley_us: round(median(results.map(([a]) => a.usPerRequest)), 0),
    bare_us: round(median(results.map(([, b]) => b.usPerRequest)), 0),
    parley_per_second: round(median(results.map(([a]) => a.rps)), 0),
    threads_ms: results[0][0].threads,
    raw: results,
  };
}
