import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { WebSocket } from 'ws';
import { api, settled } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { SocketIoClient } from '../support/socketio-client.js';
import { CanonicalReader } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';
import { rawSocket, WsClient, wsFrame } from '../support/ws-client.js';

type Json = Record<string, unknown>;

const KIB = 1024;
const ANSWER = 6 * KIB * KIB;
/** What the operating system keeps for a socket is less than all of them together. */
const CHATS = 4;
const STALLED = 24;

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  const piece = 'some words and more of them, '.repeat(36).slice(0, KIB);
  const text = Array.from({ length: ANSWER / KIB }, () => piece);
  upstream.script(
    'big',
    [...Array(CHATS + 1)].map(() => ({ text })),
  );
  server = await startServer({ config: configFor(upstream.url, ['big']) });
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

/** KiB. */
function resident(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]);
}

/** Begins a chat that goes on by itself, and leaves it. */
async function begin(): Promise<string> {
  const client = await WsClient.open(server.url, '/ws');
  client.send({ type: 'chat', data: { message: 'Tell me all', reset_history: true } });
  const first = await client.next();
  client.ws.terminate();
  return String((first['data'] as Json)['conversation_id']);
}

/** The WebSocket under a Socket.IO client. */
function underlying(client: SocketIoClient): WebSocket {
  const { transport } = client.socket.io.engine as unknown as { transport: { ws: WebSocket } };
  return transport.ws;
}

describe('readers that take nothing', () => {
  it('cost little, whatever they asked for, and get all of it when they read on', async () => {
    await settled(server.url, await begin());
    const before = resident();
    const ids = await Promise.all(Array.from({ length: CHATS }, begin));
    const raw = await Promise.all(
      Array.from({ length: STALLED }, async (_value, index) => {
        const isRaw = index % 2 === 0;
        const socket = await rawSocket(server.url, isRaw ? '/ws' : '/socket.io/?EIO=4&transport=websocket');
        socket.pause();
        if (!isRaw) socket.write(wsFrame('40'));
        for (const conversation_id of ids) {
          const data = { conversation_id, after: 0 };
          socket.write(
            wsFrame(isRaw ? JSON.stringify({ type: 'resume', data }) : `42["join",${JSON.stringify(data)}]`),
          );
        }
        return socket;
      }),
    );
    const ws = await WsClient.open(server.url, '/ws');
    for (const conversation_id of ids) ws.send({ type: 'resume', data: { conversation_id } });
    ws.ws.pause();
    const io = await SocketIoClient.connect(server.url);
    for (const conversation_id of ids) await io.ask('join', { conversation_id });
    underlying(io).pause();
    for (const id of ids) expect((await settled(server.url, id))['status']).toBe('completed');
    const grown = (resident() - before) / KIB;
    // Without bounds each of them would keep 24 MiB, and more than 800 MiB were measured.
    expect(grown).toBeLessThan(350);

    ws.ws.resume();
    for (let complete = 0; complete < CHATS; complete++) await ws.next((frame) => frame['type'] === 'chat_complete');
    for (const id of ids) {
      const own = ws.frames.map((frame) => frame['data'] as Json).filter((data) => data['conversation_id'] === id);
      const text = own.map((data) => (data['event_type'] === 'chat_chunk' ? data['content'] : '')).join('');
      expect(text.length).toBe(ANSWER);
      expect(own.at(-1)?.['final_response'] === text).toBe(true);
    }
    underlying(io).resume();
    for (let ended = 0; ended < CHATS; ended++) await io.next('event', (event) => event['type'] === 'run_end');
    for (const id of ids) {
      const reader = new CanonicalReader();
      const events = io.events(id);
      reader.take(events.map((event) => ({ id: String(event['cursor']), data: JSON.stringify(event) })));
      expect([...reader.texts.values()].map((text) => text.length)).toEqual([ANSWER]);
    }
    for (const socket of raw) socket.destroy();
    ws.ws.terminate();
    io.close();
    expect((await api(`${server.url}/health`)).status).toBe(200);
  }, 120_000);
});
