import { ConfigError } from '../config/config-error.js';
import { loadConfig } from '../config/load-config.js';
import { prepareRegistries } from '../plugins/prepare-registries.js';
import { EXIT } from './exit-codes.js';
import { pluginFlags, textFlags, type Flags } from './flags.js';

/** Checks a configuration without starting anything. @returns 0 if it is good, 78 if not */
export async function checkConfig(flags: Flags): Promise<number> {
  const json = flags['json'] === true;
  try {
    const loaded = loadConfig({ path: textFlags(flags).config, plugins: pluginFlags(flags) });
    await prepareRegistries(loaded);
    const { config, warnings } = loaded;
    const models = config.models.map((model) => model.name);
    const evaluators = config.evaluators.filter((evaluator) => evaluator.enabled).map((evaluator) => evaluator.name);
    const summary = { ok: true, models, default_model: config.default_model, evaluators, warnings, problems: [] };
    process.stdout.write(json ? `${JSON.stringify(summary)}\n` : describe(summary));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError) || !json) throw error;
    process.stdout.write(`${JSON.stringify({ ok: false, problems: error.problems })}\n`);
    return EXIT.config;
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
