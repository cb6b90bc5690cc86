import type {
  ModelDelta,
  ModelEnd,
  ModelHealth,
  ModelProvider,
  ModelRequest,
} from '../../core/ports/model-provider.js';
import { callHeaders, type CallHeaders } from '../shared/call-headers.js';
import { CircuitBreaker } from '../shared/circuit-breaker.js';
import { failure } from '../shared/failure.js';
import { UpstreamCalls, type ProviderDeps } from '../shared/upstream-calls.js';
import { ProxyReader } from './proxy-reader.js';
import { proxyBody, type ProxyDefaults } from './proxy-request.js';

/** One model behind a proxy. */
export interface ProxyOptions extends Omit<ProxyDefaults, 'provider' | 'api'> {
  /** The configured name. */
  readonly name: string;
  /** Address of the proxy, with or without `/api/stream`. */
  readonly base: string;
  /** Shown as a bearer token. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `openai`. */
  readonly provider?: string;
  /** Default: `openai-completions`. */
  readonly api?: string;
  /** Replaces the limits on the first byte and on silence, ms. */
  readonly timeoutMs?: number;
}

const PATH = '/api/stream';

/**
 * A model behind a proxy that speaks the stream format of agent frameworks (`POST /api/stream`; another Parley is one). It
 * leaves the form of an answer to the prompt, and cannot force a tool call: that format has no words for either.
 */
export class ProxyProvider implements ModelProvider {
  readonly name: string;
  readonly accepts_images = true;
  readonly accepts_upstream_id = true;
  readonly #defaults: ProxyDefaults;
  readonly #deps: ProviderDeps;
  readonly #address: { readonly origin: string; readonly path: string };
  readonly #headers: CallHeaders;
  readonly #calls: UpstreamCalls;
  readonly #breaker: CircuitBreaker;

  constructor(options: ProxyOptions, deps: ProviderDeps) {
    const { name, base, provider = 'openai', api = 'openai-completions' } = options;
    this.name = name;
    this.#defaults = { ...options, provider, api };
    this.#deps = deps;
    this.#address = addressOf(new URL(base));
    this.#headers = headersOf(options);
    this.#calls = new UpstreamCalls({ ...options, secrets: this.#headers.secrets }, deps);
    this.#breaker = new CircuitBreaker(deps.clock, deps.breaker);
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    if (signal.aborted) return { type: 'aborted' };
    if (forcesTool(request)) return this.#calls.failed(failure('upstream_rejected', 'cannot be made to call a tool'));
    const { maxAnswer } = this.#calls.limits;
    const plan = {
      ...this.#address,
      headers: this.#headers.headers,
      breaker: this.#breaker,
      body: () => proxyBody(request, this.#defaults, this.#deps.clock.now()),
      reader: (emit: (delta: ModelDelta) => void) =>
        new ProxyReader({ emit, maxAnswer, newCallId: this.#calls.newCallId }),
    };
    return this.#calls.make(plan, onDelta, signal);
  }

  health(): ModelHealth {
    return this.#calls.health;
  }

  async stop(): Promise<void> {
    this.#calls.stop();
  }
}

function forcesTool({ tools, tool_choice }: ModelRequest): boolean {
  return (tools?.length ?? 0) > 0 && (tool_choice === 'required' || typeof tool_choice === 'object');
}

function addressOf({ origin, pathname, search }: URL): { readonly origin: string; readonly path: string } {
  const root = pathname.replace(/\/+$/, '');
  return { origin, path: `${root.endsWith(PATH) ? root : `${root}${PATH}`}${search}` };
}

function headersOf({ key, headers }: ProxyOptions): CallHeaders {
  return callHeaders({
    ...(key === undefined ? {} : { key: ['authorization', `Bearer ${key}`], secret: key }),
    ...(headers === undefined ? {} : { given: headers }),
  });
}
