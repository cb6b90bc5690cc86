import type { Usage } from '../core/events/conversation-event.js';
import { addUsage } from '../core/events/usage.js';
import type { ModelDelta, ModelEnd, ModelHealth, ModelProvider, ModelRequest } from '../core/ports/model-provider.js';

type Failed = Extract<ModelEnd, { type: 'failed' }>;

/**
 * A model with others behind it. The next one is asked when one fails before its first delta; afterwards the answer
 * is that model's, whatever becomes of it. If all fail, the first one's failure is told: it is the one that was asked for.
 */
export class FallbackProvider implements ModelProvider {
  readonly name: string;
  readonly accepts_images: boolean;
  readonly accepts_upstream_id: boolean;
  readonly #first: ModelProvider;
  readonly #others: readonly ModelProvider[];

  constructor(first: ModelProvider, others: readonly ModelProvider[]) {
    this.name = first.name;
    this.accepts_images = [first, ...others].some((provider) => provider.accepts_images);
    this.accepts_upstream_id = first.accepts_upstream_id === true;
    this.#first = first;
    this.#others = others;
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    const failures: Failed[] = [];
    let delivered = false;
    const deliver = (delta: ModelDelta): void => {
      delivered = true;
      onDelta(delta);
    };
    // Another model's upstream knows other names: it is asked for its own.
    const { upstream_id: _named, ...unnamed } = request;
    for (const provider of [this.#first, ...this.#others]) {
      const end = await provider.stream(provider === this.#first ? request : unnamed, deliver, signal);
      if (end.type !== 'failed' || delivered || signal.aborted) return answered(end, provider, failures);
      failures.push(end);
    }
    return allFailed(failures, this.name);
  }

  health(): ModelHealth {
    const first = this.#first.health();
    if (first.healthy || !this.#others.some((provider) => provider.health().healthy)) return first;
    return { ...first, healthy: true };
  }

  async check(signal: AbortSignal): Promise<ModelHealth> {
    await Promise.all([this.#first, ...this.#others].map(async (provider) => provider.check?.(signal)));
    return this.health();
  }
}

/** The end of the one that answered, with what the others cost before it. */
function answered(end: ModelEnd, provider: ModelProvider, before: readonly Failed[]): ModelEnd {
  const usage = sum([...before.map((failed) => failed.usage), end.usage]);
  const spent = usage === undefined ? {} : { usage };
  return end.type === 'done'
    ? { ...end, ...spent, answered_by: end.answered_by ?? provider.name }
    : { ...end, ...spent };
}

function allFailed(failures: readonly Failed[], name: string): Failed {
  const [first] = failures;
  const usage = sum(failures.map((failed) => failed.usage));
  return {
    type: 'failed',
    code: first?.code ?? 'upstream_unavailable',
    message: first?.message ?? `Model "${name}" has no provider.`,
    retryable: failures.some((failed) => failed.retryable),
    ...(first?.retry_after === undefined ? {} : { retry_after: first.retry_after }),
    cause: failures.map(({ code, message, cause }) => ({ code, message, cause })),
    ...(usage === undefined ? {} : { usage }),
  };
}

function sum(usages: readonly (Usage | undefined)[]): Usage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  return known.length < 2 ? known[0] : known.reduce(addUsage);
}
