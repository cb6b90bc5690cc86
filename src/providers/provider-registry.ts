import { ParleyError } from '../core/kernel/parley-error.js';
import type { ModelProvider } from '../core/ports/model-provider.js';
import type { Models } from '../core/ports/models.js';
import { ConfiguredProvider } from './configured-provider.js';
import { FallbackProvider } from './fallback-provider.js';
import type { ModelSection } from './model-section.js';
import { createUpstreamAgent } from './shared/upstream-agent.js';
import { describeModel } from './model-info.js';
import type { FactoryDeps } from './provider-catalogue.js';
import { ProviderTypes } from './provider-types.js';

/** What the registry needs to build providers. */
export interface ModelsDeps extends Omit<FactoryDeps, 'dispatcher'> {
  /** Absent: the built-in types. */
  readonly types?: ProviderTypes;
  /** What every configured model is handed out as: one that measures itself, say. */
  readonly wrap?: (provider: ModelProvider) => ModelProvider;
  /** Without it: the first of the sections. */
  readonly default_model?: string;
  /** The model that the environment defines; it is told to callers only if its upstream takes other names. */
  readonly environment_model?: string;
  /** For tests; without it the registry makes its own connections and closes them. */
  readonly dispatcher?: FactoryDeps['dispatcher'];
}

/** The configured models together with what they hold open. */
export interface BuiltModels extends Models {
  /**
   * Builds a model anew with another key, or as one that cannot be used: from its next call on. Calls that are under way
   * end as they began.
   */
  renew(name: string, change: Pick<ModelSection, 'api_key' | 'unavailable'>): void;
  /** Stops all providers and closes their connections; calls that still run end as failed. */
  stop(): Promise<void>;
}

/** Builds every configured model once. Throws only for what no start should survive; a missing key is no such thing. */
export function buildModels(sections: readonly ModelSection[], deps: ModelsDeps): BuiltModels {
  const dispatcher = deps.dispatcher ?? createUpstreamAgent(deps.limits?.connectMs);
  const types = deps.types ?? new ProviderTypes();
  const plain = new Map<string, ConfiguredProvider>();
  for (const section of sections) {
    if (plain.has(section.name)) throw invalid(`model "${section.name}" is given twice`);
    const built = buildOne(types, section, { ...deps, dispatcher });
    plain.set(section.name, new ConfiguredProvider(built, section.price));
  }
  const infos = new Map(sections.map((section) => [section.name, describeModel(section)]));
  const { wrap = (provider) => provider } = deps;
  const byName = new Map(sections.map((section) => [section.name, wrap(withFallbacks(section, plain))]));
  const defaultModel = deps.default_model ?? sections[0]?.name ?? '';
  if (deps.default_model !== undefined && !byName.has(defaultModel)) {
    throw invalid(`default model "${defaultModel}" is not configured`);
  }
  const environment = byName.get(deps.environment_model ?? '');
  return {
    default_model: defaultModel,
    ...(environment?.accepts_upstream_id === true ? { environment_model: environment.name } : {}),
    names: () => [...byName.keys()],
    get: (name) => byName.get(name),
    describe: (name) => infos.get(name),
    renew(name, change) {
      const section = sections.find((one) => one.name === name);
      if (section === undefined) throw invalid(`model "${name}" is not configured`);
      const { api_key: _key, unavailable: _reason, ...rest } = section;
      plain.get(name)?.replace(buildOne(types, { ...rest, ...change }, { ...deps, dispatcher }));
    },
    async stop() {
      await Promise.allSettled([...plain.values()].map(async (provider) => provider.stop?.()));
      if (deps.dispatcher === undefined) await dispatcher.destroy();
    },
  };
}

/** Fallbacks are the plain models: a model that falls back on one does not inherit that one's fallbacks. */
function withFallbacks(section: ModelSection, plain: ReadonlyMap<string, ModelProvider>): ModelProvider {
  const others = fallbacksOf(section).map((name) => {
    const found = plain.get(name);
    if (found === undefined) throw invalid(`fallback model "${name}" of "${section.name}" is not configured`);
    return found;
  });
  const own = plain.get(section.name);
  if (own === undefined) throw invalid(`model "${section.name}" was not built`);
  return others.length === 0 ? own : new FallbackProvider(own, others);
}

/** `fallback_models`, and the workflow document's `custom_config.fallback_model` behind them. */
function fallbacksOf({ type, fallback_models = [], custom_config }: ModelSection): readonly string[] {
  const own = type === 'workflow' ? custom_config?.['fallback_model'] : undefined;
  return typeof own === 'string' && !fallback_models.includes(own) ? [...fallback_models, own] : fallback_models;
}

function buildOne(types: ProviderTypes, section: ModelSection, deps: FactoryDeps): ModelProvider {
  try {
    return types.build(section, deps);
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== 'config_invalid') throw error;
    throw new ParleyError('config_invalid', `model "${section.name}": ${error.message}`, { problems: error.problems });
  }
}

function invalid(message: string): ParleyError {
  return new ParleyError('config_invalid', message);
}
