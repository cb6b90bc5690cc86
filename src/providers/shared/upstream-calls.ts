import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/ports/clock.js';
import type { ModelDelta, ModelEnd, ModelHealth } from '../../core/ports/model-provider.js';
import type { BreakerOptions } from './circuit-breaker.js';
import { limitsOf, tickOf } from './exchange-limits.js';
import type { ExchangeLimits } from './exchange.js';
import type { Failure } from './failure.js';
import { redact } from './redact.js';
import { DEFAULT_RETRY, RetryBudget, type RetryOptions } from './retry.js';
import { UpstreamCall, type CallContext, type CallPlan } from './upstream-call.js';
import { Watchdog } from './watchdog.js';

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

/** Whose calls they are. */
export interface CallerOptions {
  /** The configured name of the model. */
  readonly name: string;
  /** What must not be seen in a log. */
  readonly secrets: readonly string[];
  /** Replaces the limits on the first byte and on silence, ms. */
  readonly timeoutMs?: number;
}

/** The calls of one model over HTTP: what they share, what they say of its health, and their ends in the port's words. */
export class UpstreamCalls {
  readonly #name: string;
  readonly #secrets: readonly string[];
  readonly #context: CallContext;
  #health: ModelHealth = { healthy: true };

  /** @throws ParleyError `config_invalid` for a timeout that is none */
  constructor({ name, secrets, timeoutMs }: CallerOptions, deps: ProviderDeps) {
    const { clock, random, dispatcher } = deps;
    const limits = limitsOf(deps.limits, timeoutMs);
    this.#name = name;
    this.#secrets = secrets;
    this.#context = {
      clock,
      random,
      dispatcher,
      limits,
      retry: { ...DEFAULT_RETRY, ...deps.retry },
      budget: new RetryBudget(clock),
      watchdog: new Watchdog(clock, tickOf(limits)),
    };
  }

  get limits(): ExchangeLimits {
    return this.#context.limits;
  }

  get health(): ModelHealth {
    return this.#health;
  }

  /** For a tool call that came without one. */
  readonly newCallId = (): string => `call_${Math.floor(this.#context.random() * 2 ** 52).toString(36)}`;

  /** The stream of the port. */
  async make(plan: CallPlan, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    if (signal.aborted) return { type: 'aborted' };
    const call = new UpstreamCall(this.#context, plan, onDelta, signal);
    const end = await call.run();
    if (end.type === 'failed') return this.failed(end.failure, call.usage);
    if (end.type === 'done') this.#health = { healthy: true };
    return end;
  }

  /** What a check found. */
  checked(found: Failure | undefined): ModelHealth {
    this.#health = found === undefined ? { healthy: true } : { healthy: false, last_error: this.#sentence(found) };
    return this.#health;
  }

  /** The end of a call that cannot be made, or that failed. */
  failed(reason: Failure, usage?: ModelEnd['usage']): ModelEnd {
    const message = this.#sentence(reason);
    if (reason.unhealthy) this.#health = { healthy: false, last_error: message };
    const { retryAfterMs } = reason;
    return {
      type: 'failed',
      code: reason.code,
      message,
      retryable: reason.retryable,
      ...(retryAfterMs === undefined ? {} : { retry_after: Math.ceil(retryAfterMs / 1000) }),
      ...(reason.cause === undefined ? {} : { cause: redact(reason.cause, this.#secrets) }),
      ...(usage === undefined ? {} : { usage }),
    };
  }

  /** The connections are the dispatcher's; only the timer is ours. */
  stop(): void {
    this.#context.watchdog.stop();
  }

  #sentence(reason: Failure): string {
    return `The provider of model "${this.#name}" ${reason.what}.`;
  }
}
