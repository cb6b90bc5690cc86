import { ParleyError } from '../core/kernel/parley-error.js';
import type { ModelProvider } from '../core/ports/model-provider.js';
import { canGenerate } from '../providers/generating-provider.js';
import { ModelResponse } from '../providers/workflow/model-response.js';
import type { GenerateOptions } from '../providers/workflow/request-handler.js';

/**
 * Asks any model once and gives its whole answer.
 *
 * @throws ParleyError `upstream_*`, with a message that may be shown, when there is none
 */
export async function generate(
  provider: ModelProvider,
  prompt: string,
  options: GenerateOptions = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<ModelResponse> {
  if (canGenerate(provider)) return provider.generate(prompt, options, signal);
  const { temperature, max_tokens, ...parameters } = options;
  let content = '';
  const end = await provider.stream(
    {
      messages: [{ role: 'user', content: prompt }],
      ...(temperature === undefined ? {} : { temperature }),
      ...(max_tokens === undefined ? {} : { max_tokens }),
      parameters,
    },
    (delta) => {
      if (delta.block === 'text') content += delta.text;
    },
    signal,
  );
  if (end.type === 'aborted') throw new ParleyError('aborted', 'the call was cancelled');
  if (end.type === 'failed') {
    throw new ParleyError(end.code, end.message, { retryable: end.retryable, cause: end.cause });
  }
  return new ModelResponse({
    content,
    usage: end.usage === undefined ? null : { ...end.usage },
    model: end.answered_by ?? provider.name,
    finish_reason: end.stop_reason,
    metadata: { provider: provider.name },
  });
}
