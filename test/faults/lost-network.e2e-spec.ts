import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { figure } from '../support/faults/figures.js';

const FOUND_MS = 45_000;
const LOADER = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-transform-types',
  '--import',
  './test/support/worker-loader.mjs',
];

/** Why not here; undefined: it can be done. */
function obstacle(): string | undefined {
  if (figure(0, 1) === 0) return 'only with PARLEY_FAULTS=full, it takes a minute';
  const { status, stderr, error } = spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up'], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `no network of its own can be made: ${error?.message ?? stderr.trim()}`;
}

const reason = obstacle();

if (reason !== undefined) {
  // oxlint-disable-next-line jest/no-disabled-tests, jest/expect-expect -- the title says why
  it.skip(`K09: readers whose network is gone (not here: ${reason})`, () => undefined);
} else {
  it('K09: readers whose network is gone are found in 45 s, though they never say anything', async () => {
    const script = 'test/support/faults/lost-network.ts';
    const { stdout } = await promisify(execFile)('unshare', ['-rn', process.execPath, ...LOADER, script]);
    const found = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Readonly<Record<string, number>>;
    process.stdout.write(`K09: ${JSON.stringify(found)}\n`);
    expect(Object.keys(found).toSorted()).toEqual(['all', 'text', 'whole']);
    expect(Math.max(...Object.values(found))).toBeLessThan(FOUND_MS);
  }, 150_000);
}
