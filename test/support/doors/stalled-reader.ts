import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { rawSocket, wsFrame } from '../ws-client.js';
import type { Place, Target } from './door.js';

/** Doors whose readers are made by hand here. */
export const STALLED_DOORS = ['events', 'ws', 'socketio'] as const;

/** A reader that asks for a run and then takes nothing more of it from the network. */
export async function stalledReader(
  door: (typeof STALLED_DOORS)[number],
  { server, key }: Target,
  { conversation_id, run_id }: Place,
): Promise<Socket> {
  const auth = `X-API-Key: ${key}`;
  if (door === 'events') {
    const { hostname, port, host } = new URL(server.url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    const path = `/conversations/${conversation_id}/events?run_id=${run_id}`;
    socket.write([`GET ${path} HTTP/1.1`, `Host: ${host}`, auth, '', ''].join('\r\n'));
    await begun(socket, 'HTTP/1.1 200');
    return socket;
  }
  if (door === 'ws') {
    const socket = await rawSocket(server.url, '/ws', [auth]);
    socket.write(wsFrame(JSON.stringify({ type: 'resume', data: { conversation_id, run_id } })));
    socket.write(wsFrame(JSON.stringify({ type: 'ping' })));
    await begun(socket, '');
    return socket;
  }
  const socket = await rawSocket(server.url, '/socket.io/?EIO=4&transport=websocket', [auth]);
  socket.write(wsFrame('40'));
  await begun(socket, '40{"sid"');
  socket.write(wsFrame(`420["join",${JSON.stringify({ conversation_id, run_id })}]`));
  await begun(socket, '430[{"ok":true');
  return socket;
}

/** Resolves once an answer has come; nothing is read after that. */
function begun(socket: Socket, answer: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const gone = (): void => reject(new Error(`closed after ${text.slice(0, 200)}`));
    const look = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (!text.includes(answer)) return;
      socket.off('data', look);
      socket.off('close', gone);
      socket.pause();
      resolve();
    };
    socket.on('data', look).resume();
    socket.once('close', gone);
  });
}

/** Memory of a process that is in use now, MiB. */
export function memoryOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(line) / 1024;
}
