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

/** Whether a `Host` header names this machine: else a web page may have been made to point here (DNS rebinding). */
export function isLoopbackHost(header: string | undefined): boolean {
  if (header === undefined) return false;
  const host = /^(\[[^\]]+\]|[^:]+)(:\d{1,5})?$/.exec(header.trim())?.[1];
  return host !== undefined && isLoopbackAddress(host.toLowerCase());
}
