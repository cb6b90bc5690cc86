import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSinceStart, memoryMiB } from '../lib/process-stats.mjs';
import { stopProcess } from '../lib/processes.mjs';
import { median, round } from '../lib/statistics.mjs';

const REST_MS = 3_000;

/** From the start of the process, on an empty data folder, to the first answer; and what it holds while nobody asks. */
export async function measureStart({ startParley, options }) {
  const starts = [];
  for (let i = 0; i < (options.quick ? 2 : 5); i++) {
    const server = await startParley();
    const cpuMs = cpuSinceStart(server.pid);
    await sleep(REST_MS);
    starts.push({ readyMs: server.readyMs, cpuMs, restMiB: memoryMiB(server.pid) });
    await stopProcess(server.child);
  }
  const middle = (key) => round(median(starts.map((start) => start[key])), 0);
  return { ready_ms: middle('readyMs'), cpu_ms: middle('cpuMs'), rest_mib: middle('restMiB'), raw: starts };
}
