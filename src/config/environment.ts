import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from './config-error.js';
import { codeOf, LARGEST_FILE_BYTES } from './yaml/read-files.js';

/** Environment variables by name. Tests pass a plain record. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables of this process, above those of `.env` in the working folder. The only place that reads `process.env`.
 *
 * @throws ConfigError when there is a `.env` that cannot be read
 */
export function readEnvironment(cwd: string, real: Environment = process.env): Environment {
  return { ...readDotEnv(join(cwd, '.env')), ...real };
}

/** The value of a variable; one that is set to nothing counts as not set. */
export function lookUp(environment: Environment, name: string): string | undefined {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  return value === '' ? undefined : value;
}

/** The first of several variables that is set, with its name. */
export function lookUpFirst(
  environment: Environment,
  names: readonly string[],
): { name: string; value: string } | undefined {
  for (const name of names) {
    const value = lookUp(environment, name);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

function readDotEnv(file: string): Environment {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined || !found.isFile()) return {};
    if (found.size > LARGEST_FILE_BYTES) throw new ConfigError([`.env: larger than ${LARGEST_FILE_BYTES / 1024} KiB`]);
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([`.env: cannot be read (${codeOf(error)})`]);
  }
}
