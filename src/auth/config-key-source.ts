import { ParleyError } from '../core/kernel/parley-error.js';
import type { ApiKey, KeySource, Scope } from '../core/ports/key-source.js';

/** A key of the environment or the configuration. One that names a secret is its vault's to give. */
export interface ConfiguredKey {
  readonly name: string;
  readonly key?: string;
  readonly scopes?: readonly Scope[];
  /** RFC 3339. */
  readonly expires?: string;
}

/** Keys of `PARLEY_API_KEYS`, `server.api_key` and `auth.keys`: they stay as they are until the server is started again. */
export class ConfigKeySource implements KeySource {
  readonly name = 'the configuration';

  constructor(private readonly configured: readonly ConfiguredKey[]) {}

  async load(): Promise<readonly ApiKey[]> {
    const keys = new Map<string, ApiKey>();
    for (const key of this.configured.flatMap(toApiKey)) {
      const known = keys.get(key.name);
      // The same in two places of the configuration: nothing is unclear.
      if (known !== undefined && !isSame(known, key)) {
        const where = 'PARLEY_API_KEYS, server.api_key and auth.keys together';
        throw new ParleyError('config_invalid', `"${key.name}" names more than one key in ${where}`);
      }
      keys.set(key.name, key);
    }
    return [...keys.values()];
  }
}

function isSame(left: ApiKey, right: ApiKey): boolean {
  return (
    left.key === right.key &&
    left.expires_at === right.expires_at &&
    left.scopes?.toSorted().join() === right.scopes?.toSorted().join()
  );
}

function toApiKey({ name, key, scopes, expires }: ConfiguredKey): ApiKey[] {
  if (key === undefined) return [];
  return [
    {
      name,
      key,
      ...(scopes === undefined ? {} : { scopes }),
      ...(expires === undefined ? {} : { expires_at: Date.parse(expires) }),
    },
  ];
}
