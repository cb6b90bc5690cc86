import { readFileSync } from 'node:fs';

/** Milliseconds of a tick of the clock that Linux counts processor time by. */
const TICK_MS = 10;

/**
 * Processor time that a process took so far, ms: what else the machine does meanwhile does not count, as it would by the
 * clock.
 *
 * @param pid a server under test; absent: this process
 */
export function processorTime(pid?: number): number {
  if (pid === undefined) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  // proc(5): the name of the command, the second field, may hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
