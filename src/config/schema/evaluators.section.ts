import { flag, Key, openMap, required, text } from './rules.js';

/** One entry of `evaluators:`. Whether its type exists is known when the plugins are loaded. */
export class EvaluatorSection {
  @Key(required({ ...text(), allowed: 'rule_based, llm, or the type of a plugin' })) type: string;
  @Key(flag()) enabled = true;
  @Key(text('the name of a model')) model?: string;
  @Key(openMap()) config: Record<string, unknown> = {};
}
