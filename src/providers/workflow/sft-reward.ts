import { isRecord, type JsonRecord } from '../shared/json.js';
import { requireAddress } from './config-reader.js';
import { ModelResponse } from './model-response.js';
import { RequestHandler, type GenerateOptions, type WorkflowConfig, type WorkflowContext } from './request-handler.js';
import { ResponseParser } from './response-parser.js';
import { unusable } from './workflow-failure.js';

const CANDIDATES = 10;
const TEMPERATURE = 0.8;
const MAX_LENGTH = 100;

/** `sft_reward`: candidates from `sft_endpoint`, each with the score that `reward_endpoint` gives it. */
export class SftRewardRequestHandler extends RequestHandler {
  readonly #sft: string;
  readonly #reward: string;

  constructor(config: WorkflowConfig) {
    super(config);
    this.#sft = requireAddress(config, 'sft_endpoint');
    this.#reward = requireAddress(config, 'reward_endpoint');
  }

  async process(prompt: string, options: GenerateOptions, context: WorkflowContext): Promise<JsonRecord> {
    const generated = await context.post(this.#sft, {
      prompt,
      num_return_sequences: options.num_candidates ?? this.#configured('num_candidates') ?? CANDIDATES,
      temperature: options.temperature ?? TEMPERATURE,
      max_length: options.max_tokens ?? MAX_LENGTH,
    });
    const candidates = listOf(generated['generations'], isText);
    if (candidates === undefined) throw unusable('gave no list of texts under "generations"', generated);
    const judged = await context.post(this.#reward, { prompt, responses: candidates });
    const scores = listOf(judged['scores'], isScore);
    if (scores === undefined) throw unusable('gave no list of numbers under "scores"', judged);
    return { candidates, scores };
  }

  #configured(key: string): number | undefined {
    const value = this.config[key];
    return typeof value === 'number' ? value : undefined;
  }
}

/** `sft_reward`: the candidate with the highest score, the first of equals. */
export class SftRewardResponseParser extends ResponseParser {
  parse(raw: unknown): ModelResponse {
    const candidates = isRecord(raw) ? (listOf(raw['candidates'], isText) ?? []) : [];
    const scores = isRecord(raw) ? (listOf(raw['scores'], isScore) ?? []) : [];
    if (candidates.length === 0 || scores.length === 0)
      throw unusable('gave no candidates, or no scores for them', raw);
    if (candidates.length !== scores.length) {
      throw unusable(`gave ${scores.length} scores for ${candidates.length} candidates`, raw);
    }
    const best = Math.max(...scores);
    const index = scores.indexOf(best);
    const content = candidates[index] ?? '';
    return new ModelResponse({
      content,
      usage: { candidates_generated: candidates.length, total_tokens: content.split(/\s+/).filter(Boolean).length },
      model: 'sft-reward',
      metadata: {
        best_score: best,
        all_scores: scores,
        all_candidates: candidates,
        selection_index: index,
        provider: 'workflow_sft_reward',
      },
    });
  }
}

function listOf<T>(value: unknown, fits: (item: unknown) => item is T): readonly T[] | undefined {
  return Array.isArray(value) && value.every(fits) ? value : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isScore(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
