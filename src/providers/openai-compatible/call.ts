import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/ports/clock.js';
import type { ModelDelta, ModelEnd, ModelRequest } from '../../core/ports/model-provider.js';
import { AnswerReader } from './answer-reader.js';
import { chatBody } from './chat-request.js';
import type { CallDefaults } from './chat-request.js';
import { adapt } from './dialect.js';
import type { Endpoint } from './endpoint.js';
import { Exchange } from '../shared/exchange.js';
import type { ExchangeEnd, ExchangeLimits } from '../shared/exchange.js';
import type { LearnedModel, LearnedModels } from './learned-models.js';
import type { Failure } from '../shared/failure.js';
import type { JsonRecord } from '../shared/json.js';
import type { RetryBudget, RetryOptions } from '../shared/retry.js';
import { retryWait } from '../shared/retry.js';
import { failureOf } from '../shared/upstream-errors.js';
import type { Watchdog } from '../shared/watchdog.js';

/** What the calls of one provider share. */
export interface CallContext {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly watchdog: Watchdog;
  readonly budget: RetryBudget;
  readonly endpoint: Endpoint;
  readonly defaults: CallDefaults;
  readonly limits: ExchangeLimits;
  readonly retry: RetryOptions;
  readonly models: LearnedModels;
}

/** How a call ended: the port's `done` or `aborted`, or a failure in our own words. */
export type CallEnd = Exclude<ModelEnd, { type: 'failed' }> | { readonly type: 'failed'; readonly failure: Failure };

/** An upstream that refuses one thing after another is not worth more attempts. */
const MOST_ADAPTATIONS = 6;

/** One model call with its repetitions. */
export class Call {
  readonly #context: CallContext;
  readonly #request: ModelRequest;
  readonly #onDelta: (delta: ModelDelta) => void;
  readonly #signal: AbortSignal;
  readonly #model: LearnedModel;
  #stop: (() => void) | undefined;
  #delivered = false;
  /** Of the last attempt. */
  #failure: Failure | undefined;
  #spentMs = 0;
  #retries = 0;
  #adaptations = 0;
  #reader: AnswerReader | undefined;

  constructor(context: CallContext, request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal) {
    this.#context = context;
    this.#request = request;
    this.#onDelta = onDelta;
    this.#signal = signal;
    this.#model = context.models.of(request.upstream_id ?? context.defaults.upstream_id);
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
    const { breaker } = this.#model;
    if (!breaker.admit()) return { type: 'failed', failure: this.#failure ?? breaker.refusal() };
    const body = chatBody(this.#request, this.#context.defaults, this.#model.dialect);
    const reader = new AnswerReader({
      emit: this.#emit,
      maxAnswer: this.#context.limits.maxAnswer,
      newCallId: () => `call_${Math.floor(this.#context.random() * 2 ** 52).toString(36)}`,
    });
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
    if (!this.#delivered) this.#model.breaker.answered();
    this.#delivered = true;
    this.#onDelta(delta);
  };

  #exchange(reader: AnswerReader, body: JsonRecord): Promise<ExchangeEnd> {
    const { dispatcher, endpoint, limits, watchdog } = this.#context;
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
          {
            origin: endpoint.origin,
            path: endpoint.chatPath,
            method: 'POST',
            headers: [...endpoint.headers],
            body: JSON.stringify(body),
          },
          exchange,
        );
      } catch (error) {
        exchange.onResponseError(undefined, error instanceof Error ? error : new Error('dispatch failed'));
      }
    });
  }

  #adapted(body: JsonRecord, { refusal }: Extract<ExchangeEnd, { type: 'refused' }>): boolean {
    if (this.#adaptations >= MOST_ADAPTATIONS) return false;
    const dialect = adapt(this.#model.dialect, { body, ownSchema: this.#request.json !== undefined, refusal });
    if (dialect === undefined) return false;
    this.#adaptations++;
    this.#model.breaker.answered();
    this.#model.dialect = dialect;
    return true;
  }

  async #afterFailure(reason: Failure): Promise<CallEnd | undefined> {
    const { retry, random, budget, limits } = this.#context;
    const failed: CallEnd = { type: 'failed', failure: reason };
    if (this.#signal.aborted) return { type: 'aborted' };
    this.#failure = reason;
    this.#model.breaker.failed(reason);
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
