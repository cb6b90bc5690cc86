import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/ports/clock.js';
import type { ModelDelta, ModelEnd } from '../../core/ports/model-provider.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { Exchange } from './exchange.js';
import type { ExchangeEnd, ExchangeLimits, ExchangeReader } from './exchange.js';
import type { Failure } from './failure.js';
import type { JsonRecord } from './json.js';
import type { RetryBudget, RetryOptions } from './retry.js';
import { retryWait } from './retry.js';
import { failureOf, type Refusal } from './upstream-errors.js';
import type { Watchdog } from './watchdog.js';

/** What the calls of one provider share. */
export interface CallContext {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly watchdog: Watchdog;
  readonly budget: RetryBudget;
  readonly limits: ExchangeLimits;
  readonly retry: RetryOptions;
}

/** How an answer came out: `done` of the port, or why it failed. */
export type Conclusion = Extract<ModelEnd, { type: 'done' }> | Failure;

/** Reads one answer, and knows what became of it. */
export interface AnswerSource extends ExchangeReader {
  readonly usage: ModelEnd['usage'];
  /** When nothing more comes. */
  conclude(): Conclusion;
}

/** What one call asks, in the upstream's own words. */
export interface CallPlan {
  readonly origin: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly breaker: CircuitBreaker;
  /** Of the next attempt. */
  body(): JsonRecord;
  /** Of the next attempt. Its text goes to `emit`. */
  reader(emit: (delta: ModelDelta) => void): AnswerSource;
  /** Learns from a refusal. True: the next body is another one, and worth an attempt. */
  adapt?(body: JsonRecord, refusal: Refusal): boolean;
}

/** How a call ended: the port's `done` or `aborted`, or a failure in our own words. */
export type CallEnd = Exclude<ModelEnd, { type: 'failed' }> | { readonly type: 'failed'; readonly failure: Failure };

/** An upstream that refuses one thing after another is not worth more attempts. */
const MOST_ADAPTATIONS = 6;

/** One model call with its repetitions. */
export class UpstreamCall {
  readonly #context: CallContext;
  readonly #plan: CallPlan;
  readonly #onDelta: (delta: ModelDelta) => void;
  readonly #signal: AbortSignal;
  #stop: (() => void) | undefined;
  #delivered = false;
  /** Of the last attempt. */
  #failure: Failure | undefined;
  #spentMs = 0;
  #retries = 0;
  #adaptations = 0;
  #reader: AnswerSource | undefined;

  constructor(context: CallContext, plan: CallPlan, onDelta: (delta: ModelDelta) => void, signal: AbortSignal) {
    this.#context = context;
    this.#plan = plan;
    this.#onDelta = onDelta;
    this.#signal = signal;
  }

  /** Resolves with the end of the call; rejects only with what the caller's own `onDelta` threw. */
  async run(): Promise<CallEnd> {
    const abort = (): void => this.#stop?.();
    this.#signal.addEventListener('abort', abort, { once: true });
    this.#context.budget.count();
    try {
      for (;;) {
        const end = await this.#attempt();
        if (end !== undefined) return end;
        if (this.#signal.aborted) return { type: 'aborted' };
      }
    } finally {
      this.#signal.removeEventListener('abort', abort);
    }
  }

  /** One exchange. Undefined: to be repeated, the wait is over. */
  async #attempt(): Promise<CallEnd | undefined> {
    const { breaker } = this.#plan;
    if (!breaker.admit()) {
      // Who has begun has time for its repetitions, made or not; who comes now is told at once.
      if (this.#failure === undefined) return { type: 'failed', failure: breaker.refusal() };
      this.#context.budget.giveBack();
      return this.#again(this.#failure);
    }
    const body = this.#plan.body();
    const reader = this.#plan.reader(this.#emit);
    this.#reader = reader;
    const end = await this.#exchange(reader, body);
    switch (end.type) {
      case 'answered': {
        const conclusion = reader.conclude();
        if (!('type' in conclusion)) return this.#afterFailure(conclusion);
        breaker.answered();
        return conclusion;
      }
      case 'refused': {
        if (this.#adapted(body, end)) return undefined;
        return this.#afterFailure(failureOf(end.refusal, this.#context.clock.now()));
      }
      case 'failed':
        return this.#afterFailure(end.failure);
      case 'aborted':
        return { type: 'aborted', ...(reader.usage === undefined ? {} : { usage: reader.usage }) };
      case 'thrown':
        throw end.error;
    }
  }

  readonly #emit = (delta: ModelDelta): void => {
    if (!this.#delivered) this.#plan.breaker.answered();
    this.#delivered = true;
    this.#onDelta(delta);
  };

  #exchange(reader: AnswerSource, body: JsonRecord): Promise<ExchangeEnd> {
    const { dispatcher, limits, watchdog } = this.#context;
    const { origin, path, headers } = this.#plan;
    return new Promise((resolve) => {
      const left = { ...limits, totalMs: limits.totalMs - this.#spentMs };
      const exchange = new Exchange(reader, left, watchdog, (end) => {
        this.#spentMs += exchange.elapsedMs;
        this.#stop = undefined;
        resolve(end);
      });
      this.#stop = () => exchange.abort();
      try {
        dispatcher.dispatch(
          { origin, path, method: 'POST', headers: [...headers], body: JSON.stringify(body) },
          exchange,
        );
      } catch (error) {
        exchange.onResponseError(undefined, error instanceof Error ? error : new Error('dispatch failed'));
      }
    });
  }

  #adapted(body: JsonRecord, { refusal }: Extract<ExchangeEnd, { type: 'refused' }>): boolean {
    if (this.#adaptations >= MOST_ADAPTATIONS || this.#plan.adapt?.(body, refusal) !== true) return false;
    this.#adaptations++;
    this.#plan.breaker.answered();
    return true;
  }

  async #afterFailure(reason: Failure): Promise<CallEnd | undefined> {
    if (this.#signal.aborted) return { type: 'aborted' };
    this.#failure = reason;
    this.#plan.breaker.failed(reason);
    return this.#again(reason);
  }

  /** Waits for the next attempt, if there is one. */
  async #again(reason: Failure): Promise<CallEnd | undefined> {
    const { retry, random, budget, limits } = this.#context;
    const failed: CallEnd = { type: 'failed', failure: reason };
    if (this.#delivered || !reason.repeatable || this.#retries >= retry.retries) return failed;
    const wait = retryWait(reason, this.#retries + 1, retry, random);
    if (wait === undefined || this.#spentMs + wait >= limits.totalMs || !budget.take()) return failed;
    this.#retries++;
    this.#spentMs += wait;
    await this.#sleep(wait);
    return undefined;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#context.clock.after(ms, resolve);
      this.#stop = () => {
        cancel();
        resolve();
      };
    });
  }

  /** What the upstream counted of the last attempt, also when it failed. */
  get usage(): ModelEnd['usage'] {
    return this.#reader?.usage;
  }
}
