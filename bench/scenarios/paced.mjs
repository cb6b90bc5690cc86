import { load, parleyTarget, referenceTarget } from '../lib/load.mjs';
import { MODELS } from '../lib/servers.mjs';
import { inPairs, median, round } from '../lib/statistics.mjs';

const STREAMS = 200;
/** They last 40 s, longer than warm-up and window together: no stream begins or ends while it is measured. */
const TOKENS = 1000;

/**
 * 200 streams, a token every 40 ms each: what a model's own pace costs. Every token is a read and a write of its own,
 * so this is the measure of the live path; flat out most of an answer is there before its reader is.
 */
export async function measurePaced({ parley, reference, options }) {
  const { pairs, seconds, warmSeconds } = options;
  const run = (target) =>
    load(target, { streams: STREAMS, tokens: TOKENS, seconds: Math.max(seconds, 9), warmSeconds, paced: true });
  const results = await inPairs(
    pairs,
    () => run(parleyTarget(parley, MODELS.paced)),
    () => run(referenceTarget(reference, MODELS.paced)),
  );
  const middle = (of, digits = 1) => round(median(results.map(of)), digits);
  return {
    ratio: middle(([a, b]) => a.usPerToken / b.usPerToken, 2),
    parley_us: middle(([a]) => a.usPerToken),
    bare_us: middle(([, b]) => b.usPerToken),
    delay_p99_ms: { parley: middle(([a]) => a.delayMs.p99), bare: middle(([, b]) => b.delayMs.p99) },
    threads_ms: results[0][0].threads,
    raw: results,
  };
}
