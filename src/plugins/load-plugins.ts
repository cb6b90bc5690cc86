import { basename } from 'node:path';
import { ParleyError } from '../core/kernel/parley-error.js';
import { findModule } from './find-module.js';
import { lendingOwnPackage } from './own-package.js';
import type { PluginApi, RegisterPlugin } from './plugin-api.js';
import { apiOf, type Registries } from './registries.js';

/** A plugin that cannot be used; the others of the list may be good. */
export interface PluginProblem {
  readonly plugin: string;
  /** What is wrong, for whoever configures the server. */
  readonly message: string;
}

/** How long a plugin may take to register itself, ms. */
const TIME_LIMIT_MS = 30_000;

/**
 * Loads plugins one after the other, so that what they register comes in the order of the list, and tells what is wrong
 * with which. Nothing of a plugin that failed is to be used: what it registered before stays registered.
 *
 * @param folders where packages are looked for, in order
 */
export async function loadPlugins(
  plugins: readonly (string | RegisterPlugin)[],
  registries: Registries,
  folders: readonly string[],
): Promise<readonly PluginProblem[]> {
  const problems: PluginProblem[] = [];
  for (const plugin of plugins) {
    try {
      const register = typeof plugin === 'function' ? plugin : await importPlugin(plugin, folders);
      await inTime(register, apiOf(registries));
    } catch (error) {
      problems.push({ plugin: nameOf(plugin), message: messageOf(error) });
    }
  }
  return problems;
}

async function importPlugin(plugin: string, folders: readonly string[]): Promise<RegisterPlugin> {
  const url = findModule(plugin, folders);
  let loaded: unknown;
  try {
    loaded = await lendingOwnPackage(() => import(url));
  } catch (error) {
    throw new ParleyError('config_invalid', `could not be loaded: ${textOf(error)}${hintFor(error)}`, { cause: error });
  }
  const register = defaultOf(loaded);
  // A CommonJS module compiled from ESM has its default export one level deeper.
  const found = typeof register === 'function' ? register : defaultOf(register);
  if (typeof found === 'function') return found as RegisterPlugin;
  throw new ParleyError('config_invalid', 'its module has no default export that is a function, register(api)');
}

async function inTime(register: RegisterPlugin, api: PluginApi): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new ParleyError('config_invalid', `did not register itself within ${TIME_LIMIT_MS / 1000} s`));
  }, TIME_LIMIT_MS);
  try {
    await Promise.race([register(api), late]);
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    throw new ParleyError('config_invalid', `threw while it registered itself: ${textOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function defaultOf(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
}

function nameOf(plugin: string | RegisterPlugin): string {
  if (typeof plugin === 'string') return plugin;
  return plugin.name === '' ? 'a function without a name' : basename(plugin.name);
}

function messageOf(error: unknown): string {
  return error instanceof ParleyError ? error.message : textOf(error);
}

/** A module is taken for CommonJS where a package.json beside it says so: `npm init` writes one that does. */
function hintFor(error: unknown): string {
  if (
    !(error instanceof SyntaxError) ||
    !/import statement outside a module|Unexpected token 'export'/.test(error.message)
  )
    return '';
  return '; it is an ES module: name it .mjs or .mts, or set "type": "module" in the package.json beside it';
}

/** The first line of what was thrown: a stack is for the log, not for a list of problems. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 500);
}
