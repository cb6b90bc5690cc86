import { ParleyError } from '../core/kernel/parley-error.js';
import type { ModelProvider } from '../core/ports/model-provider.js';
import { compatibleType } from './compatible-types.js';
import { DemoProvider } from './demo/demo-provider.js';
import type { ModelSection } from './model-section.js';
import { azureEndpoint, openAiEndpoint, withVersionPath } from './openai-compatible/endpoint.js';
import type { Endpoint } from './openai-compatible/endpoint.js';
import { OpenAiCompatibleProvider } from './openai-compatible/openai-compatible-provider.js';
import { isProviderType, type ProviderType } from './provider-kinds.js';
import { ProxyProvider } from './proxy/proxy-provider.js';
import { textIn } from './shared/json.js';
import type { ProviderDeps } from './shared/upstream-calls.js';
import { UnavailableProvider } from './unavailable-provider.js';
import { WorkflowProvider } from './workflow/workflow-provider.js';
import type { WorkflowRegistry } from './workflow/workflow-registry.js';

/** What factories are given beside their section. */
export interface FactoryDeps extends ProviderDeps {
  /** Request handlers and response parsers of workflows; absent: the built-in ones. */
  readonly workflow?: WorkflowRegistry;
}

/** Builds the provider of one configured model. */
export type ProviderFactory = (section: ModelSection, deps: FactoryDeps) => ModelProvider;

const AZURE_API_VERSION = '2024-10-21';

/** One factory for every type that can be configured: one without a factory does not compile. */
export const PROVIDER_FACTORIES = {
  openai: compatible,
  anthropic: compatible,
  together: compatible,
  openrouter: compatible,
  deepseek: compatible,
  groq: compatible,
  mistral: compatible,
  gemini: compatible,
  cohere: compatible,
  bedrock: compatible,
  vllm: compatible,
  ollama: compatible,
  litellm: compatible,
  custom: compatible,
  azure,
  workflow,
  proxy,
  local: later,
  demo: ({ name }, { clock }) => new DemoProvider({ name, clock }),
} satisfies Record<ProviderType, ProviderFactory>;

function compatible(section: ModelSection, deps: ProviderDeps): ModelProvider {
  const type = compatibleType(section.type);
  const base = section.api_base ?? type.base;
  if (base === undefined) return unavailable(section, 'api_base is not set');
  const key = keyOf(section) ?? type.emptyKey;
  // An own base may be a gateway that needs no key; the vendor's never is.
  if (key === undefined && type.keyName !== undefined && section.api_base === undefined) {
    return keyless(section, type.keyName);
  }
  return provider(section, deps, () =>
    openAiEndpoint({ ...partsOf(section, key), base: type.addsVersion ? withVersionPath(base) : base }),
  );
}

function azure(section: ModelSection, deps: ProviderDeps): ModelProvider {
  const { api_base: base, upstream_id: deployment, api_version: apiVersion = AZURE_API_VERSION } = section;
  const key = keyOf(section);
  if (base === undefined) return unavailable(section, 'api_base is not set');
  if (key === undefined) return keyless(section, 'AZURE_API_KEY');
  return provider(section, deps, () => azureEndpoint({ ...partsOf(section, key), base, deployment, apiVersion }));
}

function proxy(section: ModelSection, deps: ProviderDeps): ModelProvider {
  const { api_base: base, custom_config = {} } = section;
  if (base === undefined) return unavailable(section, 'api_base is not set');
  const wrong = wrongBase(base);
  if (wrong !== undefined) return unavailable(section, wrong);
  const words = { provider: textIn(custom_config, 'provider'), api: textIn(custom_config, 'api') };
  const named = Object.fromEntries(Object.entries(words).filter(([, word]) => word !== undefined));
  const options = { ...section, ...named, ...timeoutOf(section), ...partsOf(section, keyOf(section)), base };
  return new ProxyProvider(options, deps);
}

function workflow(section: ModelSection, deps: FactoryDeps): ModelProvider {
  const { custom_config } = section;
  if (custom_config === undefined) return unavailable(section, 'custom_config is not set');
  const { clock, random, dispatcher, retry, breaker, workflow: registry } = deps;
  return new WorkflowProvider(
    { ...section, ...timeoutOf(section), custom_config },
    {
      clock,
      random,
      dispatcher,
      ...(retry === undefined ? {} : { retry }),
      ...(breaker === undefined ? {} : { breaker }),
      ...(registry === undefined ? {} : { registry }),
    },
  );
}

function later({ name, type }: ModelSection): ModelProvider {
  return new UnavailableProvider(
    name,
    `Model "${name}": model type ${type} comes in a later version.`,
    'upstream_rejected',
  );
}

function keyless({ name }: ModelSection, keyName: string): ModelProvider {
  return new UnavailableProvider(name, `Model "${name}": ${keyName} is not set.`, 'upstream_auth');
}

function unavailable({ name }: ModelSection, why: string): ModelProvider {
  return new UnavailableProvider(name, `Model "${name}": ${why}.`, 'upstream_rejected');
}

function provider(section: ModelSection, deps: ProviderDeps, endpointOf: () => Endpoint): ModelProvider {
  const wrong = wrongBase(section.api_base);
  if (wrong !== undefined) return unavailable(section, wrong);
  return new OpenAiCompatibleProvider({ ...section, ...timeoutOf(section), endpoint: endpointOf() }, deps);
}

function timeoutOf({ timeout_seconds: seconds }: ModelSection): { readonly timeoutMs?: number } {
  return seconds === undefined ? {} : { timeoutMs: seconds * 1000 };
}

function wrongBase(base: string | undefined): string | undefined {
  if (base === undefined) return undefined;
  const url = URL.parse(base);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return 'api_base is not an http URL';
  return url.username === '' && url.password === '' ? undefined : 'api_base must not contain a name or password';
}

function partsOf(
  { headers }: ModelSection,
  key: string | undefined,
): Omit<Parameters<typeof openAiEndpoint>[0], 'base'> {
  return { ...(key === undefined ? {} : { key }), ...(headers === undefined ? {} : { headers }) };
}

function keyOf({ api_key: key }: ModelSection): string | undefined {
  const trimmed = key?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Builds one configured model; what its configuration already knows to be missing makes it unavailable. */
export function buildProvider(section: ModelSection, deps: FactoryDeps): ModelProvider {
  if (section.unavailable !== undefined)
    return new UnavailableProvider(section.name, section.unavailable, 'upstream_auth');
  if (!isProviderType(section.type))
    throw new ParleyError('config_invalid', `model "${section.name}" has an unknown type`);
  return PROVIDER_FACTORIES[section.type](section, deps);
}
