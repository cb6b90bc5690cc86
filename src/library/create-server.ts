import { loadConfig } from '../config/load-config.js';
import type { ParleyConfig } from '../config/parley-config.js';
import { createApp } from '../create-app.js';
import type { RegisterPlugin } from '../plugins/plugin-api.js';
import { placingProblems } from '../plugins/place-problems.js';
import { prepareRegistries } from '../plugins/prepare-registries.js';
import { unknownTools } from '../plugins/unknown-tools.js';
import { createLogger } from '../telemetry/logger.js';
import { EmbeddedServer } from './embedded-server.js';
import type { ParleyServer } from './parley-server.js';
import type { PluginManager } from './plugin-manager.js';
import { WorkflowProvider } from './workflow-provider.js';

/** How a server inside a program is made. What is not given is as on the command line. */
export interface ServerOptions {
  /** A file, or a folder of `*.yaml`; missing: `PARLEY_CONFIG`, then `config/parley.yaml`. */
  readonly config?: string;
  /** Missing: the variables of this process above those of `.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Working folder. Missing: that of this process. */
  readonly cwd?: string;
  readonly host?: string;
  /** 0: any free one. */
  readonly port?: number;
  /** Folder for everything that is kept. */
  readonly dataDir?: string;
  /** `memory`: nothing is kept. */
  readonly storage?: 'sqlite' | 'memory';
  /** Default: `warn`. */
  readonly logLevel?: string;
  /** Beside those of the configuration: modules as there, or functions that register. */
  readonly plugins?: readonly (string | RegisterPlugin)[];
  /** Its evaluator types can be named in the configuration. */
  readonly pluginManager?: PluginManager;
}

/**
 * Makes a server: everything is there but the HTTP doors, which `listen()` opens.
 *
 * @throws ConfigError with everything that is wrong with the configuration and its plugins
 * @example
 * await using server = await createServer({ config: 'config/parley.yaml' });
 * const log = await server.runConversation({ agent_configs: [{ name: 'Alice' }, { name: 'Bob' }], scenario: 'A friendly talk' });
 * console.log(log.reasoning);
 */
export async function createServer(options: ServerOptions = {}): Promise<ParleyServer> {
  const { plugins = [], pluginManager, host, port, dataDir, logLevel = 'warn' } = options;
  const loaded = loadConfig({
    path: options.config,
    env: options.env,
    cwd: options.cwd,
    flags: { host, port, data_dir: dataDir, log_level: logLevel },
    plugins: plugins.filter((plugin) => typeof plugin === 'string'),
  });
  const config = withStorage(loaded.config, options.storage);
  const logger = createLogger(config.logging);
  for (const warning of loaded.warnings) logger.warn(warning);
  const registries = await prepareRegistries(
    { ...loaded, config },
    {
      registries: {
        workflow: WorkflowProvider.registry(),
        ...(pluginManager === undefined ? {} : { evaluators: pluginManager.registry }),
      },
      plugins: plugins.filter((plugin) => typeof plugin === 'function'),
    },
  );
  for (const warning of unknownTools(config, registries, loaded)) logger.warn(warning);
  const app = await placingProblems(loaded, () => createApp(config, logger, registries));
  await app.init();
  return new EmbeddedServer(app, config);
}

function withStorage(config: ParleyConfig, type: ServerOptions['storage']): ParleyConfig {
  if (type === undefined) return config;
  const changes = { storage: { ...config.storage, type } } satisfies Partial<ParleyConfig>;
  return Object.assign(Object.create(null) as ParleyConfig, config, changes);
}
