import type { ModelDelta, ModelEnd, ModelHealth, ModelProvider, ModelRequest } from '../core/ports/model-provider.js';
import { canGenerate, type GeneratingProvider } from './generating-provider.js';
import { withCost, type Price } from './price.js';

/**
 * What holds for every configured model, whatever its type: a request that it cannot take is refused, and asks
 * nobody; what it spent is priced, here and nowhere else.
 */
export class ConfiguredProvider implements ModelProvider {
  readonly name: string;
  readonly accepts_images: boolean;
  readonly accepts_upstream_id: boolean;
  /** There if the provider has it. */
  readonly generate?: GeneratingProvider['generate'];
  readonly #provider: ModelProvider;
  readonly #price: Price | undefined;

  constructor(provider: ModelProvider, price?: Price) {
    this.name = provider.name;
    this.accepts_images = provider.accepts_images === true;
    this.accepts_upstream_id = provider.accepts_upstream_id === true;
    this.#provider = provider;
    this.#price = price;
    if (canGenerate(provider)) this.generate = async (...given) => provider.generate(...given);
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    if (!this.accepts_upstream_id && request.upstream_id !== undefined)
      return this.#refusal('has one model only, and cannot be asked for another one');
    if (!this.accepts_images && request.messages.some(hasImage)) return this.#refusal('takes text only, no images');
    const end = await this.#provider.stream(request, onDelta, signal);
    if (this.#price === undefined || end.usage === undefined) return end;
    return { ...end, usage: withCost(end.usage, this.#price) };
  }

  health(): ModelHealth {
    return this.#provider.health();
  }

  async check(signal: AbortSignal): Promise<ModelHealth> {
    return (await this.#provider.check?.(signal)) ?? this.health();
  }

  async stop(): Promise<void> {
    await this.#provider.stop?.();
  }

  #refusal(what: string): ModelEnd {
    const message = `The provider of model "${this.name}" ${what}.`;
    return { type: 'failed', code: 'upstream_rejected', message, retryable: false };
  }
}

function hasImage(message: ModelRequest['messages'][number]): boolean {
  return 'parts' in message && (message.parts ?? []).some((part) => part.type === 'image');
}
