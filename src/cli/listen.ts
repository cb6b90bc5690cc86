import type { AddressInfo } from 'node:net';
import type { LoadedConfig } from '../config/load-config.js';
import type { Models } from '../core/ports/models.js';
import { MODELS } from '../core/ports/tokens.js';
import { createApp } from '../create-app.js';
import { MetricsServer } from '../doors/metrics/metrics-server.js';
import { placingProblems } from '../plugins/place-problems.js';
import type { Registries } from '../plugins/registries.js';
import { unusableModels } from '../plugins/unusable-models.js';
import type { Logger } from '../telemetry/logger.js';
import { EXIT } from './exit-codes.js';

/** How often connections without a request are closed while the server ends, ms. */
const SWEEP_MS = 100;

/**
 * Opens the doors of a configuration that was found good, and stays until it is told to stop.
 *
 * @returns the exit code
 * @throws ConfigError, ParleyError like `createApp`; what the system says where an address cannot be listened on
 */
export async function listen(loaded: LoadedConfig, logger: Logger, registries: Registries): Promise<number> {
  const { config } = loaded;
  const app = await placingProblems(loaded, () => createApp(config, logger, registries));
  for (const warning of unusableModels(config, app.get<Models>(MODELS), loaded)) logger.warn(warning);
  try {
    await app.get(MetricsServer).listen();
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
  // A connection that was streaming when the server closed stays open for its keep-alive time, unless it is swept away.
  const sweep = setInterval(() => app.getHttpServer().closeIdleConnections(), SWEEP_MS);
  await app.close();
  clearInterval(sweep);
  return EXIT.ok;
}
