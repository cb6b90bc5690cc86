import { fileURLToPath } from 'node:url';
import { ConfigError } from '../config/config-error.js';
import type { LoadedConfig } from '../config/load-config.js';
import type { ParleyConfig } from '../config/parley-config.js';
import { judgeTypes } from './judge-types.js';
import { loadPlugins } from './load-plugins.js';
import type { RegisterPlugin } from './plugin-api.js';
import { findSdk } from '../tools/mcp/sdk.js';
import { createRegistries, type Registries } from './registries.js';

/** A configuration with what is known of its file, if there is one. */
export type Configured = { readonly config: ParleyConfig } & Partial<Pick<LoadedConfig, 'folder' | 'locate'>>;

export interface PrepareOptions {
  /** Registries that a program filled beforehand. */
  readonly registries?: Partial<Registries>;
  /** Plugins of the program itself, after those of the configuration. */
  readonly plugins?: readonly RegisterPlugin[];
}

/**
 * Loads the plugins of a configuration, then judges the names in it that plugins may have brought.
 *
 * @throws ConfigError with everything that is wrong: the plugins that cannot be used, or, when all can, the names that nobody
 * registered, each with its place
 */
export async function prepareRegistries(configured: Configured, options: PrepareOptions = {}): Promise<Registries> {
  const { config, folder } = configured;
  const registries = createRegistries(options.registries);
  const here = fileURLToPath(new URL('.', import.meta.url));
  const folders = [...new Set([...(folder === undefined ? [] : [folder]), process.cwd(), here])];
  const problems = await loadPlugins([...config.plugins, ...(options.plugins ?? [])], registries, folders);
  // A plugin that failed leaves names unregistered: they would be blamed for it.
  if (problems.length > 0)
    throw new ConfigError(problems.map(({ plugin, message }) => `plugin ${JSON.stringify(plugin)}: ${message}`));
  const unknown = judgeTypes(config, registries, configured);
  if (unknown.length > 0) throw new ConfigError(unknown);
  return config.mcp_servers.length === 0
    ? registries
    : { ...registries, mcp_sdk: requireSdk(folders, configured.locate) };
}

function requireSdk(folders: readonly string[], locate: Configured['locate']): string {
  const place = findSdk(folders);
  if (typeof place !== 'string') return place.root;
  const at = locate === undefined ? '' : `${locate(['mcp_servers'])}: `;
  throw new ConfigError([`${at}mcp_servers: ${place}`]);
}
