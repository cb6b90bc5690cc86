import { loadConfig } from '../config/load-config.js';
import { checkOpenDoor } from '../open-door.js';
import { prepareRegistries } from '../plugins/prepare-registries.js';
import { unknownTools } from '../plugins/unknown-tools.js';
import { createLogger } from '../telemetry/logger.js';
import { pluginFlags, textFlags, type Flags } from './flags.js';

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
  for (const warning of unknownTools(config, registries, loaded)) logger.warn(warning);
  // All the doors, most of what a start takes: what is wrong with a configuration is said before they are loaded.
  const { listen } = await import('./listen.js');
  return listen(loaded, logger, registries);
}
