import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { KEY } from '../doors/door-config.js';
import { begin, doorNamed } from '../doors/all-doors.js';
import { World } from '../doors/world.js';
import { stopAllServers } from '../server.js';
import { metricsOf } from './metrics.js';

/**
 * A network that goes away under streams that say nothing, for whoever may do that: to be run in a network of its own
 * (`unshare -rn`). Prints how long it took until the server had found out, ms.
 */

/** Where the server is, and the clients, until that is nowhere any more. */
const SERVER = '10.77.1.1';
const CLIENTS = '10.77.0.1';
const BUSY = 'text:100000:20';
const GIVE_UP_MS = 90_000;

const ip = (...args: readonly string[]): unknown => execFileSync('ip', args);

/** Resolves when the answer has begun. */
function ask(url: string, path: string, body?: object): Promise<void> {
  const { host, port } = new URL(url);
  const socket = connect({ host: SERVER, port: Number(port), localAddress: CLIENTS });
  const json = body === undefined ? '' : JSON.stringify(body);
  const fields = [
    `Host: ${host}`,
    `X-API-Key: ${KEY}`,
    'Content-Type: application/json',
    `Content-Length: ${json.length}`,
  ];
  socket.write(`${[`${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`, ...fields, '', ''].join('\r\n')}${json}`);
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('data', () => resolve());
  });
}

/** What leads nowhere: whoever sends something there is not told. */
const NOWHERE = 'nowhere0';

ip('link', 'set', 'lo', 'up');
ip('link', 'add', NOWHERE, 'type', 'veth', 'peer', 'name', 'nowhere1');
ip('link', 'set', 'nowhere1', 'up');
ip('link', 'set', NOWHERE, 'up');
ip('addr', 'add', SERVER, 'dev', NOWHERE);
ip('addr', 'add', CLIENTS, 'dev', 'lo');
const world = await World.start([BUSY], 'metrics: {on_main_port: true}\nserver: {host: 0.0.0.0}\n');
const { url } = world.server;
const quiet = await begin(doorNamed('chat'), world.target, { message: world.runs.begin().message });
await quiet.until((stream) => stream.text() !== '');
const { conversation_id } = quiet;
quiet.drop();
const chat = { reset_history: true, on_disconnect: 'cancel' };
// Heartbeats only; text all the time; an answer that nothing is written of.
await ask(url, `/conversations/${conversation_id}/events?after=1`);
await ask(url, '/chat/stream', { ...chat, message: 'Hello', model: BUSY, user: 'busy' });
const whole = { ...chat, message: world.runs.begin().message, model: 'm', user: 'whole' };
ask(url, '/chat', whole).catch(() => undefined);
await world.upstream.until((upstream) => upstream.calls('m').some(({ raw }) => raw.includes(whole.message)));

const since = performance.now();
const found: Record<string, number> = {};
ip('addr', 'del', `${CLIENTS}/32`, 'dev', 'lo');
ip('neigh', 'add', CLIENTS, 'lladdr', '02:00:00:00:00:01', 'dev', NOWHERE);
ip('route', 'add', CLIENTS, 'dev', NOWHERE, 'src', SERVER);
const note = (what: string): void => {
  found[what] ??= Math.round(performance.now() - since);
};
while (Object.keys(found).length < 3 && performance.now() - since < GIVE_UP_MS) {
  await new Promise((resolve) => setTimeout(resolve, 250));
  if (world.upstream.open(BUSY) === 0) note('text');
  if (world.upstream.calls('m').some(({ raw, end }) => raw.includes(whole.message) && end !== undefined)) note('whole');
  if ((await metricsOf(world.target))['parley_watchers'] === 0) note('all');
}
await stopAllServers();
process.stdout.write(`${JSON.stringify(found)}\n`);
process.exit(0);
