import { httpUrl, isOwnAddress, tidyBase } from '../address.js';
import { lookUp, lookUpFirst, type Environment } from '../environment.js';
import type { ModelConfig } from '../parley-config.js';
import {
  keyVariablesOf,
  PROVIDER_DEFAULTS,
  providerOfKeyVariable,
  type ProviderType,
} from '../../providers/provider-kinds.js';
import { maskText } from '../secrets.js';

import type { Resolution } from './resolution.js';

/** Models, and which of them the environment defined. */
export interface EnvironmentModels {
  readonly models: readonly ModelConfig[];
  readonly environment_model?: string;
}

const SETTINGS = { temperature: 0.7, timeout_seconds: 30, fallback_models: [] } as const;
/** Document 3's, where nothing is said. */
const USUAL_KEY_VARIABLE = 'DEEPSEEK_API_KEY';

/**
 * The model of a server whose file names none: document 3's variables, else OpenAI when its key is there, else the
 * built-in demo model.
 */
export function environmentModels(resolution: Resolution): EnvironmentModels {
  const model = documentedModel(resolution) ?? openAiModel(resolution.environment);
  if (model !== undefined) return { models: [model], environment_model: model.name };
  return { models: [{ name: 'demo', upstream_id: 'demo', type: 'demo', ...SETTINGS }] };
}

function documentedModel(resolution: Resolution): ModelConfig | undefined {
  const { environment } = resolution;
  const base = lookUp(environment, 'LLM_BASE_URL');
  const named = lookUp(environment, 'API_KEY_ENV_VAR');
  const variables = keyVariables(base, named);
  const key = lookUpFirst(environment, variables);
  const reason = named !== undefined && key === undefined ? unsetReason(named) : undefined;
  if (reason !== undefined) resolution.warnings.push(`API_KEY_ENV_VAR: ${reason}`);
  if (base === undefined && key === undefined) return undefined;
  const by_key = providerOfKeyVariable(key?.name ?? variables[0] ?? USUAL_KEY_VARIABLE) ?? 'deepseek';
  const api_base = base === undefined ? PROVIDER_DEFAULTS[by_key].base : checkedBase(base, resolution);
  const type = base === undefined ? by_key : (providerAt(base) ?? 'custom');
  return {
    name: 'default',
    upstream_id: modelName(environment) ?? PROVIDER_DEFAULTS[by_key].model ?? 'deepseek-chat',
    type,
    ...(api_base === undefined ? {} : { api_base }),
    ...(key === undefined ? {} : { api_key: key.value }),
    ...SETTINGS,
    ...(reason === undefined ? {} : { unavailable: reason }),
  };
}

function openAiModel(environment: Environment): ModelConfig | undefined {
  const api_key = lookUp(environment, 'OPENAI_API_KEY');
  if (api_key === undefined) return undefined;
  const { base, base_variables = [], model = 'gpt-4o-mini' } = PROVIDER_DEFAULTS.openai;
  const url = httpUrl(lookUpFirst(environment, base_variables)?.value ?? base ?? '');
  const name = modelName(environment) ?? model;
  const api_base = url === undefined ? base : tidyBase(url, false);
  return {
    name,
    upstream_id: name,
    type: 'openai',
    ...(api_base === undefined ? {} : { api_base }),
    api_key,
    ...SETTINGS,
  };
}

/** A key goes to the provider it belongs to, unless `API_KEY_ENV_VAR` says which to take. */
function keyVariables(base: string | undefined, named: string | undefined): readonly string[] {
  if (named !== undefined) return [named];
  const provider = base === undefined ? undefined : providerAt(base);
  return provider === undefined ? [USUAL_KEY_VARIABLE] : keyVariablesOf(provider);
}

/** OpenAI or DeepSeek by the host of a base. */
function providerAt(base: string): ProviderType | undefined {
  const host = URL.parse(base)?.hostname;
  return (['openai', 'deepseek'] as const).find(
    (type) => URL.parse(PROVIDER_DEFAULTS[type].base ?? '')?.hostname === host,
  );
}

function checkedBase(base: string, resolution: Resolution): string | undefined {
  const { problems, root } = resolution;
  const url = httpUrl(base);
  if (url === undefined) {
    problems.add(
      { name: 'LLM_BASE_URL' },
      undefined,
      `must be an http or https address (got ${JSON.stringify(maskText(base))})`,
    );
    return undefined;
  }
  const { host, port } = root.server;
  if (isOwnAddress(url, { host, port })) {
    problems.add({ name: 'LLM_BASE_URL' }, undefined, `is this server itself, which listens on ${host}:${port}`);
  }
  return tidyBase(url, false);
}

/** A value that is no name may be the key itself, by mistake: it is not shown. */
function unsetReason(variable: string): string {
  return /^[A-Za-z_]\w*$/.test(variable) && variable.length < 64
    ? `${variable} is not set`
    : 'it must be the name of a variable';
}

/** `LLM_MODEL_NAME` as people write it in env files: in quotes, with a comment behind. */
function modelName(environment: Environment): string | undefined {
  const raw = lookUp(environment, 'LLM_MODEL_NAME')?.trim() ?? '';
  const quoted = /^(["'])(.*?)\1/.exec(raw)?.[2];
  const name = (quoted ?? raw.replace(/(?:^|\s)#.*$/, '')).trim();
  return name === '' ? undefined : name;
}
