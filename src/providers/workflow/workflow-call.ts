import { unlessAborted } from '../../core/kernel/unless-aborted.js';
import type { Clock } from '../../core/ports/clock.js';
import type { ModelMessage } from '../../core/ports/model-provider.js';
import type { CircuitBreaker } from '../shared/circuit-breaker.js';
import { failure, timedOut, type Failure } from '../shared/failure.js';
import { retryWait, type RetryBudget, type RetryOptions } from '../shared/retry.js';
import type { ModelResponse } from './model-response.js';
import type { GenerateOptions, WorkflowContext } from './request-handler.js';
import type { WorkflowClient } from './workflow-client.js';
import { emptyAnswer, failureFrom, unusable, WorkflowFailure } from './workflow-failure.js';
import type { Workflow } from './workflow-registry.js';

/** What the calls of one provider share. */
export interface WorkflowCallContext {
  readonly name: string;
  readonly workflow: Workflow;
  readonly client: WorkflowClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly retry: RetryOptions;
  readonly budget: RetryBudget;
  readonly breaker: CircuitBreaker;
  /** One limit for the whole call: all its requests, repetitions and waits. */
  readonly timeoutMs: number;
  /** UTF-16 units of an answer. */
  readonly maxAnswer: number;
}

export interface WorkflowQuestion {
  readonly prompt: string;
  readonly options: GenerateOptions;
  readonly messages: readonly ModelMessage[];
}

/** How a call ended. */
export type WorkflowEnd =
  | { readonly type: 'answered'; readonly response: ModelResponse }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'aborted' };

/** One call with its repetitions. Nothing of an answer is delivered before it is whole, so every failure may be repeated. */
export class WorkflowCall {
  readonly #context: WorkflowCallContext;
  readonly #question: WorkflowQuestion;
  readonly #caller: AbortSignal;
  readonly #over = new AbortController();
  #late = false;

  constructor(context: WorkflowCallContext, question: WorkflowQuestion, signal: AbortSignal) {
    this.#context = context;
    this.#question = question;
    this.#caller = signal;
  }

  /** Never rejects. */
  async run(): Promise<WorkflowEnd> {
    const { clock, budget, breaker, timeoutMs } = this.#context;
    if (!breaker.admit()) return { type: 'failed', failure: breaker.refusal() };
    const stop = (): void => this.#over.abort();
    const disarm = clock.after(timeoutMs, () => {
      this.#late = true;
      stop();
    });
    this.#caller.addEventListener('abort', stop, { once: true });
    if (this.#caller.aborted) stop();
    budget.count();
    try {
      let end = await this.#watched();
      // Who has begun has time for its repetitions, made or not; who comes while the breaker is open is told at once.
      for (let repetition = 1; end.type === 'failed'; repetition++) {
        if (!(await this.#waitBefore(repetition, end.failure))) return this.#told(end);
        if (breaker.admit()) end = await this.#watched();
        else budget.giveBack();
      }
      return end;
    } finally {
      disarm();
      this.#caller.removeEventListener('abort', stop);
      // A handler that goes on by itself is told that nobody waits for it.
      stop();
    }
  }

  async #watched(): Promise<WorkflowEnd> {
    const { breaker } = this.#context;
    const end = this.#told(await this.#attempt());
    if (end.type === 'answered') breaker.answered();
    else if (end.type === 'failed') breaker.failed(end.failure);
    return end;
  }

  async #attempt(): Promise<WorkflowEnd> {
    const { workflow } = this.#context;
    const { prompt, options } = this.#question;
    let thrower = workflow.handler_name;
    try {
      const raw = await this.#inTime(async () => workflow.handler.process(prompt, options, this.#contextOfCall()));
      thrower = workflow.parser_name;
      const response = await this.#inTime(async () => workflow.parser.parse(raw));
      return { type: 'answered', response: this.#checked(response) };
    } catch (error) {
      return { type: 'failed', failure: failureFrom(error, thrower) };
    }
  }

  /** The work's outcome; a plugin that does not heed the signal is not waited for. */
  #inTime<T>(work: () => Promise<T>): Promise<T> {
    return unlessAborted(work(), this.#over.signal, () => new WorkflowFailure(failure('upstream_timeout', 'is late')));
  }

  #contextOfCall(): WorkflowContext {
    const { client, name } = this.#context;
    const signal = this.#over.signal;
    return {
      model: name,
      messages: this.#question.messages,
      signal,
      post: (url, body) => client.post(url, body, signal),
    };
  }

  #checked(response: unknown): ModelResponse {
    const content = typeof response === 'object' && response !== null && 'content' in response && response.content;
    if (typeof content !== 'string')
      throw unusable(`could not be used: its ${this.#context.workflow.parser_name} gave no content`);
    if (content === '') throw emptyAnswer();
    if (content.length > this.#context.maxAnswer)
      throw new WorkflowFailure(failure('upstream_too_large', 'sent an answer that is longer than allowed'));
    return response as ModelResponse;
  }

  /** Waits before a repetition. False: there is none. */
  async #waitBefore(repetition: number, reason: Failure): Promise<boolean> {
    const { retry, random, budget, clock } = this.#context;
    if (this.#over.signal.aborted || !reason.repeatable || repetition > retry.retries) return false;
    const wait = retryWait(reason, repetition, retry, random);
    if (wait === undefined || wait >= this.#context.timeoutMs || !budget.take()) return false;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        cancel();
        this.#over.signal.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = clock.after(wait, wake);
      this.#over.signal.addEventListener('abort', wake, { once: true });
    });
    return !this.#over.signal.aborted;
  }

  /** What stopped it says more than what then went wrong. */
  #told(end: WorkflowEnd): WorkflowEnd {
    if (this.#caller.aborted) return { type: 'aborted' };
    if (end.type === 'failed' && this.#late)
      return { type: 'failed', failure: timedOut('total', this.#context.timeoutMs) };
    return end;
  }
}
