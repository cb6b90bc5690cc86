import { isKeyName, isTime } from '../../core/kernel/key-rules.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { ApiKey, Scope } from '../../core/ports/key-source.js';
import type { SecretValue } from './secret-reader.js';

const SCOPES: readonly Scope[] = ['chat', 'admin'];
const MOST_KEYS = 1_000;

/** What the configuration says of the keys of a secret. */
export interface SecretKeys {
  /** The secret's own name. */
  readonly secret: string;
  /** Of a key that has no name of its own. */
  readonly name: string;
  /** A key of this secret has no others. */
  readonly scopes?: readonly Scope[];
  /** RFC 3339: no key of this secret is valid after it. */
  readonly expires?: string;
}

/**
 * The keys in the value of a secret: the key itself, a JSON object `{name?, key, scopes?, expires?}`, or a list of these.
 * Limits of the configuration and of the secret's version hold beside those of the value: the narrowest counts.
 *
 * @throws ParleyError `config_invalid` naming the secret and its version, never any part of the value
 */
export function parseSecret(keys: SecretKeys, value: SecretValue): readonly ApiKey[] {
  const refuse = (reason: string): never => {
    throw new ParleyError('config_invalid', `the secret "${keys.secret}" (version ${value.version}) ${reason}`);
  };
  const text = value.text.trim();
  const parsed = /^[[{]/.test(text) ? parseJson(text) : { key: text };
  if (parsed === undefined) return refuse('begins like JSON but is not valid JSON');
  const entries = Array.isArray(parsed) ? parsed : [parsed];
  if (entries.length > MOST_KEYS) return refuse(`has more than ${MOST_KEYS} keys`);
  return entries.map((entry: unknown) => {
    const own = toKey(entry, keys.name);
    if (typeof own === 'string') return refuse(own);
    const scopes = narrowest(own.scopes, keys.scopes);
    const ends = [own.expires_at, value.expires_at, keys.expires === undefined ? undefined : Date.parse(keys.expires)];
    const expires_at = Math.min(...ends.map((end) => end ?? Number.POSITIVE_INFINITY));
    return {
      name: own.name,
      key: own.key,
      ...(scopes === undefined ? {} : { scopes }),
      ...(Number.isFinite(expires_at) ? { expires_at } : {}),
    };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** @returns the key, or what is wrong with it */
function toKey(entry: unknown, default_name: string): ApiKey | string {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return 'must be a key, {name, key, scopes, expires}, or a list of these';
  const { name = default_name, key, scopes, expires, ...rest } = entry as Readonly<Record<string, unknown>>;
  if (Object.keys(rest).length > 0) return 'has a field that is not name, key, scopes or expires';
  if (typeof key !== 'string' || !/^\S+$/.test(key)) return 'must have a key: a text without blanks, not empty';
  if (typeof name !== 'string' || !isKeyName(name))
    return 'must have a name of up to 64 letters, digits, _ . @ -, and not anonymous';
  if (scopes !== undefined && !isScopes(scopes)) return `must have scopes that are a list of ${SCOPES.join(', ')}`;
  if (expires !== undefined && (typeof expires !== 'string' || !isTime(expires)))
    return 'must have an expires that is a time such as 2027-01-31 or 2027-01-31T12:00:00Z';
  return {
    name,
    key,
    ...(scopes === undefined ? {} : { scopes }),
    ...(expires === undefined ? {} : { expires_at: Date.parse(expires) }),
  };
}

function isScopes(value: unknown): value is readonly Scope[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => SCOPES.some((scope) => scope === item));
}

function narrowest(
  own: readonly Scope[] | undefined,
  most: readonly Scope[] | undefined,
): readonly Scope[] | undefined {
  if (own === undefined || most === undefined) return own ?? most;
  return own.filter((scope) => most.includes(scope));
}
