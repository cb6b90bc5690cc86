// What Linux knows of a process: CPU in nanoseconds per thread, memory in KiB.
import { readdirSync, readFileSync } from 'node:fs';

/** CPU of every thread of a process so far: `{name, ns}` by thread id. A thread that ended is not in it any more. */
function threads(pid) {
  const found = new Map();
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    try {
      const ns = Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]);
      found.set(id, { name: readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim(), ns });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** Starts counting; the returned function gives the CPU since then, ms: `{total, byThread}`. */
export function countCpu(pid) {
  const before = threads(pid);
  return () => {
    const byThread = {};
    let total = 0;
    for (const [id, { name, ns }] of threads(pid)) {
      const ms = (ns - (before.get(id)?.ns ?? 0)) / 1e6;
      byThread[name] = (byThread[name] ?? 0) + ms;
      total += ms;
    }
    return { total, byThread };
  };
}

/** CPU since the process began, ms. */
export function cpuSinceStart(pid) {
  let ns = 0;
  for (const thread of threads(pid).values()) ns += thread.ns;
  return ns / 1e6;
}

function statusKiB(pid, field) {
  const line = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN);
}

/** Memory in use now, MiB. */
export function memoryMiB(pid) {
  return statusKiB(pid, 'VmRSS') / 1024;
}

/** The most memory it ever had in use, MiB. */
export function peakMemoryMiB(pid) {
  return statusKiB(pid, 'VmHWM') / 1024;
}
