// Child processes of the bench, each bound to a core: the mock upstream and the load on 0, the server alone on 1.
import { execFileSync, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export const CLIENT_CORE = 0;
export const SERVER_CORE = 1;

const running = new Set();

/** Binds this process, which is the load of a scenario, to the client's core. */
export function leaveServerCore() {
  execFileSync('taskset', ['-a', '-p', '-c', String(CLIENT_CORE), String(process.pid)]);
}

/** Starts `node ...args` on a core; its output goes to a file. */
export function startNode(core, args, { env = {}, log }) {
  const file = openSync(log, 'a');
  const child = spawn('taskset', ['-c', String(core), process.execPath, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', file, file],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Runs `node ...args` on the client's core to its end. Resolves with what it printed. */
export async function runNode(args) {
  const child = spawn('taskset', ['-c', String(CLIENT_CORE), process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  running.delete(child);
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
  return output;
}

/** Waits until a server answers at all; fails when the process ends first. */
export async function untilReady(child, url, { log, everyMs = 10 }) {
  for (let waited = 0; waited < 60_000; waited += everyMs) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}; see ${log}`);
    try {
      await fetch(url, { signal: AbortSignal.timeout(5_000) }).then((response) => response.arrayBuffer());
      if (child.exitCode === null) return;
    } catch {
      await sleep(everyMs);
    }
  }
  throw new Error(`no answer from ${url}; see ${log}`);
}

/** Ends a process that the bench started, politely first. */
export async function stopProcess(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}

/** Ends all that still runs. */
export async function stopAll() {
  await Promise.all([...running].map(stopProcess));
}
