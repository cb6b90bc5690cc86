import { jsonrepair } from 'jsonrepair';
import { boundRepair } from '../core/kernel/bound-repair.js';
import type { Evaluator } from '../core/ports/evaluator.js';
import type { ModelProvider } from '../core/ports/model-provider.js';
import type { Models } from '../core/ports/models.js';
import type { EvaluatorPluginClass } from '../evaluators/evaluator-plugin.js';
import { EvaluatorRegistry } from '../evaluators/evaluator-registry.js';

/** One entry of `evaluators:` as a program writes it. */
export interface EvaluatorConfig {
  readonly type: string;
  /** Default: true. */
  readonly enabled?: boolean;
  /** Name of a model; missing: the first one. */
  readonly model?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Default: the type. */
  readonly name?: string;
}

/**
 * The types of evaluators of a program, and the evaluators built of them. Give it to `createServer` and its types can be
 * named in that server's configuration.
 */
export class PluginManager {
  /** What a server builds its evaluators from. */
  readonly registry: EvaluatorRegistry = new EvaluatorRegistry();
  readonly #evaluators: Evaluator[] = [];

  /** Adds a type. @throws ParleyError `config_invalid` when it already exists, or has no name */
  registerPlugin(type: string, plugin: EvaluatorPluginClass): void {
    this.registry.registerPlugin(type, plugin);
  }

  /**
   * Builds an evaluator; an enabled one is among `getEvaluators()` from then on.
   *
   * @param providers models by name, for evaluators that ask one
   * @throws ParleyError `config_invalid` naming the types there are, or what the evaluator refuses
   */
  createEvaluator(
    config: EvaluatorConfig,
    providers: Readonly<Record<string, ModelProvider>> | ReadonlyMap<string, ModelProvider> = {},
  ): Evaluator {
    const { type, enabled = true, model, name = type } = config;
    const section = { name, type, enabled, config: config.config ?? {}, ...(model === undefined ? {} : { model }) };
    const evaluator = this.registry.buildEvaluator(section, {
      models: modelsOf(providers),
      repairJson: boundRepair(jsonrepair),
    });
    if (enabled) this.#evaluators.push(evaluator);
    return evaluator;
  }

  /** The enabled evaluators built so far, in order. */
  getEvaluators(): readonly Evaluator[] {
    return [...this.#evaluators];
  }

  /** All types, built-in ones first. */
  getAvailableTypes(): readonly string[] {
    return this.registry.types;
  }
}

function modelsOf(providers: Readonly<Record<string, ModelProvider>> | ReadonlyMap<string, ModelProvider>): Models {
  const entries = providers instanceof Map ? [...providers] : Object.entries(providers);
  const byName = new Map<string, ModelProvider>(entries);
  return {
    default_model: [...byName.keys()][0] ?? '',
    names: () => [...byName.keys()],
    get: (name) => byName.get(name),
    describe: () => undefined,
  };
}
