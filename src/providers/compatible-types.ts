import type { ProviderType } from './model-section.js';

/** How a type that speaks the OpenAI dialect is reached. */
export interface CompatibleType {
  /** Where it is unless `api_base` says otherwise; none: `api_base` is required. */
  readonly base?: string;
  /** The environment variable its key usually comes from; none: no key is needed. */
  readonly keyName?: string;
  /** The key that is sent if there is none. */
  readonly emptyKey?: string;
  /** Whether `/v1` is added to a base without a path. */
  readonly addsVersion?: true;
}

const COMPATIBLE_TYPES: { readonly [Type in ProviderType]?: CompatibleType } = {
  openai: { base: 'https://api.openai.com/v1', keyName: 'OPENAI_API_KEY' },
  anthropic: { base: 'https://api.anthropic.com/v1', keyName: 'ANTHROPIC_API_KEY', addsVersion: true },
  together: { base: 'https://api.together.xyz/v1', keyName: 'TOGETHER_API_KEY' },
  openrouter: { base: 'https://openrouter.ai/api/v1', keyName: 'OPENROUTER_API_KEY' },
  deepseek: { base: 'https://api.deepseek.com/v1', keyName: 'DEEPSEEK_API_KEY' },
  groq: { base: 'https://api.groq.com/openai/v1', keyName: 'GROQ_API_KEY' },
  mistral: { base: 'https://api.mistral.ai/v1', keyName: 'MISTRAL_API_KEY' },
  gemini: { base: 'https://generativelanguage.googleapis.com/v1beta/openai', keyName: 'GEMINI_API_KEY' },
  bedrock: {
    base: 'https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1',
    keyName: 'AWS_BEARER_TOKEN_BEDROCK',
  },
  cohere: { base: 'https://api.cohere.ai/compatibility/v1', keyName: 'COHERE_API_KEY' },
  vllm: { addsVersion: true },
  ollama: { base: 'http://localhost:11434/v1', addsVersion: true },
  litellm: {},
  custom: { emptyKey: 'EMPTY' },
};

/** What is known of a type; nothing is known of types that are none of these. */
export function compatibleType(type: string): CompatibleType {
  const known: Readonly<Record<string, CompatibleType>> = COMPATIBLE_TYPES;
  return Object.hasOwn(known, type) ? (known[type] ?? {}) : {};
}

/** The type whose vendor is at that origin. */
export function typeAtOrigin(origin: string): string | undefined {
  return Object.entries(COMPATIBLE_TYPES).find(([, { base }]) => base !== undefined && isAt(base, origin))?.[0];
}

function isAt(base: string, origin: string): boolean {
  return new URL(base).origin === origin;
}
