#!/usr/bin/env node
// Starts the command line on a Node that can run it: the one pinned by package.json where this one is too old.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const REQUIRED = [24, 15];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const recent = major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);

if (recent) {
  process.setSourceMapsEnabled(true);
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  if (!existsSync(main)) {
    console.error('parley: not built yet. Run "npm run build" first ("npm start" does it for you).');
    process.exit(1);
  }
  await import(main);
} else {
  const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (!existsSync(pinned)) {
    console.error(
      `parley: needs Node ${REQUIRED.join('.')} or newer, this is ${process.versions.node}. Install it, or run "npm ci" here, which brings it.`,
    );
    process.exit(1);
  }
  const result = spawnSync(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(result.status ?? 1);
}
