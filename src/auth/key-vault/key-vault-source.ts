import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';
import { keyWeakness } from '../../core/kernel/key-rules.js';
import type { Clock } from '../../core/ports/clock.js';
import type { ApiKey, KeySource } from '../../core/ports/key-source.js';
import { parseSecret, type SecretKeys } from './parse-secret.js';
import { noneValid, SecretReader } from './secret-reader.js';
import type { Vault } from './vault.js';

/** Secrets that are read at once. */
const AT_ONCE = 8;
/** Keys of a secret that cannot be asked for are kept so long, ms. */
const KEPT_MS = 24 * 3_600_000;

export interface KeyVaultSourceOptions {
  readonly vault: Vault;
  readonly clock: Clock;
  /** Takes what an operator should know. */
  readonly warn: (message: string) => void;
  readonly secrets: readonly SecretKeys[];
  /** All secrets whose names begin with it give keys too, named by what follows it. */
  readonly prefix?: string;
  readonly refresh_seconds: number;
}

interface Known {
  readonly keys: readonly ApiKey[];
  /** When the vault said so, ms since the epoch. */
  readonly at: number;
}

/**
 * Client keys in a Key Vault. All versions of a secret that are enabled and within their times are valid at once, so that a
 * key can be rotated without a gap; one that is disabled, or a secret that is deleted, is gone with the next load. Each
 * secret is for itself: while one cannot be asked for, its last keys stay, for 24 h at most, and the others go on.
 */
export class KeyVaultSource implements KeySource {
  readonly name: string;
  readonly refresh_ms: number;
  readonly patience_ms = 20_000;
  readonly #reader: SecretReader;
  readonly #known = new Map<string, Known>();
  #prefixed: readonly SecretKeys[] | undefined;
  #said: ReadonlySet<string> = new Set();
  #started = false;
  #keys: readonly ApiKey[] = [];

  constructor(private readonly options: KeyVaultSourceOptions) {
    this.name = `the key vault ${options.vault.url}`;
    this.refresh_ms = options.refresh_seconds * 1_000;
    this.#reader = new SecretReader(options.vault, options.clock);
  }

  /**
   * The first load is strict: every secret has to give its keys. Later ones give what there is and tell the operator of the
   * rest, once.
   */
  async load(signal: AbortSignal): Promise<readonly ApiKey[]> {
    const problems: ParleyError[] = [];
    const wanted = await this.#wanted(signal, problems);
    await inTurns(wanted, AT_ONCE, async (secret) => {
      problems.push(...(await this.#read(secret, signal)));
    });
    const keys = joined(
      wanted.flatMap(({ secret }) => this.#known.get(secret)?.keys ?? []),
      problems,
    );
    if (!this.#started && problems[0] !== undefined) throw together(problems);
    // Whoever gave up waiting does not see what is loaded here: the next load has to give it.
    signal.throwIfAborted();
    this.#started = true;
    this.#tell([...problems.map(({ message }) => message), ...keys.flatMap(weaknessOf)]);
    if (JSON.stringify(keys) !== JSON.stringify(this.#keys)) this.#keys = keys;
    return this.#keys;
  }

  /** The named secrets, and those of the prefix that are there now; as last seen while the vault does not say. */
  async #wanted(signal: AbortSignal, problems: ParleyError[]): Promise<readonly SecretKeys[]> {
    const { secrets, prefix, vault } = this.options;
    if (prefix === undefined) return secrets;
    const named = new Set(secrets.map(({ secret }) => secret));
    try {
      const names = await vault.names(signal);
      const fitting = names.filter((name) => name.startsWith(prefix) && !named.has(name));
      this.#prefixed = fitting.map((secret) => ({ secret, name: secret.slice(prefix.length) }));
      const wanted = new Set([...named, ...fitting]);
      for (const secret of this.#known.keys()) if (!wanted.has(secret)) this.#known.delete(secret);
      if (fitting.length === 0) problems.push(nothingFits(prefix));
    } catch (error) {
      problems.push(toParleyError(error));
    }
    return [...secrets, ...(this.#prefixed ?? [])];
  }

  /** Never rejects. @returns what is wrong with the secret */
  async #read(secret: SecretKeys, signal: AbortSignal): Promise<readonly ParleyError[]> {
    const at = this.options.clock.now();
    try {
      const { values, problems } = await this.#reader.read(secret.secret, signal);
      const wrong = [...problems];
      if (values.length === 0 && problems.length === 0) wrong.push(noneValid(secret.secret));
      const keys = values.flatMap((value) => {
        try {
          return parseSecret(secret, value);
        } catch (error) {
          wrong.push(toParleyError(error));
          return [];
        }
      });
      this.#known.set(secret.secret, { keys, at });
      return wrong;
    } catch (error) {
      const reason = toParleyError(error);
      const known = this.#known.get(secret.secret);
      const gone = reason.code === 'not_found' || (known !== undefined && at - known.at > KEPT_MS);
      if (gone) this.#known.delete(secret.secret);
      return [reason];
    }
  }

  /** Said once: the vault is asked again and again. */
  #tell(said: readonly string[]): void {
    const messages = new Set(said);
    for (const message of messages) if (!this.#said.has(message)) this.options.warn(message);
    this.#said = messages;
  }
}

/** A key that several versions give is there once, as long as any of them is valid; its newest version's scopes count. */
function joined(keys: readonly ApiKey[], problems: ParleyError[]): readonly ApiKey[] {
  const byKey = new Map<string, ApiKey>();
  for (const key of keys) {
    const other = byKey.get(key.key);
    if (other === undefined) byKey.set(key.key, key);
    else if (other.name !== key.name) problems.push(sharedKey(other.name, key.name));
    else if ((key.expires_at ?? Number.POSITIVE_INFINITY) > (other.expires_at ?? Number.POSITIVE_INFINITY)) {
      const { expires_at: _ended, ...lasting } = other;
      byKey.set(key.key, key.expires_at === undefined ? lasting : { ...lasting, expires_at: key.expires_at });
    }
  }
  return [...byKey.values()];
}

function weaknessOf({ name, key }: ApiKey): string[] {
  const weak = keyWeakness(key);
  return weak === undefined ? [] : [`the key of "${name}" in the vault ${weak}`];
}

function sharedKey(name: string, other: string): ParleyError {
  return new ParleyError('config_invalid', `"${name}" and "${other}" have the same key in the vault: it is ${name}'s`);
}

function nothingFits(prefix: string): ParleyError {
  return new ParleyError('config_invalid', `no secret of the vault has a name that begins with "${prefix}"`);
}

/** All problems as one: as hopeless as the worst of them. */
function together(problems: readonly ParleyError[]): ParleyError {
  const lasting = problems.find(({ code }) => code === 'config_invalid' || code === 'not_found');
  const message = [...new Set(problems.map((problem) => problem.message))].join('\n');
  return new ParleyError(lasting === undefined ? (problems[0]?.code ?? 'internal') : 'config_invalid', message);
}

/** Works on all items, so many at once. */
async function inTurns<T>(items: readonly T[], at_once: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: at_once }, worker));
}
