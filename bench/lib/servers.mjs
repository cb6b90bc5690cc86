// The three servers of the bench: the mock upstream, the bare reference, and Parley with its default configuration.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLIENT_CORE, SERVER_CORE, startNode, untilReady } from './processes.mjs';

/** Also sent when the server asks for no key: the bench measures with authentication on. */
const API_KEY = 'parley-bench-key-0123456789abcdef';

/** Names of the models under which the mock's streams are configured in Parley; the names are what the mock does. */
export const MODELS = {
  one: 'mock-1-0-act',
  plainOne: 'mock-1-0',
  plain200: 'mock-200-0',
  slow: 'mock-200-200',
  flat200: 'mock-200-0-act',
  flat2000: 'mock-2000-0-act',
  flat8000: 'mock-8000-0-act',
  paced: 'mock-1000-40-act',
  brisk: 'mock-200-10-act',
  turn: 'mock-20-0-first20-act',
};

/** What one run of the bench has to itself: a folder for data, configuration and logs, and ports nobody else uses. */
export async function makeWorkspace() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const [mock, reference, parley] = await freePorts(3);
  const ports = { mock, reference, parley };
  return { folder, log: join(folder, 'servers.log'), ports, mockUrl: `http://127.0.0.1:${mock}`, starts: 0 };
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const referenceFile = (name) => fileURLToPath(new URL(`../reference/${name}`, import.meta.url));

export async function startMock(workspace) {
  const { ports, mockUrl, log } = workspace;
  const child = startNode(CLIENT_CORE, [referenceFile('mock-upstream.mjs'), '--port', String(ports.mock)], { log });
  await untilReady(child, `${mockUrl}/__stats`, { log });
  return child;
}

export async function startReference(workspace) {
  const { ports, mockUrl } = workspace;
  const url = `http://127.0.0.1:${ports.reference}`;
  const env = { PORT: String(ports.reference), UPSTREAM: `${mockUrl}/v1`, VARIANT: 'min' };
  const child = startNode(SERVER_CORE, [referenceFile('typed.mjs')], { env, log: workspace.log });
  await untilReady(child, url, { log: workspace.log });
  return { child, pid: child.pid, url, mockUrl, headers: [] };
}

function configText({ mockUrl, ports }, more) {
  const bases = { ...Object.fromEntries(Object.values(MODELS).map((name) => [name, `${mockUrl}/v1`])), ...more };
  const models = Object.entries(bases).map(
    ([name, base]) => `  ${name}: {name: ${name}, type: custom, api_base: "${base}", api_key: x}`,
  );
  const lines = [
    'models:',
    ...models,
    `default_model: ${MODELS.one}`,
    'evaluators: []',
    // The limits are on, with room for a load no single key has: what is measured is their cost.
    'limits: {requests_per_minute: 1000000000, running_runs_per_key: 100000, streams_per_key: 100000, active_runs: 100000, sockets_per_key: 100000}',
    `server: {port: ${ports.parley}}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Starts Parley on a data folder of its own. `models`: further ones, by name the base of their upstream. `readyMs`: from the start of the process to its first answer. */
export async function startParley(workspace, { root, profileDir, nodeArgs = [], models = {} }) {
  const url = `http://127.0.0.1:${workspace.ports.parley}`;
  const folder = join(workspace.folder, `parley-${workspace.starts++}`);
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'config.yaml');
  writeFileSync(config, configText(workspace, models));
  const profile =
    profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, '--cpu-prof-interval=500'];
  const command = [join(root, 'bin/parley.mjs'), 'serve', '--port', String(workspace.ports.parley), '--config', config];
  const args = [...nodeArgs, ...profile, ...command];
  const env = { PARLEY_DATA_DIR: join(folder, 'data'), PARLEY_API_KEYS: `bench:${API_KEY}` };
  const began = performance.now();
  const child = startNode(SERVER_CORE, args, { env, log: workspace.log });
  await untilReady(child, `${url}/`, { log: workspace.log });
  const readyMs = performance.now() - began;
  return {
    child,
    pid: child.pid,
    url,
    mockUrl: workspace.mockUrl,
    readyMs,
    headers: [`authorization: Bearer ${API_KEY}`],
  };
}
