// npm run bench: what Parley costs, as a ratio to the bare reference in the same run. Prints figures, asserts nothing.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOptions } from './lib/options.mjs';
import { leaveServerCore, stopAll, stopProcess } from './lib/processes.mjs';
import { table, writeResults } from './lib/report.mjs';
import { makeWorkspace, startMock, startParley, startReference } from './lib/servers.mjs';
import { measureDoors } from './scenarios/doors.mjs';
import { measureFlat } from './scenarios/flat.mjs';
import { measurePaced } from './scenarios/paced.mjs';
import { measureShort } from './scenarios/short.mjs';
import { measureSlow } from './scenarios/slow.mjs';
import { measureStalled, startTalker, TALKER_MODELS } from './scenarios/stalled.mjs';
import { measureStart } from './scenarios/start.mjs';
import { measureTurns } from './scenarios/turns.mjs';
import { measureWatchers } from './scenarios/watchers.mjs';

const MEASURES = {
  start: measureStart,
  stalled: measureStalled,
  doors: measureDoors,
  flat: measureFlat,
  paced: measurePaced,
  short: measureShort,
  slow: measureSlow,
  turns: measureTurns,
  watchers: measureWatchers,
};
const NEEDS_REFERENCE = ['doors', 'flat', 'paced', 'short', 'slow'];
const RESULTS = fileURLToPath(new URL('results', import.meta.url));

async function measure(name, workspace, options) {
  const profileDir = options.profile ? join(RESULTS, 'profiles', name) : undefined;
  if (profileDir !== undefined) {
    rmSync(profileDir, { recursive: true, force: true });
    mkdirSync(profileDir, { recursive: true });
  }
  const start = () => startParley(workspace, { root: options.root, profileDir });
  if (name === 'start') return measureStart({ startParley: start, options });
  if (name === 'stalled') return measureOverTalker(workspace, options);
  const parley = await start();
  const reference = NEEDS_REFERENCE.includes(name) ? await startReference(workspace) : undefined;
  try {
    return await MEASURES[name]({ parley, reference, options });
  } finally {
    await stopProcess(parley.child);
    if (reference !== undefined) await stopProcess(reference.child);
  }
}

/** The models are answered by an upstream in this process, which also has the readers: they read nothing. */
async function measureOverTalker(workspace, options) {
  leaveServerCore();
  const talker = await startTalker();
  const models = Object.fromEntries(TALKER_MODELS.map((model) => [model, talker.url]));
  const start = () => startParley(workspace, { root: options.root, models });
  try {
    return await measureStalled({ start, talker, options });
  } finally {
    talker.close();
  }
}

async function main() {
  const options = readOptions();
  if (availableParallelism() < 2) throw new Error('the bench needs two cores');
  if (options.build)
    execFileSync(process.execPath, [join(options.root, 'tools/build.mjs'), '--if-stale'], { stdio: 'inherit' });
  const workspace = await makeWorkspace();
  const results = {};
  try {
    await startMock(workspace);
    for (const name of options.scenarios) {
      console.error(`${name} …`);
      results[name] = await measure(name, workspace, options);
    }
  } catch (error) {
    console.error(`what the servers wrote: ${workspace.log}`);
    throw error;
  } finally {
    await stopAll();
  }
  const about = {
    at: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model,
    loadavg: loadavg(),
    options,
  };
  console.log(table(results));
  console.log(`\nAll figures: ${writeResults(RESULTS, { about, results })}`);
  if (options.profile) console.log(`Profiles: node bench/top-costs.mjs ${join(RESULTS, 'profiles')}/*/*.cpuprofile`);
  rmSync(workspace.folder, { recursive: true, force: true });
}

await main();
