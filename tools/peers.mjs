// Installs peers: the packages that some suites meet Parley with, apart from the project's own install. Does nothing
// when they are there. Without a registry it says so and ends well: the suites that need them then say what is missing,
// and fail in CI only.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('../peers/', import.meta.url);
const installed = new URL('node_modules/.package-lock.json', folder);

/** Whether each direct dependency is installed in the version that is asked for. */
function isInstalled() {
  if (!existsSync(installed)) return false;
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const { packages } = JSON.parse(readFileSync(installed, 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => packages[`node_modules/${name}`]?.version === version);
}

if (!isInstalled()) {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) console.warn('peers could not be installed: the suites that need it will say so');
}
