/** How hard a model is to think. */
export type ThinkingLevel = 'off' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh';

/** Tokens of thinking for a level, where a provider counts them. */
export type ThinkingBudgets = Readonly<Partial<Record<Exclude<ThinkingLevel, 'off'>, number>>>;

const DEFAULT_BUDGETS: Readonly<Record<Exclude<ThinkingLevel, 'off'>, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
};

/** Tokens that are left to the answer itself. */
const LEAST_ANSWER = 1024;

/** What thinking is asked of. */
export interface ThinkingRequest {
  readonly provider: string;
  readonly level: ThinkingLevel | undefined;
  readonly budgets?: ThinkingBudgets;
  readonly maxTokens?: number;
}

/**
 * The body parameters that ask for thinking: `reasoning` for OpenRouter, a budget of tokens for Anthropic, else
 * `reasoning_effort`. Nothing for `off` or no level: the model's own default.
 */
export function thinkingParameters(request: ThinkingRequest): Readonly<Record<string, unknown>> {
  const { provider, level, budgets } = request;
  if (level === undefined || level === 'off') return {};
  const budget = budgets?.[level];
  if (provider === 'anthropic') {
    return {
      thinking: { type: 'enabled', budget_tokens: fitting(budget ?? DEFAULT_BUDGETS[level], request.maxTokens) },
    };
  }
  if (provider === 'openrouter') {
    return {
      reasoning: budget === undefined ? { effort: level } : { max_tokens: fitting(budget, request.maxTokens) },
    };
  }
  return { reasoning_effort: level };
}

function fitting(budget: number, maxTokens: number | undefined): number {
  return maxTokens === undefined ? budget : Math.max(LEAST_ANSWER, Math.min(budget, maxTokens - LEAST_ANSWER));
}
