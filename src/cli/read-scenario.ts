import { ConfigError } from '../config/config-error.js';
import { formatKeyPath, formatPlace, ProblemList, type KeyPath } from '../config/problems.js';
import { plainOf } from '../config/schema/plain-value.js';
import { placeAt } from '../config/yaml/config-node.js';
import { parseYaml } from '../config/yaml/parse-yaml.js';
import { readSourceFiles } from '../config/yaml/read-files.js';
import type { ParleyError } from '../core/kernel/parley-error.js';
import { stepsOf } from '../plugins/place-problems.js';
import { asJson, type Json } from './server-client.js';

const HEADING = 'Invalid scenario';

/** A conversation to be held, as a file describes it: the body of `POST /conversations` in YAML (or JSON). */
export interface Scenario {
  readonly body: Json;
  /** What the server refused, at its places in the file. */
  refusal(error: ParleyError): ConfigError;
}

/** @throws ConfigError with everything that keeps the file from being read, with places */
export function readScenario(path: string): Scenario {
  const problems = new ProblemList();
  const { files } = readSourceFiles(path, process.cwd(), { problems });
  const [source] = files;
  const tree = source === undefined ? undefined : parseYaml(source.file, source.text, problems);
  problems.throwIfAny(HEADING);
  if (tree === undefined) throw new ConfigError([`${path}: there is no scenario in it`], HEADING);
  const line = (steps: KeyPath, message: string): string =>
    `${formatPlace(placeAt(tree, steps))}: ${steps.length === 0 ? '' : `${formatKeyPath(steps)}: `}${message}`;
  return {
    body: asJson(plainOf(tree)),
    refusal: (error) =>
      new ConfigError(
        error.problems.length === 0
          ? [line([], error.message)]
          : error.problems.map(({ pointer, message }) => line(stepsOf(pointer), message)),
        HEADING,
      ),
  };
}
