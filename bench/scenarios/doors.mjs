import { chatTarget, completionTarget, load, referenceTarget } from '../lib/load.mjs';
import { MODELS } from '../lib/servers.mjs';
import { inPairs, median, round } from '../lib/statistics.mjs';

const DOORS = { chat: chatTarget, v1: completionTarget };
const STREAMS = 32;
const CONNECTIONS = 16;
const FLAT = 200;

/**
 * The doors that answer the request itself with the stream: 32 streams of 200 tokens as fast as they come, CPU a token;
 * and one-token answers, 16 at once, CPU a request. One request each, as at the bare reference.
 */
export async function measureDoors({ parley, reference, options }) {
  const { pairs, seconds, warmSeconds } = options;
  const flat = (target) => load(target, { streams: STREAMS, tokens: FLAT, seconds, warmSeconds });
  const short = (target) => load(target, { streams: CONNECTIONS, tokens: 1, seconds, warmSeconds });
  const figures = {};
  for (const [door, target] of Object.entries(DOORS)) {
    const flats = await inPairs(
      pairs,
      () => flat(target(parley, MODELS.plain200)),
      () => flat(referenceTarget(reference, MODELS.plain200)),
    );
    const shorts = await inPairs(
      pairs,
      () => short(target(parley, MODELS.plainOne)),
      () => short(referenceTarget(reference, MODELS.plainOne)),
    );
    figures[`${door}_per_token_200`] = compare(flats, (run) => run.usPerToken, 1);
    figures[`${door}_per_short_request`] = compare(shorts, (run) => run.usPerRequest, 0);
    figures[`${door}_short_per_second`] = round(median(shorts.map(([a]) => a.rps)), 0);
    figures[`${door}_threads_ms`] = shorts[0][0].threads;
  }
  return figures;
}

function compare(runs, of, digits) {
  return {
    ratio: round(median(runs.map(([a, b]) => of(a) / of(b)))),
    parley_us: round(median(runs.map(([a]) => of(a))), digits),
    bare_us: round(median(runs.map(([, b]) => of(b))), digits),
  };
}
