import { ParleyError, type FieldProblem } from '../core/kernel/parley-error.js';
import { thereIs } from '../core/kernel/there-is.js';
import type { Evaluator } from '../core/ports/evaluator.js';
import { EVALUATOR_FACTORIES } from './evaluator-catalogue.js';
import type { EvaluatorDeps, EvaluatorFactory } from './evaluator-factory.js';
import type { EvaluatorPluginClass } from './evaluator-plugin.js';
import { invalidSection, type EvaluatorSection } from './evaluator-section.js';
import { pluginFactory } from './plugin-evaluator.js';

/** The types of evaluators there are: the built-in ones, and those that plugins register. */
export class EvaluatorRegistry {
  readonly #factories = new Map<string, EvaluatorFactory>(Object.entries(EVALUATOR_FACTORIES));

  /** All types, built-in ones first. */
  get types(): readonly string[] {
    return [...this.#factories.keys()];
  }

  /**
   * Adds a type whose factory gives an evaluator of the port.
   *
   * @throws ParleyError `config_invalid` when the type is taken or has no name
   */
  registerEvaluator(type: string, factory: EvaluatorFactory): void {
    if (type.trim() === '') throw new ParleyError('config_invalid', 'an evaluator type needs a name');
    if (this.#factories.has(type))
      throw new ParleyError('config_invalid', `the evaluator type "${type}" already exists`);
    this.#factories.set(type, factory);
  }

  /** Adds a type whose class is built with the `config` of its section. @throws like `registerEvaluator` */
  registerPlugin(type: string, plugin: EvaluatorPluginClass): void {
    this.registerEvaluator(type, pluginFactory(plugin));
  }

  /** Builds one section, enabled or not. @throws ParleyError `config_invalid` naming the evaluator and what there is */
  buildEvaluator(section: EvaluatorSection, deps: EvaluatorDeps): Evaluator {
    const factory = this.#factories.get(section.type);
    if (factory === undefined) {
      throw invalidSection(section, [`type "${section.type}" is not known; ${thereIs(this.types)}`]);
    }
    return factory(section, deps);
  }

  /**
   * Builds the enabled sections, by name and in their order.
   *
   * @throws ParleyError `config_invalid` with the problems of all of them
   */
  buildEvaluators(sections: readonly EvaluatorSection[], deps: EvaluatorDeps): ReadonlyMap<string, Evaluator> {
    const built = new Map<string, Evaluator>();
    const refused: string[] = [];
    const problems: FieldProblem[] = [];
    for (const [index, section] of sections.entries()) {
      if (!section.enabled) continue;
      try {
        if (built.has(section.name)) throw invalidSection(section, ['the name is given twice']);
        built.set(section.name, this.buildEvaluator(section, deps));
      } catch (error) {
        if (!(error instanceof ParleyError) || error.code !== 'config_invalid') throw error;
        refused.push(`evaluators[${index}]: ${error.message}`);
        const place = `/evaluators/${index}`;
        problems.push(...error.problems.map(({ pointer, message }) => ({ pointer: place + pointer, message })));
      }
    }
    if (refused.length > 0) throw new ParleyError('config_invalid', refused.join('\n'), { problems });
    return built;
  }
}
