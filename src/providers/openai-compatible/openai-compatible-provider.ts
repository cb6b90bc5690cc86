import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/ports/clock.js';
import type {
  ModelDelta,
  ModelEnd,
  ModelHealth,
  ModelProvider,
  ModelRequest,
} from '../../core/ports/model-provider.js';
import { Call } from './call.js';
import type { CallContext } from './call.js';
import type { CallDefaults } from './chat-request.js';
import { checkModels } from './check-models.js';
import type { Endpoint } from './endpoint.js';
import type { ExchangeLimits } from '../shared/exchange.js';
import { limitsOf, tickOf } from '../shared/exchange-limits.js';
import { LearnedModels } from './learned-models.js';
import type { BreakerOptions } from '../shared/circuit-breaker.js';
import type { Failure } from '../shared/failure.js';
import { redact } from '../shared/redact.js';
import { DEFAULT_RETRY, RetryBudget } from '../shared/retry.js';
import type { RetryOptions } from '../shared/retry.js';
import { Watchdog } from '../shared/watchdog.js';

/** What providers are given by whoever builds them. */
export interface ProviderDeps {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Shared by all providers of a process, closed by its owner. */
  readonly dispatcher: Dispatcher;
  readonly limits?: Partial<ExchangeLimits>;
  readonly retry?: Partial<RetryOptions>;
  readonly breaker?: Partial<BreakerOptions>;
}

/** One model behind an OpenAI-compatible base. */
export interface OpenAiCompatibleOptions extends CallDefaults {
  /** The configured name. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** Replaces the limits on the first byte and on silence, ms. */
  readonly timeoutMs?: number;
}

/** Chat completions of any upstream that speaks OpenAI's dialect, always streamed. */
export class OpenAiCompatibleProvider implements ModelProvider {
  readonly name: string;
  readonly accepts_images = true;
  readonly accepts_upstream_id: boolean;
  readonly #context: CallContext;
  #health: ModelHealth = { healthy: true };

  constructor(options: OpenAiCompatibleOptions, deps: ProviderDeps) {
    this.name = options.name;
    this.accepts_upstream_id = options.endpoint.fixedModel !== true;
    const limits = limitsOf(deps.limits, options.timeoutMs);
    const { clock, random, dispatcher } = deps;
    this.#context = {
      clock,
      random,
      dispatcher,
      limits,
      endpoint: options.endpoint,
      defaults: options,
      retry: { ...DEFAULT_RETRY, ...deps.retry },
      budget: new RetryBudget(clock),
      watchdog: new Watchdog(clock, tickOf(limits)),
      models: new LearnedModels(clock, deps.breaker),
    };
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    if (signal.aborted) return { type: 'aborted' };
    const call = new Call(this.#context, request, onDelta, signal);
    const end = await call.run();
    if (end.type === 'failed') return this.#failed(end.failure, call.usage);
    if (end.type === 'done') this.#health = { healthy: true };
    return end;
  }

  health(): ModelHealth {
    return this.#health;
  }

  async check(signal: AbortSignal): Promise<ModelHealth> {
    const { dispatcher, endpoint, clock, limits } = this.#context;
    const timeoutMs = limits.connectMs + limits.firstByteMs;
    const found = await checkModels({ dispatcher, endpoint, clock, timeoutMs, signal });
    if (found === 'aborted') return this.#health;
    this.#health = found === undefined ? { healthy: true } : { healthy: false, last_error: this.#sentence(found) };
    return this.#health;
  }

  /** The connections are the dispatcher's; only the timer is ours. */
  async stop(): Promise<void> {
    this.#context.watchdog.stop();
  }

  #failed(reason: Failure, usage: ModelEnd['usage']): ModelEnd {
    const message = this.#sentence(reason);
    if (reason.unhealthy) this.#health = { healthy: false, last_error: message };
    const { retryAfterMs } = reason;
    return {
      type: 'failed',
      code: reason.code,
      message,
      retryable: reason.retryable,
      ...(retryAfterMs === undefined ? {} : { retry_after: Math.ceil(retryAfterMs / 1000) }),
      ...(reason.cause === undefined ? {} : { cause: redact(reason.cause, this.#context.endpoint.secrets) }),
      ...(usage === undefined ? {} : { usage }),
    };
  }

  #sentence(reason: Failure): string {
    return `The provider of model "${this.name}" ${reason.what}.`;
  }
}
