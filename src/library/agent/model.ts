import type { ThinkingLevel } from './thinking.js';

/** Prices of a model, per million tokens. */
export interface ModelCost {
  readonly input: number;
  readonly output: number;
  readonly cache_read?: number;
  readonly cache_write?: number;
}

/** A model as a program names it. */
export interface Model {
  /** What the provider calls it. */
  readonly id: string;
  /**
   * One of the server's model types (`openai`, `openrouter`, `anthropic`, `ollama`, `demo` …). Missing: found by the base,
   * else any server that speaks the OpenAI dialect.
   */
  readonly provider?: string;
  readonly name?: string;
  readonly api?: string;
  /** May end in `/chat/completions`. Missing: the provider's own. */
  readonly baseUrl?: string;
  /** Missing: the environment variable of the provider (`OPENAI_API_KEY`, `OPENROUTER_API_KEY` …). */
  readonly apiKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it can think; default true. */
  readonly reasoning?: boolean;
  readonly thinkingLevel?: ThinkingLevel;
  /** Tokens that it takes, prompt and answer together. */
  readonly contextWindow?: number;
  /** Most tokens of an answer. */
  readonly maxTokens?: number;
  readonly cost?: ModelCost;
}

/** A model, also in the words of the Python original. */
export interface ModelInput extends Model {
  readonly base_url?: string;
  readonly api_key?: string;
  readonly thinking_level?: ThinkingLevel;
  readonly context_window?: number;
  readonly max_tokens?: number;
}

/** The same model in our own words only. */
export function readModel(given: ModelInput): Model {
  const { base_url, api_key, thinking_level, context_window, max_tokens, ...model } = given;
  return {
    ...model,
    ...defined('baseUrl', model.baseUrl ?? base_url),
    ...defined('apiKey', model.apiKey ?? api_key),
    ...defined('thinkingLevel', model.thinkingLevel ?? thinking_level),
    ...defined('contextWindow', model.contextWindow ?? context_window),
    ...defined('maxTokens', model.maxTokens ?? max_tokens),
  };
}

/** A model behind any base that speaks OpenAI's chat completions. */
export class OpenAICompatModel implements Model {
  readonly id: string;
  readonly provider?: string;
  readonly name?: string;
  readonly api: string = 'openai-completions';
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly reasoning?: boolean;
  readonly thinkingLevel?: ThinkingLevel;
  readonly contextWindow?: number;
  readonly maxTokens?: number;
  readonly cost?: ModelCost;

  constructor(model: ModelInput) {
    Object.assign(this, readModel(model));
  }
}

/** A model at OpenRouter; its key comes from `OPENROUTER_API_KEY` unless it is given. */
export class OpenRouterModel extends OpenAICompatModel {
  override readonly provider: string = 'openrouter';
}

function defined<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}
