import { chatTarget, load, referenceTarget } from '../lib/load.mjs';
import { MODELS } from '../lib/servers.mjs';
import { round } from '../lib/statistics.mjs';

/** They last 40 s, longer than warm-up and window together: no stream begins or ends while it is measured. */
const TOKENS = 200;
const WARM_SECONDS = 10;
const WINDOW_SECONDS = 20;

/**
 * 2,000 chats at once, a token every 200 ms each, as people read them: what open streams hold in memory, and what they add
 * to the delay of a token. Once on each side, each on a server of its own; `--quick` takes 200.
 */
export async function measureSlow({ parley, reference, options }) {
  const streams = options.quick ? 200 : 2000;
  const window = { streams, tokens: TOKENS, seconds: WINDOW_SECONDS, warmSeconds: WARM_SECONDS, paced: true };
  const run = (target) => load(target, window);
  const ours = await run(chatTarget(parley, MODELS.slow));
  const bare = await run(referenceTarget(reference, MODELS.slow));
  const side = ({ rssBaseMb, rssPeakMb, delayMs, usPerToken, cpuPct }) => ({
    rest_mib: round(rssBaseMb, 0),
    peak_mib: round(rssPeakMb, 0),
    kib_per_stream: round(((rssPeakMb - rssBaseMb) * 1024) / streams, 1),
    delay_ms: delayMs,
    us_per_token: usPerToken,
    cpu_percent: cpuPct,
  });
  return { streams, parley: side(ours), bare: side(bare), raw: [ours, bare] };
}
