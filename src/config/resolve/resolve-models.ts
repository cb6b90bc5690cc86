import { lookUp, lookUpFirst } from '../environment.js';
import type { ModelConfig } from '../parley-config.js';
import { formatPlace, formatKeyPath, type KeyPath } from '../problems.js';
import { defaultsOf, keyVariablesOf, PROVIDER_WORDS, providerType } from '../../providers/provider-kinds.js';
import type { ModelSection, SingleModelSection } from '../schema/models.section.js';
import { nullRecord, plainCopy } from '../schema/plain-value.js';
import { isGiven, nodeAt } from '../yaml/config-node.js';
import { httpUrl, isOwnAddress, tidyBase } from '../address.js';
import { environmentModels, type EnvironmentModels } from './environment-model.js';
import { maskText } from '../secrets.js';
import { requireVault } from './resolve-auth.js';
import { refuse, warn, type Resolution } from './resolution.js';

const DEFAULT_TEMPERATURE = 0.7;
const DEFAULT_TIMEOUT_SECONDS = 30;
const DEFAULT_AZURE_VERSION = '2024-10-21';
/** They have no upstream. */
const WITHOUT_KEY: ReadonlySet<string> = new Set(['local', 'demo', 'workflow']);

/**
 * The configured models: those of the file, or what the environment defines when the file names none. With plugins, types
 * that are not known here may be theirs: they are judged when the plugins are loaded.
 */
export function resolveModels(resolution: Resolution, has_plugins: boolean): EnvironmentModels {
  const { root, tree } = resolution;
  const models = Object.entries(root.models).flatMap(
    ([name, section]) => resolveModel(name, section, { resolution, has_plugins }) ?? [],
  );
  if (root.model !== undefined) {
    if (Object.hasOwn(root.models, 'default'))
      refuse(resolution, ['model'], 'is another name of models.default, which is there too');
    models.unshift(singleModel(root.model));
  }
  const named = nodeAt(tree, ['models']);
  const names_any = (named?.kind === 'map' && named.entries.size > 0) || nodeAt(tree, ['model']) !== undefined;
  return names_any ? { models } : environmentModels(resolution);
}

function resolveModel(
  name: string,
  section: ModelSection,
  { resolution, has_plugins }: { readonly resolution: Resolution; readonly has_plugins: boolean },
): ModelConfig | undefined {
  const type = providerType(section.type) ?? (has_plugins ? section.type : undefined);
  const path = ['models', name];
  if (type === undefined) {
    refuse(resolution, [...path, 'type'], 'is not known', `one of ${PROVIDER_WORDS.join(', ')}`);
    return undefined;
  }
  const base = baseOf(type, section, { path, resolution });
  const given = keyOf(section, path, resolution);
  const key =
    given?.api_key_secret === undefined ? (given?.api_key ?? environmentKey(name, type, resolution)) : undefined;
  const unavailable = unavailableReason(name, {
    type,
    section,
    has_key: key !== undefined || given !== undefined,
    resolution,
  });
  const headers = textsOf(section.headers);
  return {
    name,
    upstream_id: section.name,
    type,
    ...(base === undefined ? {} : { api_base: base }),
    ...(key === undefined ? {} : { api_key: key }),
    ...(given?.api_key_secret === undefined ? {} : { api_key_secret: given.api_key_secret }),
    ...(headers === undefined ? {} : { headers }),
    temperature: section.temperature ?? DEFAULT_TEMPERATURE,
    ...(section.max_tokens === undefined ? {} : { max_tokens: section.max_tokens }),
    timeout_seconds: section.timeout ?? DEFAULT_TIMEOUT_SECONDS,
    ...(section.context_window === undefined ? {} : { context_window: section.context_window }),
    fallback_models: section.fallback_models,
    ...(section.parameters === undefined ? {} : { parameters: section.parameters }),
    ...(section.price === undefined ? {} : { price: plainCopy(section.price) }),
    ...(section.custom_config === undefined ? {} : { custom_config: section.custom_config }),
    ...(section.device === undefined ? {} : { device: deviceOf(section.device) }),
    ...(type === 'azure' ? { api_version: azureVersion(section, resolution) } : {}),
    ...(unavailable === undefined ? {} : { unavailable }),
  };
}

/** Document 4's `model:`. Its sampling settings stand among the parameters. */
function singleModel(section: SingleModelSection): ModelConfig {
  const temperature = section.parameters?.['temperature'];
  const max_tokens = section.parameters?.['max_new_tokens'] ?? section.parameters?.['max_tokens'];
  return {
    name: 'default',
    upstream_id: section.id,
    type: 'local',
    temperature: typeof temperature === 'number' ? temperature : DEFAULT_TEMPERATURE,
    ...(typeof max_tokens === 'number' ? { max_tokens } : {}),
    timeout_seconds: DEFAULT_TIMEOUT_SECONDS,
    fallback_models: [],
    ...(section.parameters === undefined ? {} : { parameters: section.parameters }),
    ...(section.device === undefined ? {} : { device: deviceOf(section.device) }),
  };
}

interface ModelPlace {
  readonly path: KeyPath;
  readonly resolution: Resolution;
}

function baseOf(type: string, section: ModelSection, { path, resolution }: ModelPlace): string | undefined {
  const defaults = defaultsOf(type);
  const from_variable =
    section.api_base === undefined ? lookUpFirst(resolution.environment, defaults.base_variables ?? []) : undefined;
  const base = section.api_base ?? from_variable?.value ?? defaultBase(type, resolution);
  const base_path = [...path, 'api_base'];
  if (base === undefined) {
    if (defaults.base_required && !isGiven(resolution.tree, base_path))
      refuse(resolution, base_path, `is missing (the type ${type} has no usual address)`);
    return undefined;
  }
  const url = httpUrl(base);
  if (url === undefined) {
    const place = { name: from_variable?.name ?? type };
    resolution.problems.add(
      place,
      base_path,
      `must be an http or https address (got ${JSON.stringify(maskText(base))})`,
    );
    return undefined;
  }
  const { host, port } = resolution.root.server;
  if (isOwnAddress(url, { host, port }))
    refuse(resolution, base_path, `is this server itself, which listens on ${host}:${port}`);
  return tidyBase(url, defaults.version_path === true);
}

function defaultBase(type: string, resolution: Resolution): string | undefined {
  const region =
    type === 'bedrock' ? lookUpFirst(resolution.environment, ['AWS_REGION', 'AWS_DEFAULT_REGION'])?.value : undefined;
  const base = defaultsOf(type).base;
  return region !== undefined && /^[a-z0-9-]{1,40}$/.test(region) ? base?.replace('us-east-1', region) : base;
}

/** The key of the file, or the name of the secret that holds it. */
function keyOf(
  { api_key }: ModelSection,
  path: KeyPath,
  resolution: Resolution,
): Pick<ModelConfig, 'api_key' | 'api_key_secret'> | undefined {
  if (api_key === undefined || typeof api_key === 'string') return api_key === undefined ? undefined : { api_key };
  requireVault([...path, 'api_key', 'secret'], resolution);
  return { api_key_secret: api_key.secret };
}

/** A key that the file asks a variable for, in vain, is not replaced by another one. */
function environmentKey(name: string, type: string, resolution: Resolution): string | undefined {
  const asked = resolution.missing.some(({ model, path }) => model === name && path[2] === 'api_key');
  return asked || WITHOUT_KEY.has(type) ? undefined : lookUpFirst(resolution.environment, keyVariablesOf(type))?.value;
}

interface KeyFacts {
  readonly type: string;
  readonly section: ModelSection;
  readonly has_key: boolean;
  readonly resolution: Resolution;
}

/** Only warned about: the other models work. */
function unavailableReason(name: string, { type, section, has_key, resolution }: KeyFacts): string | undefined {
  const missing = resolution.missing.filter(({ model }) => model === name);
  for (const { place, path, reason } of missing) {
    resolution.warnings.push(
      `${formatPlace(place)}: ${formatKeyPath(path)}: ${reason}; the model cannot be used until it is`,
    );
  }
  if (missing[0] !== undefined) return missing[0].reason;
  const own_headers = Object.keys(section.headers ?? {}).some((header) =>
    /^(?:authorization|api-key|x-api-key)$/i.test(header),
  );
  const usual_base = section.api_base === undefined || type === 'azure';
  if (has_key || own_headers || !usual_base || !defaultsOf(type).key_required) return undefined;
  const reason = `${keyVariablesOf(type)[0] ?? 'api_key'} is not set`;
  warn(resolution, ['models', name], `${reason} and there is no api_key; the model cannot be used until there is`);
  return reason;
}

function azureVersion(section: ModelSection, resolution: Resolution): string {
  const custom = section.custom_config?.['api_version'];
  const chosen = section.api_version ?? (typeof custom === 'string' ? custom : undefined);
  return chosen ?? lookUp(resolution.environment, 'AZURE_API_VERSION') ?? DEFAULT_AZURE_VERSION;
}

function deviceOf(device: string | number): string {
  return typeof device === 'number' ? `cuda:${device}` : device;
}

/** Header values and variables as the texts they stand for. */
export function textsOf(
  values: Readonly<Record<string, string | number | boolean>> | undefined,
): Record<string, string> | undefined {
  return values === undefined
    ? undefined
    : nullRecord(Object.entries(values).map(([key, value]) => [key, String(value)] as const));
}
