import { PROVIDER_WORDS } from '../../providers/provider-kinds.js';
import { Section } from './nested.js';
import {
  decimal,
  isPlainMap,
  Key,
  listOf,
  mapOf,
  oneOf,
  openMap,
  required,
  scalar,
  text,
  textLike,
  wholeNumber,
  type ValueRule,
} from './rules.js';

const DEVICE: ValueRule = {
  wants: 'is not known',
  allowed: 'auto, cpu, cuda, cuda:N, vulkan, metal, or the number of a GPU',
  type: 'text',
  accepts: (value) =>
    typeof value === 'number'
      ? Number.isInteger(value) && value >= 0 && value < 256
      : typeof value === 'string' && /^(?:auto|cpu|cuda(?::\d{1,3})?|vulkan|metal)$/.test(value),
};

const PROVIDER_KEY: ValueRule = {
  wants: 'must be a text',
  allowed: 'without blanks, or {secret: NAME} with the name of a Key Vault secret',
  type: 'text',
  accepts: (value) => (typeof value === 'string' ? /^\S+$/.test(value) : isSecretReference(value)),
};

const TYPE: ValueRule = {
  ...oneOf(PROVIDER_WORDS),
  accepts: (value) => typeof value === 'string' && value.trim() !== '',
};

/** A value that is a secret of the Key Vault. */
export interface SecretReference {
  readonly secret: string;
}

/** Money for a million tokens, in a currency of your choice. */
export class PriceSection {
  @Key(decimal(0, 1_000_000)) input?: number;
  @Key(decimal(0, 1_000_000)) output?: number;
  @Key(decimal(0, 1_000_000)) cache_read?: number;
  @Key(decimal(0, 1_000_000)) cache_write?: number;
}

/** One entry of `models:`. */
export class ModelSection {
  /** What the upstream calls it; for `local` a path, a name in `models_dir`, or an `hf:` address. */
  @Key(required({ ...text(), allowed: "the upstream's name of the model" })) name: string;
  /** Another word may be the type of a plugin. */
  @Key(required(TYPE)) type: string;
  @Key(
    textLike('an http or https address', 'such as http://localhost:11434, without user name and password', isApiBase),
  )
  api_base?: string;
  @Key(PROVIDER_KEY) api_key?: string | SecretReference;
  @Key(decimal(0, 2)) temperature?: number;
  @Key(wholeNumber(1, 10_000_000, 'tokens')) max_tokens?: number;
  @Key(decimal(0.001, 86_400, 'seconds')) timeout?: number;
  @Key(wholeNumber(1, 1_000_000_000, 'tokens')) context_window?: number;
  @Key(listOf(text('the name of a model'))) fallback_models: string[] = [];
  @Key(mapOf(scalar())) headers?: Record<string, string | number | boolean>;
  @Key(openMap()) parameters?: Record<string, unknown>;
  @Section(() => PriceSection) price?: PriceSection;
  @Key(openMap()) custom_config?: Record<string, unknown>;
  @Key(DEVICE) device?: string | number;
  /** Azure only. */
  @Key(textLike('an API version', 'such as 2024-10-21', /^[\w.-]{1,40}$/)) api_version?: string;
}

/** `model:` of document 4: the one local model. */
export class SingleModelSection {
  @Key(required({ ...text(), allowed: 'a path, a name in models_dir, or an hf: address' })) id: string;
  @Key(oneOf(['llm', 'local'])) type = 'local';
  @Key(DEVICE) device?: string | number;
  @Key(openMap()) parameters?: Record<string, unknown>;
}

function isApiBase(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
}

function isSecretReference(value: unknown): boolean {
  if (!isPlainMap(value) || Object.keys(value).length !== 1) return false;
  const { secret } = value;
  return typeof secret === 'string' && /^[0-9a-zA-Z-]{1,127}$/.test(secret);
}
