import { readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What the kernel of Linux knows of connections (proc(5), `/proc/net/tcp`). */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** How often it is looked at, ms. */
const LOOK_MS = 10_000;
/** What was sent again so often without an answer is no small trouble of the network: more than a second, as TCP counts. */
const MANY = 3;
/** A row of an established connection: local port, remote port, how often the same was sent again, inode. */
const ROW = /^ *\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:([\dA-F]{4}) 01 \S+ \S+ 0*([1-9A-F][\dA-F]*) +\d+ +\d+ (\d+) /gm;

/** A connection whose peer does not say that it got what was sent. */
export interface Unheard {
  readonly remote_port: number;
  /** How often the same was sent again. */
  readonly times: number;
  readonly inode: string;
}

/** Connections of a local port that wait for their peers to say that anything came. */
export function unheardPeers(table: string, port: number): Unheard[] {
  const rows: Unheard[] = [];
  for (const [, local = '', remote = '', times = '', inode = ''] of table.matchAll(ROW)) {
    if (Number.parseInt(local, 16) !== port) continue;
    rows.push({ remote_port: Number.parseInt(remote, 16), times: Number.parseInt(times, 16), inode });
  }
  return rows;
}

/**
 * Closes connections whose peers are gone without a word, and that nobody asks for a sign of life: who reads an event stream
 * says nothing. What is written to them is not confirmed, and TCP alone would try for a quarter of an hour. Two looks in a
 * row must find it so: with the heartbeats of a stream that takes less than 40 s. Only Linux says so; elsewhere nothing
 * is done.
 */
export function closeUnheard(server: Server, sockets: ReadonlySet<Socket>): void {
  let before: ReadonlyMap<string, number> = new Map();
  const look = async (port: number): Promise<void> => {
    const tables = await Promise.all(TABLES.map((path) => readFile(path, 'latin1')));
    const now = new Map<string, number>();
    for (const { remote_port, times, inode } of tables.flatMap((table) => unheardPeers(table, port))) {
      if (times < MANY) continue;
      now.set(inode, times);
      if (times < (before.get(inode) ?? Infinity)) continue;
      for (const socket of sockets)
        if (socket.remotePort === remote_port && inodeOf(socket) === inode) socket.destroy();
    }
    before = now;
  };
  server.once('listening', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') return;
    const timer = setInterval(() => {
      if (sockets.size > 0) look(address.port).catch(() => clearInterval(timer));
    }, LOOK_MS).unref();
    server.once('close', () => clearInterval(timer));
  });
}

function inodeOf(socket: Socket): string | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd !== 'number' || fd < 0) return undefined;
  return /\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0];
}
