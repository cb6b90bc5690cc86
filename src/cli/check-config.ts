import { ConfigError } from '../config/config-error.js';
import { loadConfig, type LoadedConfig } from '../config/load-config.js';
import { EXIT } from './exit-codes.js';
import { findProblems, type Findings } from './find-problems.js';
import { pluginFlags, textFlags, type Flags } from './flags.js';

/** Checks a configuration without starting anything. @returns 0 if it is good, 78 if not */
export async function checkConfig(flags: Flags): Promise<number> {
  const json = flags['json'] === true;
  const { config: path, host, port } = textFlags(flags);
  try {
    const loaded = loadConfig({ path, flags: { host, port }, plugins: pluginFlags(flags) });
    const found = await findProblems(loaded);
    if (found.problems.length > 0) return refuse(found, json);
    const summary = summaryOf(loaded, found.warnings);
    process.stdout.write(json ? `${JSON.stringify(summary)}\n` : describe(summary));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return refuse({ problems: [...error.problems], warnings: [] }, json);
  }
}

function refuse({ problems, warnings }: Findings, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, problems, warnings })}\n`);
  else {
    const shown = warnings.map((warning) => `  warning: ${warning}\n`).join('');
    process.stderr.write(`${new ConfigError(problems).message}\n${shown}`);
  }
  return EXIT.config;
}

interface Summary {
  readonly ok: true;
  readonly problems: readonly [];
  readonly models: readonly string[];
  readonly default_model: string;
  readonly evaluators: readonly string[];
  readonly warnings: readonly string[];
}

function summaryOf({ config }: LoadedConfig, warnings: readonly string[]): Summary {
  const models = config.models.map((model) => model.name);
  const evaluators = config.evaluators.filter((evaluator) => evaluator.enabled).map((evaluator) => evaluator.name);
  return { ok: true, models, default_model: config.default_model, evaluators, warnings, problems: [] };
}

function describe(summary: Summary): string {
  const lines = [
    'The configuration is good.',
    `  models:      ${summary.models.join(', ')} (default: ${summary.default_model})`,
    `  evaluators:  ${summary.evaluators.join(', ') || 'none'}`,
    ...summary.warnings.map((warning) => `  warning:     ${warning}`),
  ];
  return `${lines.join('\n')}\n`;
}
