import { ParleyError } from '../core/kernel/parley-error.js';
import type { RunResult } from '../core/conversation/run-result.js';
import { evolve } from '../core/multi-agent/evolve.js';
import type { RepairJson } from '../core/multi-agent/parse-action.js';
import { runMultiAgent } from '../core/multi-agent/run-multi-agent.js';
import type { MultiAgentSettings } from '../core/multi-agent/settings.js';
import { initialState } from '../core/multi-agent/state.js';
import type { Clock } from '../core/ports/clock.js';
import type { Evaluator } from '../core/ports/evaluator.js';
import type { IdSource } from '../core/ports/id-source.js';
import type { Models } from '../core/ports/models.js';
import type { LoopInput, RunLoop } from './run-loop.js';

export interface MultiAgentLoopDeps {
  readonly models: Models;
  /** All configured evaluators by name. */
  readonly evaluators: ReadonlyMap<string, Evaluator>;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** How long a person has for an action, ms. */
  readonly human_turn_ms: number;
  readonly repairJson: RepairJson;
  readonly time_limit_ms: number;
}

/** Drives conversations of agents with each other. */
export class MultiAgentLoop implements RunLoop {
  readonly kind = 'multi_agent';
  readonly time_limit_ms: number;

  constructor(private readonly deps: MultiAgentLoopDeps) {
    this.time_limit_ms = deps.time_limit_ms;
  }

  drive(input: LoopInput): Promise<RunResult> {
    // Settings were validated when the conversation was created and are stored as they were.
    const settings = input.settings as unknown as MultiAgentSettings;
    const evaluators = settings.enable_evaluation
      ? settings.evaluators.map((name) => this.deps.evaluators.get(name) ?? missingEvaluator(name))
      : [];
    const fresh = initialState(settings, {
      turn: evaluators.some((evaluator) => evaluator.scopes.includes('turn')),
      terminal: evaluators.some((evaluator) => evaluator.scopes.includes('terminal')),
    });
    const context = {
      ...this.deps,
      evaluators,
      log: input.log,
      inputs: input.inputs,
      signal: input.signal,
      stopRequested: input.stopRequested,
    };
    return runMultiAgent(context, input.facts.reduce(evolve, fresh));
  }
}

/** Stands for one that the configuration no longer has: its judgement is failed, not forgotten. */
function missingEvaluator(name: string): Evaluator {
  const gone = new ParleyError('not_found', `the evaluator "${name}" is no longer configured`);
  return { name, type: 'missing', scopes: ['terminal'], evaluate: () => Promise.reject(gone) };
}
