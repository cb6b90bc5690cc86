import type { ModelProvider } from '../core/ports/model-provider.js';
import type { ModelResponse } from './workflow/model-response.js';
import type { GenerateOptions } from './workflow/request-handler.js';

/** A provider with a whole answer of its own, which says more than its stream does (an ensemble's candidates, say). */
export interface GeneratingProvider extends ModelProvider {
  /** @throws ParleyError `upstream_*`, with a message that may be shown, when there is no answer */
  generate(prompt: string, options?: GenerateOptions, signal?: AbortSignal): Promise<ModelResponse>;
}

/** Whether a provider is one. */
export function canGenerate(provider: ModelProvider): provider is GeneratingProvider {
  return 'generate' in provider && typeof provider.generate === 'function';
}
