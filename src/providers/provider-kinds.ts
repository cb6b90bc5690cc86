/** Kinds of models that can be configured under `models:`. `llm` in a file means `local`. */
export type ProviderType =
  | 'openai'
  | 'anthropic'
  | 'azure'
  | 'together'
  | 'vllm'
  | 'ollama'
  | 'openrouter'
  | 'deepseek'
  | 'groq'
  | 'mistral'
  | 'gemini'
  | 'cohere'
  | 'bedrock'
  | 'litellm'
  | 'custom'
  | 'proxy'
  | 'workflow'
  | 'local'
  | 'demo';

/** What a provider type brings when the configuration does not say it. */
export interface ProviderDefaults {
  /** Base address of its API. */
  readonly base?: string;
  /** Variables that give the base, before `base`. */
  readonly base_variables?: readonly string[];
  /** Without any base the configuration is wrong. */
  readonly base_required?: true;
  /** The variable its key usually comes from, where that is not `<TYPE>_API_KEY`. */
  readonly key_variable?: string;
  /** Further ones, after it. */
  readonly key_variables?: readonly string[];
  /** At its usual base it answers nothing without a key. */
  readonly key_required?: true;
  /** The key that is sent if there is none. */
  readonly empty_key?: string;
  /** A base without a path gets `/v1`: these are the servers that people run themselves. */
  readonly version_path?: true;
  /** The model when only a key is known. */
  readonly model?: string;
}

export const PROVIDER_DEFAULTS: Readonly<Record<ProviderType, ProviderDefaults>> = {
  openai: {
    base: 'https://api.openai.com/v1',
    base_variables: ['OPENAI_BASE_URL'],
    key_required: true,
    model: 'gpt-4o-mini',
  },
  anthropic: { base: 'https://api.anthropic.com/v1', version_path: true, key_required: true },
  azure: {
    base_required: true,
    base_variables: ['AZURE_API_BASE'],
    key_variables: ['AZURE_OPENAI_API_KEY'],
    key_required: true,
  },
  together: { base: 'https://api.together.xyz/v1', key_required: true },
  vllm: { base_required: true, base_variables: ['VLLM_API_BASE'], version_path: true },
  ollama: { base: 'http://localhost:11434/v1', base_variables: ['OLLAMA_API_BASE'], version_path: true },
  openrouter: { base: 'https://openrouter.ai/api/v1', key_required: true },
  deepseek: { base: 'https://api.deepseek.com/v1', key_required: true, model: 'deepseek-chat' },
  groq: { base: 'https://api.groq.com/openai/v1', key_required: true },
  mistral: { base: 'https://api.mistral.ai/v1', key_required: true },
  gemini: {
    base: 'https://generativelanguage.googleapis.com/v1beta/openai',
    key_variables: ['GOOGLE_API_KEY'],
    key_required: true,
  },
  cohere: { base: 'https://api.cohere.ai/compatibility/v1', key_variables: ['CO_API_KEY'], key_required: true },
  bedrock: {
    base: 'https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1',
    key_variable: 'AWS_BEARER_TOKEN_BEDROCK',
    key_variables: ['BEDROCK_API_KEY'],
    key_required: true,
  },
  litellm: { base: 'http://localhost:4000/v1', base_variables: ['LITELLM_API_BASE'] },
  custom: { base_required: true, empty_key: 'EMPTY' },
  proxy: { base_required: true },
  workflow: {},
  local: {},
  demo: {},
};

/** Words that `type:` accepts, and what they mean. */
const PROVIDER_ALIASES: ReadonlyMap<string, ProviderType> = new Map([['llm', 'local']]);

/** The provider type a word of the configuration means. */
export function providerType(word: string): ProviderType | undefined {
  return isProviderType(word) ? word : PROVIDER_ALIASES.get(word);
}

/** Every word that `type:` accepts. */
export const PROVIDER_WORDS: readonly string[] = [...Object.keys(PROVIDER_DEFAULTS), ...PROVIDER_ALIASES.keys()];

/** What a type brings; nothing for the type of a plugin. */
export function defaultsOf(type: string): ProviderDefaults {
  return isProviderType(type) ? PROVIDER_DEFAULTS[type] : {};
}

/** The variables that a key of this type may come from, in order; none for the type of a plugin. */
export function keyVariablesOf(type: string): readonly string[] {
  if (!isProviderType(type)) return [];
  const { key_variable = `${type.toUpperCase()}_API_KEY`, key_variables = [] } = PROVIDER_DEFAULTS[type];
  return [key_variable, ...key_variables];
}

/** The provider whose key a variable holds (`OPENAI_API_KEY`: openai). */
export function providerOfKeyVariable(variable: string): ProviderType | undefined {
  return Object.keys(PROVIDER_DEFAULTS)
    .filter(isProviderType)
    .find((type) => keyVariablesOf(type).includes(variable));
}

/** Whether a word is the name of a built-in type. */
export function isProviderType(word: string): word is ProviderType {
  return Object.hasOwn(PROVIDER_DEFAULTS, word);
}
