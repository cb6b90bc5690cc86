import { existsSync, readFileSync } from 'node:fs';
import nodeModule, { isBuiltin } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ParleyError } from '../core/kernel/parley-error.js';

const PACKAGE = /^(?:@[a-z\d~-][\w.~-]*\/)?[a-z\d~-][\w.~-]*$/i;
const CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'default']);

/**
 * The URL of a plugin's module: of a file by its absolute path, or of an installed package, looked for from each of
 * `folders` upwards. Nothing but a package's own entry can be named: no path into it, no part of Node.
 *
 * @throws ParleyError `config_invalid`
 */
export function findModule(plugin: string, folders: readonly string[]): string {
  if (isAbsolute(plugin)) return pathToFileURL(plugin).href;
  if (!PACKAGE.test(plugin) || isBuiltin(plugin))
    throw invalid('must be a path that begins with ./, or the name of an installed package');
  const manifest = folders.map((folder) => manifestOf(plugin, folder)).find((found) => found !== undefined);
  if (manifest === undefined) throw invalid(`no such package is installed (looked for from ${folders.join(', ')})`);
  const root = dirname(manifest);
  const entry = entryOf(JSON.parse(readFileSync(manifest, 'utf8')));
  const file = resolve(root, entry);
  const way = relative(root, file);
  if (way.startsWith('..') || isAbsolute(way) || !existsSync(file))
    throw invalid(`the package has no module ${entry}, which its package.json names`);
  return pathToFileURL(file).href;
}

function manifestOf(name: string, folder: string): string | undefined {
  try {
    const found = nodeModule.findPackageJSON(name, pathToFileURL(join(folder, 'plugins')));
    return found !== undefined && existsSync(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The module that `import` of the package's name gives. */
function entryOf(manifest: unknown): string {
  if (!isRecord(manifest)) return 'index.js';
  const { exports, main } = manifest;
  const target = isRecord(exports) && '.' in exports ? exports['.'] : exports;
  return targetOf(target) ?? (typeof main === 'string' ? main : 'index.js');
}

function targetOf(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (Array.isArray(target)) return target.map(targetOf).find((found) => found !== undefined);
  if (!isRecord(target)) return undefined;
  return Object.entries(target)
    .filter(([condition]) => CONDITIONS.has(condition))
    .map(([, inner]) => targetOf(inner))
    .find((found) => found !== undefined);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): ParleyError {
  return new ParleyError('config_invalid', message);
}
