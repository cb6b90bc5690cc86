import { AzureVault } from './auth/key-vault/azure-vault.js';
import { readNewest, SecretReader } from './auth/key-vault/secret-reader.js';
import { isLoopbackHost } from './config/address.js';
import { deepFreeze } from './config/freeze.js';
import type { ModelConfig, ParleyConfig } from './config/parley-config.js';
import { ParleyError, toParleyError } from './core/kernel/parley-error.js';
import { SystemClock } from './runtime/system-clock.js';

/** The keys of all models together may take so long, ms. */
const PATIENCE_MS = 20_000;

/**
 * The configuration with the keys of models that are secrets of the vault. They are read once: a provider is built with its
 * key.
 *
 * @throws ParleyError naming the secret that cannot be read, or is no key
 */
export async function withVaultSecrets(config: ParleyConfig): Promise<ParleyConfig> {
  const url = config.azure.key_vault_url;
  if (url === undefined || config.models.every(({ api_key_secret }) => api_key_secret === undefined)) return config;
  const vault = new AzureVault({ url, on_loopback: isLoopbackHost(new URL(url).hostname) });
  const reader = new SecretReader(vault, new SystemClock());
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const models = await Promise.all(config.models.map((model) => withKey(model, reader, signal)));
  return deepFreeze({ ...config, models });
}

async function withKey(model: ModelConfig, reader: SecretReader, signal: AbortSignal): Promise<ModelConfig> {
  const { api_key_secret, ...rest } = model;
  if (api_key_secret === undefined) return model;
  const api_key = await readNewest(reader, api_key_secret, signal).catch((error: unknown) => {
    const { code, message } = toParleyError(error);
    throw new ParleyError(code === 'not_found' ? 'config_invalid' : code, message);
  });
  if (!/^\S+$/.test(api_key))
    throw new ParleyError(
      'config_invalid',
      `the secret "${api_key_secret}" must be a key: a text without blanks, not empty`,
    );
  return { ...rest, api_key };
}
