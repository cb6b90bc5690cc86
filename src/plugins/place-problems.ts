import { ConfigError } from '../config/config-error.js';
import type { LoadedConfig } from '../config/load-config.js';
import { formatKeyPath, type KeyPath } from '../config/problems.js';
import { ParleyError } from '../core/kernel/parley-error.js';

/** Where a configuration was written, if that is known. */
export type Where = Partial<Pick<LoadedConfig, 'locate'>>;

/** What is wrong with the value at a path. */
export interface PathProblem {
  readonly path: KeyPath;
  readonly message: string;
}

/** `file:line:column: key.path: what is wrong`, like the problems that are found while a configuration is read. */
export function placeProblem({ path, message }: PathProblem, { locate }: Where): string {
  return `${locate === undefined ? '' : `${locate(path)}: `}${formatKeyPath(path)}: ${message}`;
}

/** Keys and positions of a JSON pointer. */
export function stepsOf(pointer: string): KeyPath {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

/** The lines of an error about the configuration: with places where it says what it is about. */
export function problemLines(error: ParleyError, where: Where): readonly string[] {
  if (error.problems.length === 0) return error.message.split('\n');
  return error.problems.map(({ pointer, message }) => placeProblem({ path: stepsOf(pointer), message }, where));
}

/**
 * Does something with a configuration that was read: what is wrong with it is then a `ConfigError` with places.
 *
 * @throws ConfigError for a ParleyError `config_invalid`; anything else as it is
 */
export async function placingProblems<Result>(where: Where, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!isConfigProblem(error)) throw error;
    throw new ConfigError(problemLines(error, where));
  }
}

export function isConfigProblem(error: unknown): error is ParleyError {
  return error instanceof ParleyError && error.code === 'config_invalid';
}
