import { isOpenDoor } from './config/open-door.js';
import type { ParleyConfig } from './config/parley-config.js';
import { ParleyError } from './core/kernel/parley-error.js';
import { isLoopbackAddress } from './doors/wire/loopback.js';

/**
 * Without keys everybody who reaches the server may use it: only on this machine, unless that is asked for.
 *
 * @returns whether the server is open to everybody on this machine
 * @throws ParleyError `config_invalid` when it would be open beyond it
 */
export function checkOpenDoor(config: ParleyConfig): boolean {
  if (!isOpenDoor(config)) return false;
  if (isLoopbackAddress(config.server.host)) return true;
  if (config.auth.allow_anonymous) return false;
  const detail =
    `without API keys the server starts on a loopback address only, not on ${config.server.host}: set PARLEY_API_KEYS ` +
    '(name:key,…) or auth.keys, or PARLEY_ALLOW_ANONYMOUS=1 (auth.allow_anonymous: true) to let everybody in';
  throw new ParleyError('config_invalid', detail, { problems: [{ pointer: '/server/host', message: detail }] });
}
