import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address to listen on is reached from this machine only. */
export function isLoopbackAddress(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (bare === 'localhost') return true;
  const family = isIP(bare);
  return family !== 0 && LOOPBACK.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/** The last header that named this machine: the next request is likely to have the same. */
let lastRight: string | undefined;

/** Whether a `Host` header names this machine: else a web page may have been made to point here (DNS rebinding). */
export function isLoopbackHost(header: string | undefined): boolean {
  if (header === undefined) return false;
  if (header === lastRight) return true;
  const isRight = namesLoopback(header);
  if (isRight) lastRight = header;
  return isRight;
}

function namesLoopback(header: string): boolean {
  const host = /^(\[[^\]]+\]|[^:]+)(:\d{1,5})?$/.exec(header.trim())?.[1];
  return host !== undefined && isLoopbackAddress(host.toLowerCase());
}
