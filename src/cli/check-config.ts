import { ConfigError } from '../config/config-error.js';
import { loadConfig } from '../config/load-config.js';
import { EXIT } from './exit-codes.js';
import { textFlags, type Flags } from './flags.js';

/** Checks a configuration without starting anything. @returns 0 if it is good, 78 if not */
export function checkConfig(flags: Flags): Promise<number> {
  const json = flags['json'] === true;
  try {
    const { config, warnings } = loadConfig({ path: textFlags(flags).config });
    const models = config.models.map((model) => model.name);
    const evaluators = config.evaluators.filter((evaluator) => evaluator.enabled).map((evaluator) => evaluator.name);
    const summary = { ok: true, models, default_model: config.default_model, evaluators, warnings, problems: [] };
    process.stdout.write(json ? `${JSON.stringify(summary)}\n` : describe(summary));
    return Promise.resolve(EXIT.ok);
  } catch (error) {
    if (!(error instanceof ConfigError) || !json) throw error;
    process.stdout.write(`${JSON.stringify({ ok: false, problems: error.problems })}\n`);
    return Promise.resolve(EXIT.config);
  }
}

function describe(summary: {
  readonly models: readonly string[];
  readonly default_model: string;
  readonly evaluators: readonly string[];
  readonly warnings: readonly string[];
}): string {
  const lines = [
    'The configuration is good.',
    `  models:      ${summary.models.join(', ')} (default: ${summary.default_model})`,
    `  evaluators:  ${summary.evaluators.join(', ') || 'none'}`,
    ...summary.warnings.map((warning) => `  warning:     ${warning}`),
  ];
  return `${lines.join('\n')}\n`;
}
