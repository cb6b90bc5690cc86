import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { jsonrepair } from 'jsonrepair';
import { Authenticator } from '../auth/authenticator.js';
import { ConfigKeySource } from '../auth/config-key-source.js';
import { KeyFileSource } from '../auth/key-file/key-file-source.js';
import { KeyRing } from '../auth/key-ring.js';
import { ConfigError } from '../config/config-error.js';
import { lookUp, readEnvironment } from '../config/environment.js';
import type { LoadedConfig } from '../config/load-config.js';
import type { ParleyConfig } from '../config/parley-config.js';
import { boundRepair } from '../core/kernel/bound-repair.js';
import { toParleyError } from '../core/kernel/parley-error.js';
import type { Models } from '../core/ports/models.js';
import { checkOpenDoor } from '../open-door.js';
import { isConfigProblem, placeProblem, problemLines, type PathProblem } from '../plugins/place-problems.js';
import { prepareRegistries } from '../plugins/prepare-registries.js';
import type { Registries } from '../plugins/registries.js';
import { missingCommands } from '../plugins/missing-commands.js';
import { unknownTools } from '../plugins/unknown-tools.js';
import { unusableModels } from '../plugins/unusable-models.js';
import { buildModels } from '../providers/provider-registry.js';
import { SystemClock } from '../runtime/system-clock.js';
import { createLogger } from '../telemetry/logger.js';

/** What came of a look at a configuration. */
export interface Findings {
  /** What a server would not start with, a line each. */
  readonly problems: string[];
  /** What it would warn of. */
  readonly warnings: string[];
}

/**
 * Does all that a server does with its configuration before it opens its doors, as far as nothing but this machine's files
 * is asked: everything that is wrong is found, not only the first of it.
 */
export async function findProblems(loaded: LoadedConfig): Promise<Findings> {
  const found: Findings = { problems: [], warnings: [...loaded.warnings] };
  const { config } = loaded;
  await gather(found, loaded, () => void checkOpenDoor(config));
  await gather(found, loaded, () => readKeys(loaded, found));
  await gather(found, loaded, async () => build(loaded, await prepareRegistries(loaded), found));
  for (const { path, message } of fileProblems(config)) found.problems.push(placeProblem({ path, message }, loaded));
  return found;
}

/** Takes what a step throws, if it is about the configuration, and goes on. */
async function gather(found: Findings, loaded: LoadedConfig, step: () => Promise<void> | void): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (error instanceof ConfigError) found.problems.push(...error.problems);
    else if (isConfigProblem(error)) found.problems.push(...problemLines(error, loaded));
    else throw toParleyError(error);
  }
}

/** The keys of files and variables; a vault is not asked. */
async function readKeys({ config }: LoadedConfig, { warnings }: Findings): Promise<void> {
  const { keys, keys_file, allow_anonymous } = config.auth;
  const clock = new SystemClock();
  const ring = new KeyRing({
    sources: [
      new ConfigKeySource(keys),
      ...(keys_file === undefined
        ? []
        : [new KeyFileSource({ path: keys_file, warn: (message) => warnings.push(message) })]),
    ],
    authenticator: new Authenticator({ clock, open: false, allow_anonymous }),
    clock,
    logger: createLogger({ level: 'silent' }),
  });
  try {
    await ring.start();
  } finally {
    ring.stop();
  }
}

async function build(loaded: LoadedConfig, registries: Registries, found: Findings): Promise<void> {
  const { config } = loaded;
  const models = buildModels(config.models, {
    clock: new SystemClock(),
    random: Math.random,
    default_model: config.default_model,
    types: registries.providers,
    workflow: registries.workflow,
  });
  try {
    const path = lookUp(readEnvironment(process.cwd()), 'PATH') ?? '';
    found.warnings.push(
      ...unusableModels(config, models, loaded),
      ...unknownTools(config, registries, loaded),
      ...missingCommands(config, path, loaded),
    );
    buildEvaluators(loaded, registries, models);
  } finally {
    await models.stop();
  }
}

function buildEvaluators({ config }: LoadedConfig, { evaluators }: Registries, models: Models): void {
  evaluators.buildEvaluators(config.evaluators, { models, repairJson: boundRepair(jsonrepair) });
}

/** Folders and files that the server would write. */
function fileProblems({ logging, storage, data_dir }: ParleyConfig): PathProblem[] {
  const problems: PathProblem[] = [];
  const log = logging.file_path === undefined ? undefined : whyNotWritable(logging.file_path);
  if (log !== undefined) problems.push({ path: ['logging', 'file_path'], message: `${logging.file_path} ${log}` });
  // A log's folders are made; that of the data is not, where the one above it is missing too.
  const data = existsSync(dirname(data_dir))
    ? whyNotWritable(data_dir)
    : 'does not exist, nor does the folder above it';
  if (storage.type !== 'memory' && data !== undefined) {
    problems.push({ path: ['storage'], message: `the data folder ${data_dir} (PARLEY_DATA_DIR) ${data}` });
  }
  return problems;
}

/** Why nothing can be written there: neither the thing itself nor, where it is missing, in what is above it. */
function whyNotWritable(path: string): string | undefined {
  let nearest = path;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK);
  } catch {
    return nearest === path ? 'cannot be written' : `cannot be made in ${nearest}`;
  }
  return nearest !== path && !statSync(nearest).isDirectory() ? `cannot be made: ${nearest} is no folder` : undefined;
}
