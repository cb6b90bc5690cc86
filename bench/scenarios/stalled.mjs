import { createServer } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryMiB } from '../lib/process-stats.mjs';
import { stopProcess } from '../lib/processes.mjs';
import { round } from '../lib/statistics.mjs';

/** 64 KiB a second of each run: some 16,000 tokens, a hundred times what a model says. */
const PIECE = 16 * 1024;
const PIECE_MS = 250;
/** 4 MiB. */
const PIECES = 256;
/** Before the window: the server's code is compiled by then, on both sides of the comparison. */
const WARM_PIECES = 160;
const WARM_PIECE_MS = 25;
/** By then the sockets are full: the system takes 1 to 2 MiB for each, the server 256 KiB more. */
const FULL = 150;
/** Pieces before the end of the runs at which the window closes: ends of long messages are no matter of readers. */
const LAST = 4;
const TICK_MS = 10;
const DOORS = ['events', 'ws', 'socketio'];

/** An upstream that says 4 MiB in pieces once it is told to, some of it at once to warm up, or the time. */
export async function startTalker() {
  let go = Promise.withResolvers();
  const answer = async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { model } = JSON.parse(body);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const say = (content) =>
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
    say('Well: ');
    if (model === 'clock') {
      while (!response.destroyed) {
        say(`<${performance.now().toFixed(2)}>`);
        await sleep(TICK_MS);
      }
      return;
    }
    if (model === 'long') await go.promise;
    const [pieces, ms] = model === 'long' ? [PIECES, PIECE_MS] : [WARM_PIECES, WARM_PIECE_MS];
    await sleep(Math.random() * ms);
    for (let piece = 0; piece < pieces && !response.destroyed; piece++) {
      say('x'.repeat(PIECE));
      await sleep(ms);
    }
    response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    go: () => go.resolve(),
    hold: () => (go = Promise.withResolvers()),
    close: () => (server.closeAllConnections(), server.close()),
  };
}

/** Names of the talker's models, for the configuration. */
export const TALKER_MODELS = ['clock', 'long', 'warm'];

/**
 * Readers that ask for a run and take nothing more from the network, over three doors. What they cost in memory, and what
 * the delay of a healthy reader's tokens is with them and without: in all, and from when their sockets are full.
 */
export async function measureStalled({ start, talker, options }) {
  const readers = options.quick ? 100 : 1000;
  const runs = options.quick ? 4 : 20;
  const figures = [];
  // In turns: the machine has quiet minutes and others. One run of a minute has some sixty tokens beyond its p99, and a few
  // bursts of them decide where that is: all runs of a side are counted together.
  for (const count of options.quick ? [0, readers] : [0, readers, 0, readers, 0]) {
    const parley = await start();
    figures.push({ count, ...(await measure({ parley, talker, runs, readers: count })) });
    await stopProcess(parley.child);
  }
  const [without, with_] = [0, readers].map((count) => together(figures.filter((figure) => figure.count === count)));
  return { readers, runs, without, with: with_ };
}

function together(figures) {
  const mib = Math.max(...figures.map((figure) => figure.mib));
  const of = (part) => percentiles(figures.flatMap((figure) => figure.delays[part]));
  const each = figures.map(({ delays, mib: more }) => ({
    mib: more,
    all: percentiles(delays.all),
    full: percentiles(delays.full),
  }));
  return { mib, all: of('all'), full: of('full'), each };
}

/** On a fresh server: memory is the most that it has in use in the window, beyond what it had before the runs spoke. */
async function measure({ parley, talker, runs, readers }) {
  talker.hold();
  const healthy = await followClock(parley);
  const ids = await Promise.all(Array.from({ length: runs }, () => beginRun(parley, 'long')));
  const sockets = [];
  await warmUp(parley);
  for (let index = 0; index < readers; index++) {
    sockets.push(await stall(parley, DOORS[index % DOORS.length], ids[index % runs]));
  }
  await sleep(2_000);
  const before = memoryMiB(parley.pid);
  let most = 0;
  const sampling = setInterval(() => (most = Math.max(most, memoryMiB(parley.pid))), 100);
  talker.go();
  healthy.delays.length = 0;
  await sleep(FULL * PIECE_MS);
  const fullFrom = healthy.delays.length;
  await sleep((PIECES - FULL - LAST) * PIECE_MS);
  const delays = [...healthy.delays];
  await sleep((LAST + 2) * PIECE_MS + 3_000);
  clearInterval(sampling);
  healthy.close();
  for (const socket of sockets) socket.destroy();
  const mib = round(most - before, 0);
  return { mib, delays: { all: delays, full: delays.slice(fullFrom) } };
}

/** A run that readers on every door take as it comes, twice over. */
async function warmUp(parley) {
  for (let time = 0; time < 2; time++) {
    const ids = await beginRun(parley, 'warm');
    const sockets = [];
    for (const door of [...DOORS, ...DOORS]) sockets.push((await stall(parley, door, ids)).resume());
    await sleep(WARM_PIECES * WARM_PIECE_MS * 1.2);
    for (const socket of sockets) socket.destroy();
  }
}

function percentiles(delays) {
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (share) => round(sorted[Math.floor(sorted.length * share)], 2);
  return { p50_ms: at(0.5), p90_ms: at(0.9), p99_ms: at(0.99), tokens: sorted.length };
}

const headersOf = ({ headers }) =>
  Object.fromEntries(
    headers.map((header) => [header.slice(0, header.indexOf(':')), header.slice(header.indexOf(':') + 2)]),
  );

async function beginRun(parley, model) {
  const response = await fetch(`${parley.url}/chat/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(parley) },
    body: JSON.stringify({ message: 'hi', model, history: [], on_disconnect: 'continue' }),
  });
  const ids = { conversation_id: response.headers.get('x-conversation-id'), run_id: response.headers.get('x-run-id') };
  await response.body.cancel();
  return ids;
}

/** Follows a run whose tokens are the time, and keeps their delays, ms. */
async function followClock(parley) {
  const delays = [];
  const leave = new AbortController();
  const { conversation_id, run_id } = await beginRun(parley, 'clock');
  const response = await fetch(`${parley.url}/conversations/${conversation_id}/events?run_id=${run_id}`, {
    headers: headersOf(parley),
    signal: leave.signal,
  });
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      const now = performance.now();
      for (const [, sent] of decoder.decode(chunk, { stream: true }).matchAll(/<(\d+\.\d+)>/g)) delays.push(now - sent);
    }
  };
  read().catch(() => undefined);
  return { delays, close: () => leave.abort() };
}

/** Asks for a run over a door and reads nothing from then on. */
async function stall(parley, door, { conversation_id, run_id }) {
  const { hostname, port, host } = new URL(parley.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  const head = (path, more = []) =>
    socket.write([`GET ${path} HTTP/1.1`, `Host: ${host}`, ...parley.headers, ...more, '', ''].join('\r\n'));
  if (door === 'events') {
    head(`/conversations/${conversation_id}/events?run_id=${run_id}`);
    await answered(socket, 'HTTP/1.1 200');
    return socket;
  }
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ];
  head(door === 'ws' ? '/ws' : '/socket.io/?EIO=4&transport=websocket', upgrade);
  await answered(socket, 'HTTP/1.1 101');
  if (door === 'ws') {
    socket.write(frame(JSON.stringify({ type: 'resume', data: { conversation_id, run_id } })));
    socket.write(frame('{"type":"ping"}'));
    await answered(socket, '"');
    return socket;
  }
  socket.write(frame('40'));
  await answered(socket, '40{"sid"');
  socket.write(frame(`420["join",${JSON.stringify({ conversation_id, run_id })}]`));
  await answered(socket, '430[{"ok":true');
  return socket;
}

/** Resolves once an answer has come; nothing is read after that. */
function answered(socket, wanted) {
  return new Promise((resolve, reject) => {
    let text = '';
    const gone = () => reject(new Error(`closed after ${text.slice(0, 200)}`));
    const look = (chunk) => {
      text += chunk.toString('latin1');
      if (!text.includes(wanted)) return;
      socket.off('data', look).off('close', gone).pause();
      resolve();
    };
    socket.on('data', look).once('close', gone).resume();
  });
}

/** A text frame of RFC 6455; a mask of zeros leaves the payload as it is. */
function frame(text) {
  const bytes = Buffer.from(text);
  const length =
    bytes.length < 126
      ? Buffer.from([0x81, 0x80 | bytes.length])
      : Buffer.from([0x81, 0xfe, bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([length, Buffer.alloc(4), bytes]);
}
