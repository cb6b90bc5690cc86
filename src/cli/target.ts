import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { lookUp, readEnvironment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';
import type { ParleyConfig } from '../config/parley-config.js';
import { placingProblems } from '../plugins/place-problems.js';
import { prepareRegistries } from '../plugins/prepare-registries.js';
import { createLogger } from '../telemetry/logger.js';
import { pluginFlags, textFlags, type Flags } from './flags.js';
import { ServerClient } from './server-client.js';

/** A server to talk to: one that runs somewhere, or one of this process that keeps nothing. */
export interface Target {
  readonly client: ServerClient;
  close(): Promise<void>;
}

/** The server at `--url`, with the key of `--key` or `PARLEY_API_KEY`; without `--url` one of this process. */
export async function openTarget(flags: Flags): Promise<Target> {
  const { url, key } = textFlags(flags);
  if (url === undefined) return openOwn(flags);
  const given = key ?? lookUp(readEnvironment(process.cwd()), 'PARLEY_API_KEY');
  return { client: new ServerClient(url, given), close: async () => undefined };
}

/** On a free port of this machine, with a key that nobody else knows. */
async function openOwn(flags: Flags): Promise<Target> {
  const loaded = loadConfig({ path: textFlags(flags).config, plugins: pluginFlags(flags) });
  const key = randomBytes(24).toString('hex');
  const config = privately(loaded.config, key);
  const { contents: _contents, ...logging } = config.logging;
  const logger = createLogger({ ...logging, level: 'error' });
  const registries = await prepareRegistries({ ...loaded, config });
  const { createApp } = await import('../create-app.js');
  const app = await placingProblems(loaded, () => createApp(config, logger, registries));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { client: new ServerClient(`http://127.0.0.1:${port}`, key), close: () => app.close() };
}

function vaultOf({ azure: { key_vault_url, refresh_seconds } }: ParleyConfig): ParleyConfig['azure'] {
  return key_vault_url === undefined ? { refresh_seconds } : { key_vault_url, refresh_seconds };
}

function privately(config: ParleyConfig, key: string): ParleyConfig {
  const changes: Partial<ParleyConfig> = {
    server: { ...config.server, host: '127.0.0.1', port: 0, base_path: '' },
    auth: { keys: [{ name: 'terminal', key }], allow_anonymous: false, allow_query_key: false },
    // Of the vault only keys of models: nobody else has one for this server.
    azure: vaultOf(config),
    storage: { type: 'memory' },
    metrics: { port: 0, port_given: false, on_main_port: false },
    docs: { enabled: false },
  };
  return Object.assign(Object.create(null) as ParleyConfig, config, changes);
}
