import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { loadConfig } from '../config/load-config.js';
import type { ParleyConfig } from '../config/parley-config.js';
import type { Models } from '../core/ports/models.js';
import { MODELS } from '../core/ports/tokens.js';
import { createApp } from '../create-app.js';
import { MetricsServer } from '../doors/metrics/metrics-server.js';
import { checkOpenDoor } from '../open-door.js';
import { prepareRegistries } from '../plugins/prepare-registries.js';
import { placingProblems } from '../plugins/place-problems.js';
import { unusableModels } from '../plugins/unusable-models.js';
import { createLogger, type Logger } from '../telemetry/logger.js';
import { EXIT } from './exit-codes.js';
import { pluginFlags, textFlags, type Flags } from './flags.js';

/** How often connections without a request are closed while the server ends, ms. */
const SWEEP_MS = 100;

/** Starts the server and stays until it is told to stop. @returns the exit code */
export async function serve(flags: Flags): Promise<number> {
  const { config: path, host, port } = textFlags(flags);
  const loaded = loadConfig({ path, flags: { host, port }, plugins: pluginFlags(flags) });
  const { config, warnings } = loaded;
  const logger = createLogger({ ...config.logging, ...(flags['verbose'] === true ? { level: 'debug' } : {}) });
  for (const warning of warnings) logger.warn(warning);
  if (checkOpenDoor(config))
    process.stdout.write('No API keys are configured: everybody on this machine may use the server.\n');
  const registries = await prepareRegistries(loaded);
  const app = await placingProblems(loaded, () => createApp(config, logger, registries));
  for (const warning of unusableModels(config, app.get<Models>(MODELS), loaded)) logger.warn(warning);
  return run(app, config, logger);
}

async function run(app: NestExpressApplication, config: ParleyConfig, logger: Logger): Promise<number> {
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
