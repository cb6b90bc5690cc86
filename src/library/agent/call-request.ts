import { toModelMessages } from '../../core/agent-messages/to-model-messages.js';
import type { ModelMessage, ModelRequest } from '../../core/ports/model-provider.js';
import type { Model } from './model.js';
import type { Context, StreamOptions } from './stream-event.js';
import { thinkingParameters } from './thinking.js';

/** What a provider is asked, from what an agent knows. */
export function callRequest(
  asked: { readonly provider: string; readonly model: Model },
  context: Context,
  options: StreamOptions,
): ModelRequest {
  const { provider, model } = asked;
  const maxTokens = options.maxTokens ?? options.max_tokens ?? model.maxTokens;
  const level = model.reasoning === false ? undefined : (options.reasoning ?? model.thinkingLevel);
  const thinking = thinkingParameters({
    provider,
    level,
    ...(options.thinkingBudgets === undefined ? {} : { budgets: options.thinkingBudgets }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  });
  const cache = provider === 'openai' && options.sessionId !== undefined ? { prompt_cache_key: options.sessionId } : {};
  // Anthropic takes no temperature while it thinks.
  const temperature = 'thinking' in thinking ? undefined : options.temperature;
  return {
    messages: [...systemOf(context), ...toModelMessages(context.messages, { provider, id: model.id })],
    parameters: { ...thinking, ...cache },
    ...(context.tools === undefined || context.tools.length === 0 ? {} : { tools: context.tools.map(specOf) }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
  };
}

function systemOf({ system_prompt: content }: Context): ModelMessage[] {
  return content === undefined || content === '' ? [] : [{ role: 'system', content }];
}

function specOf({ name, description, parameters }: NonNullable<Context['tools']>[number]): {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
} {
  return { name, description, parameters };
}
