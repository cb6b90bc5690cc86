import type { EvaluationScope } from '../core/events/conversation-event.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { unlessAborted } from '../core/kernel/unless-aborted.js';
import type { Evaluation, EvaluationInput, Evaluator } from '../core/ports/evaluator.js';
import { DEFAULT_TIME_LIMIT_MS, type EvaluatorDeps, type EvaluatorFactory } from './evaluator-factory.js';
import type { EvaluatorPluginClass, PluginMessage } from './evaluator-plugin.js';
import { invalidSection, type EvaluatorSection } from './evaluator-section.js';
import { readPluginResults } from './plugin-results.js';

type Plugin = InstanceType<EvaluatorPluginClass>;

/** Name under which the environment speaks. */
const ENVIRONMENT_SENDER = 'Environment';

/** What is asked: a plugin, or its terminal evaluator. Nobody checked what it answers. */
interface Asked {
  evaluate(turnNumber: number, messages: readonly PluginMessage[]): unknown;
}

/** The factory of a plugin's type. */
export function pluginFactory(plugin: EvaluatorPluginClass): EvaluatorFactory {
  return (section, deps) => {
    try {
      return new PluginEvaluator(section, new plugin(section.config), deps);
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      // Said at the start, to whoever installed it.
      throw invalidSection(section, [`its class "${plugin.name}" could not be built (${String(error)})`]);
    }
  };
}

/** A plugin behind the port: asked after every turn, or at the end when it has a terminal evaluator. */
export class PluginEvaluator implements Evaluator {
  readonly name: string;
  readonly type: string;
  readonly scopes: readonly EvaluationScope[];
  readonly #asked: Asked;
  readonly #deps: EvaluatorDeps;

  /** @throws ParleyError `config_invalid` when the plugin cannot be asked */
  constructor(section: EvaluatorSection, plugin: Plugin, deps: EvaluatorDeps) {
    const terminal = plugin.getTerminalEvaluator?.() ?? undefined;
    if (!canBeAsked(plugin)) throw invalidSection(section, ['its class has no method "evaluate"']);
    this.name = section.name;
    this.type = section.type;
    this.scopes = [terminal === undefined ? 'turn' : 'terminal'];
    this.#asked = canBeAsked(terminal) ? terminal : plugin;
    this.#deps = deps;
  }

  /** @throws ParleyError with a message that may be shown, when the plugin throws or takes too long */
  async evaluate(input: EvaluationInput, signal: AbortSignal): Promise<Evaluation> {
    const limit = this.#deps.time_limit_ms ?? DEFAULT_TIME_LIMIT_MS;
    const timed = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
    const answer = await unlessAborted(this.#ask(input), timed, () =>
      signal.aborted
        ? new ParleyError('aborted', 'the run was stopped')
        : new ParleyError('internal', `the evaluator did not answer within ${limit / 1000} s`),
    );
    return readPluginResults(answer, input);
  }

  async #ask(input: EvaluationInput): Promise<unknown> {
    try {
      return await this.#asked.evaluate(input.turn, messagesOf(input));
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      this.#deps.onError?.(error, this.name);
      const name =
        error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'something that is not an error';
      throw new ParleyError('internal', `the evaluator threw ${name}`, { cause: error });
    }
  }
}

function messagesOf(input: EvaluationInput): readonly PluginMessage[] {
  const turns = input.messages.flatMap((messages, index): PluginMessage[] => [
    [ENVIRONMENT_SENDER, `Turn #${index + 1}`],
    ...messages,
  ]);
  return [[ENVIRONMENT_SENDER, input.scenario], ...turns];
}

function canBeAsked(value: unknown): value is Asked {
  return typeof value === 'object' && value !== null && 'evaluate' in value && typeof value.evaluate === 'function';
}
