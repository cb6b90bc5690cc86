import { resolve } from 'node:path';
import type { ParleyConfig } from '../parley-config.js';
import { plainCopy } from '../schema/plain-value.js';
import { nodeAt } from '../yaml/config-node.js';
import { resolveAuth, resolveAzure } from './resolve-auth.js';
import {
  checkModelNames,
  resolveAgents,
  resolveEvaluators,
  resolveMcpServers,
  resolvePlugins,
} from './resolve-lists.js';
import { resolveModels } from './resolve-models.js';
import { resolveLimits, resolveLogging, resolveMetrics, resolveServer, resolveStorage } from './resolve-sections.js';
import type { Resolution } from './resolution.js';

/** What no file says: given by variables and flags only. */
export interface OutsideSettings {
  /** As given, relative to the working folder. */
  readonly data_dir: string;
  readonly plugins: readonly { readonly name: string; readonly plugins: readonly string[] }[];
}

/** Turns checked sections into the effective configuration. Problems go to the resolution's list; the answer is then of no use. */
export function resolveConfig(resolution: Resolution, outside: OutsideSettings): ParleyConfig {
  const { root, tree, cwd } = resolution;
  const has_plugins = [root, ...outside.plugins].some(({ plugins }) => plugins.length > 0);
  const { models, environment_model } = resolveModels(resolution, has_plugins);
  const written = nodeAt(tree, ['models']);
  const names = new Set([
    ...models.map(({ name }) => name),
    ...(written?.kind === 'map' ? written.entries.keys() : []),
  ]);
  checkModelNames(resolution, names);
  return {
    server: resolveServer(resolution),
    auth: resolveAuth(resolution),
    azure: resolveAzure(resolution),
    models,
    default_model: root.default_model ?? models[0]?.name ?? '',
    ...(environment_model === undefined ? {} : { environment_model }),
    agents: resolveAgents(resolution),
    evaluators: resolveEvaluators(resolution),
    system_prompts: root.system_prompts,
    mcp_servers: resolveMcpServers(resolution),
    plugins: resolvePlugins(resolution, outside.plugins),
    max_turns: root.max_turns,
    action_order: root.action_order,
    speaking_order: root.speaking_order,
    available_action_types: root.available_action_types,
    storage: resolveStorage(resolution),
    limits: resolveLimits(resolution),
    logging: resolveLogging(resolution),
    metrics: resolveMetrics(resolution),
    docs: plainCopy(root.docs),
    data_dir: resolve(cwd, outside.data_dir),
    models_dir: resolve(cwd, root.models_dir),
    improvement_passes: root.improvement_passes,
  };
}
