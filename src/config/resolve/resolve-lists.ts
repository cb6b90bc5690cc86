import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentConfig, EvaluatorConfig, McpServerConfig } from '../parley-config.js';
import { plainCopy } from '../schema/plain-value.js';
import { isGiven } from '../yaml/config-node.js';
import { textsOf } from './resolve-models.js';
import { refuse, type Resolution } from './resolution.js';

/** What document 1 evaluates with when nothing is said. */
const USUAL_EVALUATORS: readonly EvaluatorConfig[] = [
  { name: 'rule_based', type: 'rule_based', enabled: true, config: { max_turn_number: 20, max_stale_turn: 2 } },
  { name: 'llm', type: 'llm', enabled: true, config: {} },
];

export function resolveAgents({ root }: Resolution): AgentConfig[] {
  return Object.entries(root.agents).map(([key, section]) => ({
    key,
    ...plainCopy(section),
    name: section.name ?? key,
  }));
}

/** Named by type; the second of a type is `llm_2`. */
export function resolveEvaluators({ root }: Resolution): readonly EvaluatorConfig[] {
  if (root.evaluators === undefined) return USUAL_EVALUATORS;
  const names = new Set<string>();
  return root.evaluators.map((section) => {
    let name = section.type;
    for (let count = 2; names.has(name); count++) name = `${section.type}_${count}`;
    names.add(name);
    return { name, ...plainCopy(section) };
  });
}

export function resolveMcpServers(resolution: Resolution): McpServerConfig[] {
  return Object.entries(resolution.root.mcp_servers).map(([name, section]) => {
    const path = ['mcp_servers', name];
    const { command, args, url } = section;
    const has = (key: string): boolean => isGiven(resolution.tree, [...path, key]);
    if (has('command') === has('url')) refuse(resolution, path, 'needs exactly one of command and url');
    if (!has('command') && (has('args') || has('env'))) refuse(resolution, path, 'args and env need a command');
    if (!has('url') && has('headers')) refuse(resolution, path, 'headers need a url');
    const env = textsOf(section.env);
    const headers = textsOf(section.headers);
    return {
      name,
      ...(command === undefined ? {} : { command }),
      ...(args === undefined ? {} : { args }),
      ...(env === undefined ? {} : { env }),
      ...(url === undefined ? {} : { url }),
      ...(headers === undefined ? {} : { headers }),
    };
  });
}

/** Modules named by the file, a variable or flags: files become absolute paths, packages stay names. */
export function resolvePlugins(
  resolution: Resolution,
  others: readonly { readonly name: string; readonly plugins: readonly string[] }[],
): string[] {
  const found: string[] = [];
  for (const [index, plugin] of resolution.root.plugins.entries()) {
    const path = locatePlugin(plugin, resolution.folder);
    if (path === undefined) refuse(resolution, ['plugins', index], 'there is no such file');
    else if (isAbsolute(path) && !isInside(path, resolution.folder))
      refuse(
        resolution,
        ['plugins', index],
        'must lie inside the folder of the configuration, also when links are followed',
      );
    else found.push(path);
  }
  for (const { name, plugins } of others) {
    for (const plugin of plugins) {
      const path = locatePlugin(plugin, resolution.cwd);
      if (path === undefined)
        resolution.problems.add({ name }, undefined, `there is no such file (got ${JSON.stringify(plugin)})`);
      else found.push(path);
    }
  }
  return [...new Set(found)];
}

/** @returns undefined for a file that does not exist */
function locatePlugin(plugin: string, folder: string): string | undefined {
  const is_url = plugin.startsWith('file:') && URL.canParse(plugin);
  if (!is_url && !/^\.{0,2}\//.test(plugin) && !isAbsolute(plugin)) return plugin;
  const path = resolve(folder, is_url ? fileUrlPath(plugin) : plugin);
  return existsSync(path) ? path : undefined;
}

/** Code that a file names comes from beside it; who may set variables and flags may run anything. */
function isInside(path: string, folder: string): boolean {
  const way = relative(realpathSync(folder), realpathSync(path));
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}

function fileUrlPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return '\0';
  }
}

/** Names of models that stand in the file must exist: `default_model`, of agents, of evaluators, of fallbacks. */
export function checkModelNames(resolution: Resolution, names: ReadonlySet<string>): void {
  const { root } = resolution;
  const known = `models: ${[...names].join(', ')}`;
  const check = (name: string | undefined, path: readonly (string | number)[]): void => {
    if (name !== undefined && !names.has(name)) refuse(resolution, path, 'there is no such model', known);
  };
  check(root.default_model, ['default_model']);
  for (const [key, agent] of Object.entries(root.agents)) check(agent.model, ['agents', key, 'model']);
  for (const evaluator of root.evaluators ?? []) check(evaluator.model, [...resolution.pathOf(evaluator), 'model']);
  for (const [name, model] of Object.entries(root.models)) {
    model.fallback_models.forEach((fallback, index) => {
      const path = ['models', name, 'fallback_models', index];
      check(fallback, path);
      if (fallback === name) refuse(resolution, path, 'a model cannot stand in for itself');
    });
  }
}
