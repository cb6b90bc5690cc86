import { defaultsOf, keyVariablesOf, PROVIDER_DEFAULTS } from './provider-kinds.js';

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

/** What is known of a type; nothing is known of the type of a plugin. */
export function compatibleType(type: string): CompatibleType {
  const { base, key_required, empty_key, version_path } = defaultsOf(type);
  const keyName = key_required === true ? keyVariablesOf(type)[0] : undefined;
  return {
    ...(base === undefined ? {} : { base }),
    ...(keyName === undefined ? {} : { keyName }),
    ...(empty_key === undefined ? {} : { emptyKey: empty_key }),
    ...(version_path === undefined ? {} : { addsVersion: version_path }),
  };
}

/** The type whose vendor is at that origin. */
export function typeAtOrigin(origin: string): string | undefined {
  return Object.entries(PROVIDER_DEFAULTS).find(([, { base }]) => base !== undefined && isAt(base, origin))?.[0];
}

function isAt(base: string, origin: string): boolean {
  return new URL(base).origin === origin;
}
