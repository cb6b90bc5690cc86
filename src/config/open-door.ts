import { isLoopbackHost } from './address.js';
import type { ParleyConfig } from './parley-config.js';

type Door = Pick<ParleyConfig, 'auth' | 'azure' | 'server'>;

/**
 * Whether everybody is let in because no source of keys is configured. A source that has no key, or none yet, keeps the
 * door closed.
 */
export function isOpenDoor({ auth, azure }: Omit<Door, 'server'>): boolean {
  const has_vault = azure.api_key_secret_name !== undefined || azure.api_key_secret_prefix !== undefined;
  return auth.keys.length === 0 && auth.keys_file === undefined && !has_vault;
}

/** Whether the server is open, and to this machine only: then nobody's requests, runs and streams are counted. */
export function isUnlimited(config: Door): boolean {
  return isOpenDoor(config) && isLoopbackHost(config.server.host);
}
