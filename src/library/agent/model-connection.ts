import type { ModelProvider } from '../../core/ports/model-provider.js';
import { compatibleType, typeAtOrigin } from '../../providers/compatible-types.js';
import type { ModelSection } from '../../providers/model-section.js';
import type { FactoryDeps } from '../../providers/provider-catalogue.js';
import type { Model } from './model.js';
import type { StreamOptions } from './stream-event.js';

/** Connections that are kept; keys and headers may change with every call, so the oldest go. */
const MOST_KEPT = 64;

const kept = new Map<string, Promise<ModelProvider>>();
let deps: Promise<FactoryDeps> | undefined;

/** The type of provider a model is asked at: as it says, by its base, else any that speaks the OpenAI dialect. */
export function providerType({ provider, baseUrl }: Model): string {
  if (provider !== undefined) return provider;
  const url = baseUrl === undefined ? undefined : URL.parse(baseUrl);
  return (url === null || url === undefined ? undefined : typeAtOrigin(url.origin)) ?? 'custom';
}

/**
 * The server's own provider for a model. Connections are shared by all calls of this process, and close by themselves; what
 * speaks HTTP is loaded with the first one.
 */
export function connect(model: Model, options: StreamOptions): Promise<ModelProvider> {
  const section = sectionOf(model, options);
  const key = JSON.stringify(section);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = build(section);
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size >= MOST_KEPT) kept.delete(oldest);
  kept.set(key, made);
  // One that could not be made may be made next time.
  made.catch(() => kept.delete(key));
  return made;
}

function sectionOf(model: Model, options: StreamOptions): ModelSection {
  const headers = { ...model.headers, ...options.headers };
  const key = options.apiKey ?? options.api_key ?? model.apiKey;
  return {
    name: model.id,
    upstream_id: model.id,
    type: providerType(model),
    ...(model.baseUrl === undefined ? {} : { api_base: model.baseUrl }),
    ...(key === undefined ? {} : { api_key: key }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(options.timeoutMs === undefined ? {} : { timeout_seconds: options.timeoutMs / 1000 }),
  };
}

async function build(given: ModelSection): Promise<ModelProvider> {
  const [{ buildProvider, PROVIDER_FACTORIES }, known] = await Promise.all([
    import('../../providers/provider-catalogue.js'),
    theDeps(),
  ]);
  // A vendor that is not known by name is asked at its base.
  const asked = Object.hasOwn(PROVIDER_FACTORIES, given.type) || given.api_base === undefined;
  const section = asked ? given : { ...given, type: 'custom' };
  const key = section.api_key ?? (await environmentKey(section));
  return buildProvider(key === undefined ? section : { ...section, api_key: key }, known);
}

/** The key of a provider that was named or is at its own address; nobody else is sent it. */
async function environmentKey({ type }: ModelSection): Promise<string | undefined> {
  const keyName = type === 'azure' ? 'AZURE_API_KEY' : compatibleType(type).keyName;
  if (keyName === undefined) return undefined;
  const { lookUp, readEnvironment } = await import('../../config/environment.js');
  return lookUp(readEnvironment(process.cwd()), keyName);
}

function theDeps(): Promise<FactoryDeps> {
  deps ??= (async () => {
    const [{ createUpstreamAgent }, { SystemClock }] = await Promise.all([
      import('../../providers/shared/upstream-agent.js'),
      import('../../runtime/system-clock.js'),
    ]);
    return { clock: new SystemClock(), random: Math.random, dispatcher: createUpstreamAgent() };
  })();
  return deps;
}
