import { afterAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { api, until } from '../support/api.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

/** What a container gives the image: a root that cannot be written, one volume, a user without rights. */
const IN_A_BOX = `
set -e
mount --make-rprivate /
mount --bind / /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/data
chown 65532:65532 /mnt/data
mount -o remount,ro,bind /
cd ${ROOT}
exec setpriv --reuid 65532 --regid 65532 --clear-groups --bounding-set -all --no-new-privs ${process.execPath} bin/parley.mjs "$@"
`;
const canBox = spawnSync('unshare', ['-m', 'true']).status === 0 && spawnSync('setpriv', ['--version']).status === 0;
const boxed = canBox ? it : it.skip;
if (!canBox) process.stderr.write('container.e2e-spec: skipped the read-only root (needs root, unshare and setpriv)\n');

const children: ReturnType<typeof spawn>[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function serveInABox(): Promise<void> {
  const env = {
    HOST: '0.0.0.0',
    PORT: '0',
    PARLEY_DATA_DIR: '/mnt/data',
    PARLEY_API_KEYS: 'team:key-of-team',
    HOME: '/nonexistent',
  };
  const child = spawn('unshare', ['-m', 'bash', '-c', IN_A_BOX, 'box', 'serve'], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  children.push(child);
  let output = '';
  const port = await new Promise<string>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /Parley listens on http:\/\/0\.0\.0\.0:(\d+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
  const url = `http://127.0.0.1:${port}`;
  const headers = { 'x-api-key': 'key-of-team', prefer: 'wait=20' };
  const answer = await api(`${url}/conversations`, 'POST', { agent_configs: [{ name: 'A' }], max_turns: 1 }, headers);
  expect(answer.body).toMatchObject({ status: 'completed' });
  const checkHealth = (): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [join(ROOT, 'bin/parley.mjs'), 'check-health'], {
      env: { PATH: process.env['PATH'] ?? '', ...env, PORT: port },
      cwd: '/',
    });
  const health = await until(checkHealth, ({ status }) => status === 0);
  expect([health.status, health.stdout.toString()]).toEqual([0, expect.stringContaining('is ready')]);
  const gone = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGTERM');
  expect(await gone).toBe(0);
}

describe('the container', () => {
  boxed('serves with a read-only root, as a user without rights, and checks its own health', serveInABox, 60_000);

  it('is built in stages, runs as nobody, and copies what is there', () => {
    const stages = DOCKERFILE.split(/^FROM /m).slice(1);
    expect(stages.length).toBeGreaterThan(1);
    const last = stages.at(-1) ?? '';
    expect(last).toMatch(/^USER (?!0|root)\d+:\d+$/m);
    expect(last).toMatch(/^HEALTHCHECK .*check-health/m);
    expect(last).toMatch(/^ENTRYPOINT \["node", "bin\/parley\.mjs"\]$/m);
    expect(DOCKERFILE).not.toMatch(/^ADD |curl |wget |^(?:ENV|ARG) .*KEY/im);
    const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
    expect(copied.filter((path) => !path.includes('*') && !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
