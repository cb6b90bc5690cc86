import { AzureVault } from './auth/key-vault/azure-vault.js';
import { noneValid, SecretReader } from './auth/key-vault/secret-reader.js';
import { isLoopbackHost } from './config/address.js';
import { deepFreeze } from './config/freeze.js';
import type { ParleyConfig } from './config/parley-config.js';
import { ParleyError, toParleyError } from './core/kernel/parley-error.js';
import { SystemClock } from './runtime/system-clock.js';

/** The keys of all models together may take so long, ms. */
const PATIENCE_MS = 20_000;

/** What stands for a secret now: its newest version that is valid; or why there is none. */
export type SecretKey = { readonly key: string } | { readonly gone: string };

/** The keys of models that are secrets of the vault. */
export class ModelSecrets {
  /** Names of the models whose key it is, by secret. */
  readonly models: ReadonlyMap<string, readonly string[]>;
  readonly refresh_ms: number;
  /** What the secrets were at the start. */
  readonly begun = new Map<string, SecretKey>();
  readonly #reader: SecretReader;

  private constructor(config: ParleyConfig, url: string) {
    this.models = secretsOf(config);
    this.refresh_ms = config.azure.refresh_seconds * 1_000;
    const vault = new AzureVault({ url, on_loopback: isLoopbackHost(new URL(url).hostname) });
    this.#reader = new SecretReader(vault, new SystemClock());
  }

  /** undefined: no model has one. */
  static of(config: ParleyConfig): ModelSecrets | undefined {
    const url = config.azure.key_vault_url;
    return url === undefined || secretsOf(config).size === 0 ? undefined : new ModelSecrets(config, url);
  }

  /**
   * The configuration with the keys in it.
   *
   * @throws ParleyError naming the secret that cannot be read, or is no key
   */
  async fill(config: ParleyConfig): Promise<ParleyConfig> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const read = [...this.models.keys()].map(async (secret) => [secret, await this.#first(secret, signal)] as const);
    const keys = new Map(await Promise.all(read));
    const models = config.models.map(({ api_key_secret, ...model }) => {
      const api_key = api_key_secret === undefined ? undefined : keys.get(api_key_secret);
      return api_key === undefined ? model : { ...model, api_key };
    });
    return deepFreeze({ ...config, models });
  }

  /** @throws ParleyError what the vault says, or that the newest version is no key */
  async read(secret: string, signal = AbortSignal.timeout(PATIENCE_MS)): Promise<SecretKey> {
    const { values, problems } = await this.#reader.read(secret, signal).catch((error: unknown) => {
      if (toParleyError(error).code !== 'not_found') throw error;
      return { values: [], problems: [toParleyError(error)] };
    });
    const [problem] = problems;
    if (problem !== undefined && problem.code !== 'not_found') throw problem;
    const [newest] = values;
    if (newest === undefined) return { gone: (problem ?? noneValid(secret)).message };
    const key = newest.text.trim();
    if (/^\S+$/.test(key)) return { key };
    throw new ParleyError('config_invalid', `the secret "${secret}" must be a key: a text without blanks, not empty`);
  }

  async #first(secret: string, signal: AbortSignal): Promise<string> {
    const found = await this.read(secret, signal);
    this.begun.set(secret, found);
    if ('gone' in found) throw new ParleyError('config_invalid', found.gone);
    return found.key;
  }
}

function secretsOf({ models }: ParleyConfig): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { name, api_key_secret: secret } of models) {
    if (secret !== undefined) found.set(secret, [...(found.get(secret) ?? []), name]);
  }
  return found;
}
