import type { Environment } from '../environment.js';
import { formatKeyPath, formatPlace, type KeyPath, type Place, type ProblemList } from '../problems.js';
import type { RootSection } from '../schema/root.section.js';
import { showGot } from '../schema/section-reader.js';
import type { MissingSecret } from '../yaml/interpolate.js';
import { nodeAt, placeAt, type MapNode } from '../yaml/config-node.js';

/** What the sections are turned into the effective configuration with. */
export interface Resolution {
  readonly root: RootSection;
  /** Where a section was written. */
  pathOf(section: object): KeyPath;
  /** The nodes behind the sections, for places. */
  readonly tree: MapNode;
  readonly environment: Environment;
  readonly problems: ProblemList;
  /** Complete lines, safe to show. */
  readonly warnings: string[];
  readonly missing: readonly MissingSecret[];
  /** Working folder: paths of variables, flags, logs and models are relative to it. */
  readonly cwd: string;
  /** Folder of the configuration: paths of plugins and key files in it are relative to it. */
  readonly folder: string;
}

/** Notes a problem of the value at a path; `allowed` says what would fit. */
export function refuse(resolution: Resolution, path: KeyPath, what: string, allowed?: string): void {
  const node = nodeAt(resolution.tree, path);
  const details = [
    ...(allowed === undefined ? [] : [allowed]),
    ...(node?.kind !== 'scalar' ? [] : [`got ${showGot(node, path)}`]),
  ];
  resolution.problems.add(
    placeOf(resolution, path),
    path,
    details.length === 0 ? what : `${what} (${details.join('; ')})`,
  );
}

/** Notes something that the server can live with. */
export function warn(resolution: Resolution, path: KeyPath, what: string): void {
  resolution.warnings.push(`${formatPlace(placeOf(resolution, path))}: ${formatKeyPath(path)}: ${what}`);
}

export function placeOf(resolution: Resolution, path: KeyPath): Place {
  return placeAt(resolution.tree, path);
}
