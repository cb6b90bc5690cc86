import { ParleyError } from '../core/kernel/parley-error.js';
import type { ModelDelta, ModelEnd, ModelHealth, ModelProvider, ModelRequest } from '../core/ports/model-provider.js';
import { canGenerate, type GeneratingProvider } from './generating-provider.js';
import { withCost, type Price } from './price.js';

/** A provider, and how much of it is in use. */
interface Used {
  readonly provider: ModelProvider;
  calls: number;
}

/**
 * What holds for every configured model, whatever its type: a request that it cannot take is refused, and asks
 * nobody; what it spent is priced, here and nowhere else. Its provider may be replaced by another one of the same type.
 */
export class ConfiguredProvider implements ModelProvider {
  readonly name: string;
  readonly accepts_images: boolean;
  readonly accepts_upstream_id: boolean;
  /** There if the provider has it. */
  readonly generate?: GeneratingProvider['generate'];
  readonly #price: Price | undefined;
  /** Replaced, with calls that are under way. */
  readonly #retired = new Set<Used>();
  #used: Used;

  constructor(provider: ModelProvider, price?: Price) {
    this.name = provider.name;
    this.accepts_images = provider.accepts_images === true;
    this.accepts_upstream_id = provider.accepts_upstream_id === true;
    this.#used = { provider, calls: 0 };
    this.#price = price;
    if (canGenerate(provider)) this.generate = async (...given) => this.#during((now) => generate(now, given));
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    if (!this.accepts_upstream_id && request.upstream_id !== undefined)
      return this.#refusal('has one model only, and cannot be asked for another one');
    if (!this.accepts_images && request.messages.some(hasImage)) return this.#refusal('takes text only, no images');
    const end = await this.#during(async (provider) => provider.stream(request, onDelta, signal));
    if (this.#price === undefined || end.usage === undefined) return end;
    return { ...end, usage: withCost(end.usage, this.#price) };
  }

  health(): ModelHealth {
    return this.#used.provider.health();
  }

  async check(signal: AbortSignal): Promise<ModelHealth> {
    return (await this.#during(async (provider) => provider.check?.(signal))) ?? this.health();
  }

  /** From the next call on another provider is asked; the one before it is stopped once its calls have ended. */
  replace(provider: ModelProvider): void {
    const before = this.#used;
    this.#used = { provider, calls: 0 };
    this.#retired.add(before);
    this.#stopUnused(before);
  }

  async stop(): Promise<void> {
    const all = [this.#used, ...this.#retired];
    this.#retired.clear();
    await Promise.allSettled(all.map(async ({ provider }) => provider.stop?.()));
  }

  async #during<Result>(call: (provider: ModelProvider) => Promise<Result>): Promise<Result> {
    const used = this.#used;
    used.calls += 1;
    try {
      return await call(used.provider);
    } finally {
      used.calls -= 1;
      this.#stopUnused(used);
    }
  }

  #stopUnused(used: Used): void {
    if (used.calls > 0 || !this.#retired.delete(used)) return;
    void used.provider.stop?.().catch(() => undefined);
  }

  #refusal(what: string): ModelEnd {
    const message = `The provider of model "${this.name}" ${what}.`;
    return { type: 'failed', code: 'upstream_rejected', message, retryable: false };
  }
}

async function generate(
  provider: ModelProvider,
  given: Parameters<GeneratingProvider['generate']>,
): ReturnType<GeneratingProvider['generate']> {
  if (canGenerate(provider)) return provider.generate(...given);
  throw new ParleyError('upstream_auth', provider.health().last_error ?? `Model "${provider.name}" cannot be used.`);
}

function hasImage(message: ModelRequest['messages'][number]): boolean {
  return 'parts' in message && (message.parts ?? []).some((part) => part.type === 'image');
}
