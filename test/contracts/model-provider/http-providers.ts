import { openAiEndpoint } from '../../../src/providers/openai-compatible/endpoint.js';
import { OpenAiCompatibleProvider } from '../../../src/providers/openai-compatible/openai-compatible-provider.js';
import type { OpenAiCompatibleOptions } from '../../../src/providers/openai-compatible/openai-compatible-provider.js';
import { createUpstreamAgent } from '../../../src/providers/shared/upstream-agent.js';
import type { ProviderDeps } from '../../../src/providers/shared/upstream-calls.js';
import { SystemClock } from '../../../src/runtime/system-clock.js';
import { startUpstream } from '../../support/upstream/server.js';
import type { Upstream } from '../../support/upstream/upstream.js';

/** The key that all of them show, to be looked for where it must not be. */
export const TEST_KEY = 'sk-canary-5b1d9f';

/** What a test changes of a provider. */
export interface ProviderSettings {
  readonly options?: Partial<Omit<OpenAiCompatibleOptions, 'name' | 'upstream_id'>>;
  readonly limits?: NonNullable<ProviderDeps['limits']>;
  readonly retry?: NonNullable<ProviderDeps['retry']>;
  readonly breaker?: NonNullable<ProviderDeps['breaker']>;
  /** Time instead of the machine's. */
  readonly clock?: ProviderDeps['clock'];
  /** Base instead of the upstream's. */
  readonly base?: string;
  /** Connections instead of real ones. */
  readonly dispatcher?: ProviderDeps['dispatcher'];
}

/** OpenAI-compatible providers in front of a scripted upstream, over real HTTP, with short waits. */
export class HttpProviders {
  readonly upstream: Upstream;
  readonly #dispatcher = createUpstreamAgent(1000);

  private constructor(upstream: Upstream) {
    this.upstream = upstream;
  }

  static async start(): Promise<HttpProviders> {
    return new HttpProviders(await startUpstream());
  }

  /** A provider of that upstream model. */
  provider(model: string, settings: ProviderSettings = {}): OpenAiCompatibleProvider {
    const endpoint = openAiEndpoint({ base: settings.base ?? this.upstream.url, key: TEST_KEY });
    return new OpenAiCompatibleProvider(
      { name: 'tested', upstream_id: model, endpoint, ...settings.options },
      {
        clock: settings.clock ?? new SystemClock(),
        random: () => 0.5,
        dispatcher: settings.dispatcher ?? this.#dispatcher,
        retry: { baseMs: 2, capMs: 8, ...settings.retry },
        ...(settings.breaker === undefined ? {} : { breaker: settings.breaker }),
        ...(settings.limits === undefined ? {} : { limits: settings.limits }),
      },
    );
  }

  async stop(): Promise<void> {
    await this.#dispatcher.destroy();
    await this.upstream.close();
  }
}
