import type { EvaluatorFactory } from './evaluator-factory.js';
import type { BuiltInEvaluator } from './evaluator-section.js';
import { buildLlmEvaluator } from './llm/llm-evaluator.js';
import { buildRuleBasedEvaluator } from './rule-based/rule-based-evaluator.js';

/** One factory for every built-in type: one without a factory does not compile. */
export const EVALUATOR_FACTORIES = {
  rule_based: buildRuleBasedEvaluator,
  llm: buildLlmEvaluator,
} satisfies Record<BuiltInEvaluator, EvaluatorFactory>;
