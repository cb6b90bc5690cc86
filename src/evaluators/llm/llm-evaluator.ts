import type { EvaluationScope, Usage } from '../../core/events/conversation-event.js';
import { addUsage, NO_USAGE } from '../../core/events/usage.js';
import { thereIs } from '../../core/kernel/there-is.js';
import type { Evaluation, EvaluationInput, Evaluator } from '../../core/ports/evaluator.js';
import type { ModelEnd, ModelMessage, ModelProvider } from '../../core/ports/model-provider.js';
import { DEFAULT_TIME_LIMIT_MS, type EvaluatorDeps } from '../evaluator-factory.js';
import { invalidSection, unknownKeys, type EvaluatorSection } from '../evaluator-section.js';
import { readDimensions, type Dimension } from './dimensions.js';
import { evaluationAnswer, judgePrompt, judgeRepairPrompt } from './judge-prompt.js';
import { failedScore, readEvaluation, type Judged } from './read-evaluation.js';

/** Calls after the first, for an answer in which no evaluation could be found. */
const MAX_REPAIRS = 2;

export interface LlmEvaluatorOptions {
  readonly name: string;
  readonly type: string;
  /** Configured name of the model that judges. */
  readonly model: string;
  readonly dimensions: readonly Dimension[];
}

type Deps = Pick<EvaluatorDeps, 'models' | 'repairJson' | 'time_limit_ms'>;

/** Has a model judge all agents in one call, at the end. It never rejects for what the model did: that is a failed result. */
export class LlmEvaluator implements Evaluator {
  readonly name: string;
  readonly type: string;
  readonly scopes: readonly EvaluationScope[] = ['terminal'];
  readonly #options: LlmEvaluatorOptions;
  readonly #deps: Deps;
  readonly #limitMs: number;

  constructor(options: LlmEvaluatorOptions, deps: Deps) {
    this.name = options.name;
    this.type = options.type;
    this.#options = options;
    this.#deps = deps;
    this.#limitMs = deps.time_limit_ms ?? DEFAULT_TIME_LIMIT_MS;
  }

  async evaluate(input: EvaluationInput, signal: AbortSignal): Promise<Evaluation> {
    const { model, dimensions } = this.#options;
    const judged: Judged = { agents: input.agents.map((agent) => agent.name), dimensions };
    const provider = this.#deps.models.get(model);
    if (provider === undefined)
      return { scores: allFailed(judged, `internal: the model "${model}" is not configured`) };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#limitMs)]);
    const asked = judgePrompt(input, dimensions);
    let messages = asked;
    let usage: Usage = NO_USAGE;
    for (let call = 0; call <= MAX_REPAIRS; call++) {
      const { text, end } = await ask(provider, messages, judged, limit);
      usage = addUsage(usage, { ...NO_USAGE, calls: 1, ...end.usage });
      const spent = { model: provider.name, usage };
      if (end.type !== 'done') return { scores: allFailed(judged, this.#failure(end, signal)), spent };
      const scores = readEvaluation(text, judged, this.#deps.repairJson);
      if (scores !== undefined) return { scores, spent };
      messages = judgeRepairPrompt(asked, text);
    }
    const error = `upstream_invalid: the model "${model}" gave no evaluation that can be read in ${MAX_REPAIRS + 1} tries`;
    return { scores: allFailed(judged, error), spent: { model: provider.name, usage } };
  }

  #failure(end: Exclude<ModelEnd, { type: 'done' }>, signal: AbortSignal): string {
    if (end.type === 'failed') return `${end.code}: ${end.message}`;
    return signal.aborted
      ? 'aborted: the run was stopped'
      : `upstream_timeout: the judge did not finish within ${this.#limitMs / 1000} s`;
  }
}

/** Builds an `llm` evaluator. @throws ParleyError `config_invalid` */
export function buildLlmEvaluator(section: EvaluatorSection, deps: EvaluatorDeps): Evaluator {
  const problems = [...unknownKeys(section, ['dimensions'])];
  const dimensions = readDimensions(section.config['dimensions'], problems);
  const model = section.model ?? deps.models.default_model;
  if (deps.models.get(model) === undefined) {
    problems.push(`model "${model}" is not known; ${thereIs(deps.models.names())}`);
  }
  if (problems.length > 0) throw invalidSection(section, problems);
  return new LlmEvaluator({ name: section.name, type: section.type, model, dimensions }, deps);
}

function allFailed({ agents, dimensions }: Judged, error: string): Evaluation['scores'] {
  return agents.flatMap((agent) => dimensions.map((dimension) => failedScore(agent, dimension, error)));
}

async function ask(
  provider: ModelProvider,
  messages: readonly ModelMessage[],
  { agents, dimensions }: Judged,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly end: ModelEnd }> {
  let text = '';
  const end = await provider.stream(
    { messages, json: evaluationAnswer(agents, dimensions), temperature: 0 },
    (delta) => {
      if (delta.block === 'text') text += delta.text;
    },
    signal,
  );
  return { text, end };
}
