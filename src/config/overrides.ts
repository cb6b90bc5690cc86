import { lookUp, type Environment } from './environment.js';
import { formatKeyPath } from './problems.js';
import { withNode, type MapNode } from './yaml/config-node.js';

/** What the command line gave. Texts are checked like values of the file; what was not given stays away or undefined. */
export interface ConfigFlags {
  /** A file or a folder. */
  readonly config?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | number | undefined;
  readonly data_dir?: string | undefined;
  readonly metrics_port?: string | number | undefined;
  readonly log_level?: string | undefined;
}

/** A value that stands above the one of the file. */
export interface Override {
  readonly path: readonly [string, string];
  /** `PORT`, `--port`: where a message says the value is from. */
  readonly name: string;
  readonly text: string;
}

/** The values of variables and flags that have a place in the file, a flag above a variable. */
export function overridesOf(environment: Environment, flags: ConfigFlags): Override[] {
  const candidates: readonly (readonly [Override['path'], string, string | number | undefined])[] = [
    [['server', 'host'], 'HOST', lookUp(environment, 'HOST')],
    [['server', 'port'], 'PORT', lookUp(environment, 'PORT')],
    [['auth', 'allow_anonymous'], 'PARLEY_ALLOW_ANONYMOUS', lookUp(environment, 'PARLEY_ALLOW_ANONYMOUS')],
    [['metrics', 'port'], 'PARLEY_METRICS_PORT', lookUp(environment, 'PARLEY_METRICS_PORT')],
    [['logging', 'level'], 'PARLEY_LOG_LEVEL', lookUp(environment, 'PARLEY_LOG_LEVEL')],
    [['server', 'host'], '--host', flags.host],
    [['server', 'port'], '--port', flags.port],
    [['metrics', 'port'], '--metrics-port', flags.metrics_port],
    [['logging', 'level'], '--log-level', flags.log_level],
  ];
  const strongest = new Map<string, Override>();
  for (const [path, name, value] of candidates) {
    if (value !== undefined) strongest.set(formatKeyPath(path), { path, name, text: String(value) });
  }
  return [...strongest.values()];
}

/** The tree with these values in it. They come from outside, so that a rule may read a number out of their text. */
export function applyOverrides(tree: MapNode, overrides: readonly Override[]): MapNode {
  return overrides.reduce(
    (result, { path, name, text }) =>
      withNode(result, path, {
        kind: 'scalar',
        place: { name },
        value: text,
        quoted: true,
        origin: { text, variables: [] },
      }),
    tree,
  );
}

/** Paths whose value in the file does not matter, under both names of the section. */
export function replacedPaths(overrides: readonly Override[]): ReadonlySet<string> {
  return new Set(
    overrides.flatMap(({ path: [section, key] }) =>
      section === 'server' ? [`server.${key}`, `api.${key}`] : [`${section}.${key}`],
    ),
  );
}
