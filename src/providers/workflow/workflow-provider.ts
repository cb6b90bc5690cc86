import type { Dispatcher } from 'undici';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { Clock } from '../../core/ports/clock.js';
import type {
  ModelDelta,
  ModelEnd,
  ModelHealth,
  ModelProvider,
  ModelRequest,
} from '../../core/ports/model-provider.js';
import { CircuitBreaker, type BreakerOptions } from '../shared/circuit-breaker.js';
import { failure, type Failure } from '../shared/failure.js';
import { isRecord, type JsonRecord } from '../shared/json.js';
import { redact } from '../shared/redact.js';
import { DEFAULT_RETRY, RetryBudget, type RetryOptions } from '../shared/retry.js';
import { billedUsage } from '../shared/usage.js';
import type { ModelResponse } from './model-response.js';
import { renderPrompt } from './render-prompt.js';
import type { GenerateOptions, WorkflowConfig } from './request-handler.js';
import { WorkflowCall, type WorkflowCallContext, type WorkflowEnd } from './workflow-call.js';
import { WorkflowClient } from './workflow-client.js';
import { WorkflowRegistry } from './workflow-registry.js';

/** One model of the type `workflow`. */
export interface WorkflowOptions {
  /** The configured name. */
  readonly name: string;
  /** `request_handler`, `response_parser`, and what these two need. */
  readonly custom_config: WorkflowConfig;
  /** Sent as a bearer token where no `Authorization` is configured. */
  readonly api_key?: string;
  /** Beside `custom_config.headers`, which go before them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly parameters?: JsonRecord;
  /** For a whole call, ms. Default: 30 s. */
  readonly timeoutMs?: number;
}

/** What a workflow provider is given by whoever builds it. */
export interface WorkflowDeps {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Closed by its owner. */
  readonly dispatcher: Dispatcher;
  /** Default: one with the built-in handlers and parsers. */
  readonly registry?: WorkflowRegistry;
  readonly retry?: Partial<RetryOptions>;
  readonly breaker?: Partial<BreakerOptions>;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER = 8 * 2 ** 20;

/**
 * A model behind any JSON service: a request handler asks, a response parser reads, both found by name. Its upstreams do
 * not stream: an answer is one delta. It knows no tools, and leaves the form of an answer to the prompt.
 */
export class WorkflowProvider implements ModelProvider {
  readonly name: string;
  readonly #options: WorkflowOptions;
  readonly #context: WorkflowCallContext;
  readonly #client: WorkflowClient;
  #health: ModelHealth = { healthy: true };

  /** @throws ParleyError `config_invalid` for an unknown handler or parser, or what these refuse */
  constructor(options: WorkflowOptions, deps: WorkflowDeps) {
    this.name = options.name;
    this.#options = options;
    const { clock, random, dispatcher, registry = new WorkflowRegistry() } = deps;
    this.#client = new WorkflowClient({
      dispatcher,
      clock,
      config: options.custom_config,
      headers: headersOf(options),
      maxAnswer: MAX_ANSWER,
    });
    this.#context = {
      name: options.name,
      workflow: registry.build(options.custom_config),
      client: this.#client,
      clock,
      random,
      retry: { ...DEFAULT_RETRY, ...deps.retry },
      budget: new RetryBudget(clock),
      breaker: new CircuitBreaker(clock, deps.breaker),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      maxAnswer: MAX_ANSWER,
    };
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    if (signal.aborted) return { type: 'aborted' };
    if (wantsTools(request)) {
      return this.#failed(failure('upstream_rejected', 'cannot call tools: it is a workflow'));
    }
    const { temperature, max_tokens, top_p, parameters } = request;
    const options = this.#optionsOf({ ...parameters, ...defined({ temperature, max_tokens, top_p }) });
    const question = { prompt: renderPrompt(request.messages), options, messages: request.messages };
    const end = await this.#ask(question, signal);
    if (end.type === 'aborted') return end;
    if (end.type === 'failed') return this.#failed(end.failure);
    const { content, usage, model, finish_reason } = end.response;
    onDelta({ block: 'text', text: content });
    const billed = billedUsage(usage);
    return {
      type: 'done',
      stop_reason: finish_reason === 'length' ? 'length' : 'stop',
      tool_calls: [],
      ...(typeof finish_reason === 'string' ? { raw_reason: finish_reason } : {}),
      ...(billed === undefined ? {} : { usage: billed }),
      ...(typeof model === 'string' ? { answered_by: model } : {}),
    };
  }

  /**
   * Asks once and gives the whole response.
   *
   * @throws ParleyError `upstream_*`, with a message that may be shown, when there is none
   * @example const { content } = await provider.generate('Hello world', { temperature: 0 });
   */
  async generate(prompt: string, options: GenerateOptions = {}, signal?: AbortSignal): Promise<ModelResponse> {
    const messages = [{ role: 'user', content: prompt }] as const;
    const question = { prompt, options: this.#optionsOf(options), messages };
    const end = await this.#ask(question, signal ?? new AbortController().signal);
    if (end.type === 'answered') return end.response;
    if (end.type === 'aborted') throw new ParleyError('aborted', 'the call was cancelled');
    const { code, retryable, cause } = end.failure;
    throw new ParleyError(code, this.#sentence(end.failure), { retryable, cause: this.#cleaned(cause) });
  }

  health(): ModelHealth {
    return this.#health;
  }

  async #ask(question: ConstructorParameters<typeof WorkflowCall>[1], signal: AbortSignal): Promise<WorkflowEnd> {
    const end = await new WorkflowCall(this.#context, question, signal).run();
    if (end.type === 'answered') this.#health = { healthy: true };
    if (end.type === 'failed' && end.failure.unhealthy)
      this.#health = { healthy: false, last_error: this.#sentence(end.failure) };
    return end;
  }

  /** What is configured, and above it what is asked for. The seed stays here: these upstreams have no field for it. */
  #optionsOf(asked: GenerateOptions): GenerateOptions {
    const { temperature, max_tokens, parameters } = this.#options;
    return { ...parameters, ...defined({ temperature, max_tokens }), ...defined(asked) };
  }

  #failed(reason: Failure): ModelEnd {
    const { code, retryable, retryAfterMs, cause } = reason;
    return {
      type: 'failed',
      code,
      message: this.#sentence(reason),
      retryable,
      ...(retryAfterMs === undefined ? {} : { retry_after: Math.ceil(retryAfterMs / 1000) }),
      ...(cause === undefined ? {} : { cause: this.#cleaned(cause) }),
    };
  }

  #cleaned(cause: unknown): unknown {
    try {
      return redact(cause, this.#client.secrets);
    } catch {
      // What a plugin gave may be anything, also what is no JSON.
      return 'a cause that cannot be written down';
    }
  }

  #sentence(reason: Failure): string {
    return `The provider of model "${this.name}" ${reason.what}.`;
  }
}

function wantsTools({ tools, tool_choice }: ModelRequest): boolean {
  return (tools?.length ?? 0) > 0 && (tool_choice === 'required' || typeof tool_choice === 'object');
}

function defined(options: Readonly<Record<string, unknown>>): GenerateOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
}

function headersOf({ api_key, headers, custom_config }: WorkflowOptions): Readonly<Record<string, string>> {
  const own = isRecord(custom_config['headers']) ? Object.entries(custom_config['headers']) : [];
  const given = [...Object.entries(headers ?? {}), ...own].map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  return { ...(api_key === undefined ? {} : { authorization: `Bearer ${api_key}` }), ...Object.fromEntries(given) };
}
