import { resolve } from 'node:path';
import { isKeyName, keyWeakness } from '../../core/kernel/key-rules.js';
import { lookUp } from '../environment.js';
import type { AuthConfig, AzureConfig, ClientKeyConfig } from '../parley-config.js';
import type { KeyPath } from '../problems.js';
import type { ClientKeySection } from '../schema/auth.section.js';
import { isVaultAddress } from '../schema/azure.section.js';
import { plainCopy } from '../schema/plain-value.js';
import { isGiven, nodeAt } from '../yaml/config-node.js';
import { refuse, warn, type Resolution } from './resolution.js';

const VARIABLE = { name: 'PARLEY_API_KEYS' };
const SECRET_NAME = /^[0-9a-zA-Z-]{1,127}$/;

/** Client keys from the environment, from document 4's `server.api_key` and from `auth.keys`, in this order. */
export function resolveAuth(resolution: Resolution): AuthConfig {
  const { auth, server } = resolution.root;
  const own: ClientKeyConfig[] = server.api_key === undefined ? [] : [{ name: 'default', key: server.api_key }];
  warnOfWeak(server.api_key, ['server', 'api_key'], resolution);
  const keys = [...environmentKeys(resolution), ...own, ...sectionKeys(resolution)];
  refuseSharedKey(keys, resolution);
  const keys_file = auth.keys_file === undefined ? {} : { keys_file: resolve(resolution.folder, auth.keys_file) };
  return { keys, ...keys_file, allow_anonymous: auth.allow_anonymous, allow_query_key: auth.allow_query_key };
}

/** The vault's address and secret come from document 4's variables where the file does not say. */
export function resolveAzure(resolution: Resolution): AzureConfig {
  const { azure } = resolution.root;
  const { tree } = resolution;
  for (const key of ['api_key_secret_name', 'api_key_secret_prefix'] as const) {
    if (azure[key] !== undefined) requireVault(['azure', key], resolution);
  }
  const own = plainCopy(azure);
  // What is wrong with a given address is known.
  if (own.key_vault_url === undefined && isGiven(tree, ['azure', 'key_vault_url'])) return own;
  const url = own.key_vault_url ?? environmentVault(resolution);
  if (url === undefined) return own;
  const names_some = ['api_key_secret_name', 'api_key_secret_prefix'].some((key) => isGiven(tree, ['azure', key]));
  const name = names_some ? undefined : environmentSecret(resolution);
  return { ...own, key_vault_url: url, ...(name === undefined ? {} : { api_key_secret_name: name }) };
}

/** Refuses the name of a secret at this path when there is no vault to ask for it. */
export function requireVault(path: KeyPath, resolution: Resolution): void {
  const has_vault =
    nodeAt(resolution.tree, ['azure', 'key_vault_url']) !== undefined ||
    lookUp(resolution.environment, 'KEYVAULT_URL') !== undefined;
  if (!has_vault) refuse(resolution, path, 'needs azure.key_vault_url');
}

function environmentVault({ environment, problems }: Resolution): string | undefined {
  const url = lookUp(environment, 'KEYVAULT_URL');
  if (url === undefined || isVaultAddress(url)) return url;
  problems.add(
    { name: 'KEYVAULT_URL' },
    undefined,
    'must be an https address, such as https://your-vault.vault.azure.net/',
  );
  return undefined;
}

function environmentSecret({ environment, problems }: Resolution): string | undefined {
  const name = lookUp(environment, 'API_KEY_SECRET_NAME');
  if (name === undefined || SECRET_NAME.test(name)) return name;
  problems.add(
    { name: 'API_KEY_SECRET_NAME' },
    undefined,
    'must be the name of a Key Vault secret (letters, digits and -)',
  );
  return undefined;
}

/** `name:key,name:key`; a key without a name is called `default`. Never shown, not even in part. */
function environmentKeys(resolution: Resolution): ClientKeyConfig[] {
  const entries = (lookUp(resolution.environment, VARIABLE.name) ?? '').split(',').map((entry) => entry.trim());
  return entries.flatMap((entry, index) => {
    if (entry === '') return [];
    const colon = entry.indexOf(':');
    const name = colon < 0 ? 'default' : entry.slice(0, colon).trim();
    const key = entry.slice(colon + 1).trim();
    const wrong = wrongEntry(name, key);
    if (wrong === undefined) {
      const weak = keyWeakness(key);
      if (weak !== undefined) resolution.warnings.push(`${VARIABLE.name}: the key of "${name}" ${weak}`);
      return [{ name, key }];
    }
    resolution.problems.add(VARIABLE, undefined, `entry ${index + 1}: ${wrong} (name:key,name:key)`);
    return [];
  });
}

/** A key that belongs to two names would belong to neither. */
function refuseSharedKey(keys: readonly ClientKeyConfig[], resolution: Resolution): void {
  const names = new Map<string, string>();
  for (const { name, key } of keys) {
    if (key === undefined) continue;
    const other = names.get(key);
    if (other !== undefined && other !== name) {
      refuse(
        resolution,
        ['auth', 'keys'],
        `"${other}" and "${name}" have the same key (PARLEY_API_KEYS and server.api_key count too)`,
      );
    }
    names.set(key, name);
  }
}

function wrongEntry(name: string, key: string): string | undefined {
  if (!isKeyName(name)) return 'the name before the colon must be up to 64 letters, digits, _ . @ -, and not anonymous';
  if (key === '') return 'the key is empty';
  return /\s/.test(key) ? 'the key has a blank in it' : undefined;
}

function sectionKeys(resolution: Resolution): ClientKeyConfig[] {
  const { auth, azure } = resolution.root;
  const secrets = new Set([azure.api_key_secret_name]);
  return auth.keys.flatMap((section) => {
    const path = resolution.pathOf(section);
    if (isGiven(resolution.tree, [...path, 'key']) === isGiven(resolution.tree, [...path, 'secret'])) {
      refuse(resolution, path, 'needs exactly one of key and secret');
      return [];
    }
    if (section.secret !== undefined) {
      requireVault([...path, 'secret'], resolution);
      if (secrets.has(section.secret)) refuse(resolution, [...path, 'secret'], 'is given twice');
      secrets.add(section.secret);
    }
    warnOfWeak(section.key, [...path, 'key'], resolution);
    return [toKey(section)];
  });
}

function warnOfWeak(key: string | undefined, path: KeyPath, resolution: Resolution): void {
  const weak = key === undefined ? undefined : keyWeakness(key);
  if (weak !== undefined) warn(resolution, path, weak);
}

function toKey(section: ClientKeySection): ClientKeyConfig {
  const { name, key, secret, scopes, expires } = section;
  return {
    name,
    ...(key === undefined ? {} : { key }),
    ...(secret === undefined ? {} : { secret }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }),
  };
}
