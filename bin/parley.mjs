#!/usr/bin/env node
// Starts the command line on a Node that can run it, and with a heap that suits a server: see YOUNG, HELPERS and OLD.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const REQUIRED = [24, 15];
// V8 would let the young generation grow to 3 × 16 MiB, and the old one to several times what is alive, and keep both.
// Measured with 200 conversations at once: 260 MiB instead of 390 at the peak, for no CPU lost. 4 instead of 8 MiB takes 7 MiB
// less and is collected so often that tokens wait for it.
const YOUNG = '--max-semi-space-size=8';
// V8 has four helper threads for its heap whatever there is to run them on: on one core they take turns with the thread that
// serves, and while the heap is collected every token waits for 10 ms. Measured: p99 3.0 instead of 4.5 ms.
const HELPERS = `--v8-pool-size=${Math.max(1, Math.min(4, availableParallelism() - 1))}`;
const OLD = '--heap-growing-percent=100';
// V8 takes no compiled code that was made under another OLD, as that which Node brings of its own modules: they come first.
const NEEDED = [
  'assert',
  'cluster',
  'crypto',
  'http',
  'http2',
  'https',
  'perf_hooks',
  'sqlite',
  'stream/web',
  'worker_threads',
  'zlib',
];

const self = fileURLToPath(import.meta.url);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const args = process.argv.slice(2);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const recent = major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);
const tuned = process.execArgv.includes(YOUNG) || process.env.PARLEY_TUNED === '1';

if (!recent) {
  if (!existsSync(pinned))
    fail(
      `needs Node ${REQUIRED.join('.')} or newer, this is ${process.versions.node}. Install it, or run "npm ci" here, which brings it.`,
    );
  const child = spawn(pinned, [HELPERS, YOUNG, self, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => child.once('exit', (exit) => resolve(exit ?? 1)));
  process.exit(code);
}
if (!existsSync(main)) fail('not built yet. Run "npm run build" first ("npm start" does it for you).');
if (!tuned && typeof process.execve === 'function') {
  // Takes the place of this process: same pid, so signals reach the server.
  const env = { ...process.env, PARLEY_TUNED: '1' };
  process.execve(
    process.execPath,
    [process.execPath, '--disable-warning=ExperimentalWarning', HELPERS, ...process.execArgv, YOUNG, self, ...args],
    env,
  );
}
for (const name of NEEDED) process.getBuiltinModule(name);
setFlagsFromString(OLD);
process.setSourceMapsEnabled(true);
await import(main);

function fail(reason) {
  console.error(`parley: ${reason}`);
  process.exit(1);
}
