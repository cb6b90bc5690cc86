import type {
  ModelDelta,
  ModelEnd,
  ModelHealth,
  ModelProvider,
  ModelRequest,
} from '../../core/ports/model-provider.js';
import type { CallPlan } from '../shared/upstream-call.js';
import { UpstreamCalls, type ProviderDeps } from '../shared/upstream-calls.js';
import { AnswerReader } from './answer-reader.js';
import { chatBody, type CallDefaults } from './chat-request.js';
import { checkModels } from './check-models.js';
import { adapt } from './dialect.js';
import type { Endpoint } from './endpoint.js';
import { LearnedModels } from './learned-models.js';

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
  readonly #options: OpenAiCompatibleOptions;
  readonly #deps: ProviderDeps;
  readonly #calls: UpstreamCalls;
  readonly #models: LearnedModels;

  constructor(options: OpenAiCompatibleOptions, deps: ProviderDeps) {
    this.name = options.name;
    this.accepts_upstream_id = options.endpoint.fixedModel !== true;
    this.#options = options;
    this.#deps = deps;
    this.#calls = new UpstreamCalls({ ...options, secrets: options.endpoint.secrets }, deps);
    this.#models = new LearnedModels(deps.clock, deps.breaker);
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    return this.#calls.make(this.#planOf(request), onDelta, signal);
  }

  health(): ModelHealth {
    return this.#calls.health;
  }

  async check(signal: AbortSignal): Promise<ModelHealth> {
    const { dispatcher, clock } = this.#deps;
    const { connectMs, firstByteMs } = this.#calls.limits;
    const { endpoint } = this.#options;
    const found = await checkModels({ dispatcher, endpoint, clock, timeoutMs: connectMs + firstByteMs, signal });
    return found === 'aborted' ? this.health() : this.#calls.checked(found);
  }

  async stop(): Promise<void> {
    this.#calls.stop();
  }

  #planOf(request: ModelRequest): CallPlan {
    const { origin, chatPath: path, headers } = this.#options.endpoint;
    const model = this.#models.of(request.upstream_id ?? this.#options.upstream_id);
    return {
      origin,
      path,
      headers,
      breaker: model.breaker,
      body: () => chatBody(request, this.#options, model.dialect),
      reader: (emit) =>
        new AnswerReader({ emit, maxAnswer: this.#calls.limits.maxAnswer, newCallId: this.#calls.newCallId }),
      adapt: (body, refusal) => {
        const dialect = adapt(model.dialect, { body, ownSchema: request.json !== undefined, refusal });
        model.dialect = dialect ?? model.dialect;
        return dialect !== undefined;
      },
    };
  }
}
