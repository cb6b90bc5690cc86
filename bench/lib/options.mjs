import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** In the order in which they run. */
export const SCENARIOS = ['start', 'doors', 'flat', 'paced', 'short', 'slow', 'turns', 'watchers', 'stalled'];
/** Only where they are named: they take gigabytes of the machine's memory for sockets. */
const HEAVY = ['stalled'];

const HELP = `npm run bench -- [--quick] [--only ${SCENARIOS.join(',')}] [--pairs N] [--seconds N] [--root DIR] [--no-build] [--profile]
  --quick     one pair, short windows: shows that it works, not what it costs
  --only      these scenarios only
  --pairs     measurements of each side (A B, B A, …); default 3
  --seconds   length of one window; default 6
  --root      a built checkout to measure instead of this one
  --no-build  measure dist as it is
  --profile   leave CPU profiles of the server in bench/results/profiles (read them with bench/top-costs.mjs)`;

/** What the command line asks for. Ends the process on --help. */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      pairs: { type: 'string' },
      seconds: { type: 'string' },
      root: { type: 'string' },
      'no-build': { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const only = values.only?.split(',') ?? SCENARIOS.filter((name) => !HEAVY.includes(name));
  const unknown = only.filter((name) => !SCENARIOS.includes(name));
  if (unknown.length > 0) throw new Error(`no such scenario: ${unknown.join(', ')}`);
  return {
    quick: values.quick,
    scenarios: SCENARIOS.filter((name) => only.includes(name)),
    pairs: Number(values.pairs ?? (values.quick ? 1 : 3)),
    seconds: Number(values.seconds ?? (values.quick ? 2 : 6)),
    warmSeconds: values.quick ? 1 : 3,
    root: values.root ?? fileURLToPath(new URL('../..', import.meta.url)),
    build: !values['no-build'] && values.root === undefined,
    profile: values.profile,
  };
}
