import { load, parleyTarget, referenceTarget } from '../lib/load.mjs';
import { MODELS } from '../lib/servers.mjs';
import { inPairs, median, round } from '../lib/statistics.mjs';

const STREAMS = 32;
const SHORT = 200;
const LONG = 2000;

/**
 * 32 streams of 200 tokens as fast as they come, then of 2000: the difference tells what a token costs from what a
 * conversation costs. The GET of the events and the POST before it count both.
 */
export async function measureFlat({ parley, reference, options }) {
  const { pairs, seconds, warmSeconds } = options;
  const run = (target, tokens) => load(target, { streams: STREAMS, tokens, seconds, warmSeconds });
  const both = async (target) => ({
    short: await run(target(MODELS.flat200), SHORT),
    long: await run(target(MODELS.flat2000), LONG),
  });
  const results = await inPairs(
    pairs,
    () => both((model) => parleyTarget(parley, model)),
    () => both((model) => referenceTarget(reference, model)),
  );
  const figures = results.map((pair) => pair.map(({ short, long }) => split(short, long)));
  const ratio = (of) => round(median(figures.map(([a, b]) => of(a) / of(b))));
  const absolute = (side, of) => round(median(figures.map((pair) => of(pair[side]))), 1);
  return {
    per_token_200: {
      ratio: ratio((f) => f.short),
      parley_us: absolute(0, (f) => f.short),
      bare_us: absolute(1, (f) => f.short),
    },
    per_token_2000: {
      ratio: ratio((f) => f.long),
      parley_us: absolute(0, (f) => f.long),
      bare_us: absolute(1, (f) => f.long),
    },
    slope: {
      ratio: ratio((f) => f.slope),
      parley_us: absolute(0, (f) => f.slope),
      bare_us: absolute(1, (f) => f.slope),
    },
    fixed: { parley_us: absolute(0, (f) => f.fixed), bare_us: absolute(1, (f) => f.fixed) },
    ttft_p99_ms: {
      parley: median(results.map(([a]) => a.short.ttft.p99)),
      bare: median(results.map(([, b]) => b.short.ttft.p99)),
    },
    threads_ms: results[0][0].short.threads,
    raw: results,
  };
}

/** µs a token of both lengths, of a further token, and of a stream without its tokens. */
function split(short, long) {
  const slope = (long.usPerRequest - short.usPerRequest) / (LONG - SHORT);
  return { short: short.usPerToken, long: long.usPerToken, slope, fixed: short.usPerRequest - slope * SHORT };
}
