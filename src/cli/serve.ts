import type { AddressInfo } from 'node:net';
import { loadConfig } from '../config/load-config.js';
import type { ParleyConfig } from '../config/parley-config.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { createApp } from '../create-app.js';
import { isLoopbackAddress } from '../doors/wire/loopback.js';
import { createLogger, type Logger } from '../telemetry/logger.js';
import { EXIT } from './exit-codes.js';
import { textFlags, type Flags } from './flags.js';

/** Starts the server and stays until it is told to stop. @returns the exit code */
export async function serve(flags: Flags): Promise<number> {
  const { config: path, host, port } = textFlags(flags);
  const { config, warnings } = loadConfig({ path, flags: { host, port } });
  const logger = createLogger({ level: flags['verbose'] === true ? 'debug' : config.logging.level });
  for (const warning of warnings) logger.warn(warning);
  checkOpenDoor(config);
  return run(config, logger);
}

async function run(config: ParleyConfig, logger: Logger): Promise<number> {
  const app = await createApp(config, logger);
  try {
    await app.listen(config.server.port, config.server.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const { address, port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}${config.server.base_path}`;
  process.stdout.write(`Parley listens on ${url}${config.docs.enabled ? ` (documentation: ${url}/docs)` : ''}\n`);
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
  logger.info({ signal }, 'shutting down');
  await app.close();
  return EXIT.ok;
}

/** Without keys everybody who reaches the server may use it: only on this machine, unless that is asked for. */
function checkOpenDoor(config: ParleyConfig): void {
  if (config.auth.keys.length > 0) return;
  if (isLoopbackAddress(config.server.host)) {
    process.stdout.write('No API keys are configured: everybody on this machine may use the server.\n');
    return;
  }
  if (config.auth.allow_anonymous) return;
  const detail =
    `without API keys the server starts on a loopback address only, not on ${config.server.host}: set PARLEY_API_KEYS ` +
    '(name:key,…) or auth.keys, or PARLEY_ALLOW_ANONYMOUS=1 (auth.allow_anonymous: true) to let everybody in';
  throw new ParleyError('config_invalid', detail);
}
