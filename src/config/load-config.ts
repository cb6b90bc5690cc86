import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { lookUp, readEnvironment, type Environment } from './environment.js';
import { deepFreeze } from './freeze.js';
import { applyOverrides, overridesOf, replacedPaths, type ConfigFlags } from './overrides.js';
import type { ParleyConfig } from './parley-config.js';
import { formatKeyPath, formatPlace, ProblemList, type KeyPath, type Place } from './problems.js';
import { resolveConfig, type OutsideSettings } from './resolve/resolve-config.js';
import type { Resolution } from './resolve/resolution.js';
import { RootSection } from './schema/root.section.js';
import { SectionReader } from './schema/section-reader.js';
import { emptyMap, placeAt, type ConfigNode, type MapNode } from './yaml/config-node.js';
import { interpolate, type MissingSecret } from './yaml/interpolate.js';
import { mergeNodes } from './yaml/merge-nodes.js';
import { renameOlderKeys } from './yaml/older-names.js';
import { parseYaml } from './yaml/parse-yaml.js';
import { readSourceFiles, type SourceFiles } from './yaml/read-files.js';

/** Where the configuration is looked for when nothing is said. */
export const DEFAULT_CONFIG_FILE = 'config/parley.yaml';

export interface LoadOptions {
  /** A file or a folder of `*.yaml`; before `flags.config` and `PARLEY_CONFIG`. */
  readonly path?: string | undefined;
  /** Default: the variables of this process above those of `.env` in the working folder. */
  readonly env?: Environment | undefined;
  readonly flags?: ConfigFlags | undefined;
  /** Modules given on the command line. */
  readonly plugins?: readonly string[] | undefined;
  /** false: no file unless `path` or `flags.config` names one. */
  readonly search?: boolean | undefined;
  /** Working folder. Default: that of this process. */
  readonly cwd?: string | undefined;
}

export interface LoadedConfig {
  readonly config: ParleyConfig;
  /** What the server can live with, a line each, safe to log. */
  readonly warnings: readonly string[];
  /** Folder of the configuration: what it names by paths and packages is looked for from there. */
  readonly folder: string;
  /** The files that were read, in order, under the names they have in messages. */
  readonly files: readonly string[];
  /** Values that came from `${…}` as they are written, by key path (`models.gpt.api_key`): what a save writes back. */
  readonly origins: ReadonlyMap<string, string>;
  /** `file:line:column` of a key, or of the nearest part of its path that exists: for what later checks find. */
  readonly locate: (path: KeyPath) => string;
}

/**
 * Loads the configuration: flags above environment above file above defaults.
 *
 * @throws ConfigError with everything that is wrong; never anything else for bad input
 */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const cwd = resolve(options.cwd ?? process.cwd());
  const environment = options.env ?? readEnvironment(cwd);
  const flags = options.flags ?? {};
  const problems = new ProblemList();
  const source = findSource({ ...options, cwd, environment, problems });
  const trees = source.files.map(({ file, text }) => parseYaml(file, text, problems));
  // A file that cannot be read leaves holes: what would be said of the rest is not reliable.
  problems.throwIfAny();
  const written = joinTrees(trees, source, problems);

  const missing: MissingSecret[] = [];
  const overrides = overridesOf(environment, flags);
  const filled = interpolate(written, { environment, problems, missing, replaced: replacedPaths(overrides) });
  const tree = applyOverrides(renameOlderKeys(filled, problems), overrides);
  const reader = new SectionReader(problems);
  const root = reader.readRoot(RootSection, tree);
  const warnings = [...source.warnings];
  const resolution: Resolution = {
    root,
    tree,
    environment,
    problems,
    warnings,
    missing,
    cwd,
    folder: source.folder,
    pathOf: (section) => reader.pathOf(section),
  };
  const config = resolveConfig(resolution, outsideSettings(environment, options));
  problems.throwIfAny();
  return {
    config: deepFreeze(config),
    warnings,
    folder: source.folder,
    files: source.files.map(({ file }) => file),
    origins: originsOf(filled),
    locate: (path) => formatPlace(placeAt(tree, path)),
  };
}

interface SourceSearch {
  readonly path?: string | undefined;
  readonly flags?: ConfigFlags | undefined;
  readonly search?: boolean | undefined;
  readonly cwd: string;
  readonly environment: Environment;
  readonly problems: ProblemList;
}

function findSource({ path, flags, search, cwd, environment, problems }: SourceSearch): SourceFiles {
  const asked = path ?? flags?.config;
  if (asked !== undefined) return readSourceFiles(asked, cwd, { problems });
  if (search === false) return { files: [], folder: cwd, warnings: [] };
  const variable = lookUp(environment, 'PARLEY_CONFIG');
  if (variable !== undefined) return readSourceFiles(variable, cwd, { problems, asked_by: { name: 'PARLEY_CONFIG' } });
  if (existsSync(resolve(cwd, DEFAULT_CONFIG_FILE))) return readSourceFiles(DEFAULT_CONFIG_FILE, cwd, { problems });
  return { files: [], folder: cwd, warnings: [] };
}

function joinTrees(trees: readonly (MapNode | undefined)[], source: SourceFiles, problems: ProblemList): MapNode {
  const [first, ...others] = trees.filter((tree) => tree !== undefined);
  const nowhere: Place = { name: source.files[0]?.file ?? 'the defaults' };
  return others.reduce((joined, tree) => mergeNodes(joined, tree, problems), first ?? emptyMap(nowhere));
}

function outsideSettings(environment: Environment, { flags, plugins }: LoadOptions): OutsideSettings {
  const listed = (lookUp(environment, 'PARLEY_PLUGINS') ?? '').split(',').map((plugin) => plugin.trim());
  return {
    data_dir: flags?.data_dir ?? lookUp(environment, 'PARLEY_DATA_DIR') ?? 'data',
    plugins: [
      { name: 'PARLEY_PLUGINS', plugins: listed.filter((plugin) => plugin !== '') },
      { name: '--plugin', plugins: plugins ?? [] },
    ],
  };
}

function originsOf(root: MapNode): ReadonlyMap<string, string> {
  const origins = new Map<string, string>();
  const visit = (node: ConfigNode, path: KeyPath): void => {
    if (node.kind === 'scalar' && node.origin !== undefined) origins.set(formatKeyPath(path), node.origin.text);
    if (node.kind === 'list') node.items.forEach((item, index) => visit(item, [...path, index]));
    if (node.kind === 'map') for (const [key, entry] of node.entries) visit(entry.value, [...path, key]);
  };
  visit(root, []);
  return origins;
}
