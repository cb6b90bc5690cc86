import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that takes a port of this machine and answers nothing. 0: any free one. */
export async function occupy(port = 0): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Where Linux takes ports from for whoever asks for any: connections of other tests, above all. */
const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';
const LOWEST = 12_000;
/** Where the range of others begins, or earlier. */
const USUAL_END = 32_768;

/** A port that was free a moment ago, and that is given to nobody who does not ask for it by its number. */
export async function freePort(): Promise<number> {
  const end = existsSync(RANGE) ? Number.parseInt(readFileSync(RANGE, 'utf8'), 10) : USUAL_END;
  for (;;) {
    const server = await occupy(LOWEST + Math.floor(Math.random() * (end - LOWEST))).catch(() => undefined);
    if (server === undefined) continue;
    const port = portOf(server);
    await new Promise((resolve) => {
      server.close(resolve);
    });
    return port;
  }
}
