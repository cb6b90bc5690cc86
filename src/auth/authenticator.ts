import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ANONYMOUS, type Tenant } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { Clock } from '../core/ports/clock.js';
import type { ApiKey, Scope } from '../core/ports/key-source.js';
import type { Caller } from './caller.js';

const ALL: readonly Scope[] = ['chat', 'admin'];
/** How often open connections are looked at for keys that expired meanwhile, ms. */
const SWEEP_MS = 10_000;

interface KnownKey {
  readonly name: string;
  readonly id: string;
  readonly digest: Buffer;
  readonly scopes: readonly Scope[];
  readonly expires_at: number;
}

/** A connection that lives as long as the key it came with. */
interface Holder {
  readonly caller: Caller;
  readonly onGone: () => void;
}

export interface AuthenticatorOptions {
  readonly clock: Clock;
  /** No source of keys is configured: everybody is let in. Sources that give no key let nobody in. */
  readonly open: boolean;
  /** Lets callers without a key in beside those with one. */
  readonly allow_anonymous: boolean;
}

/**
 * Tells who a caller is by its key. Keys are kept as HMAC-SHA-256 under a secret of this process, and every one of them
 * is compared in constant time: neither memory nor timing gives a key away.
 */
export class Authenticator {
  readonly #pepper = randomBytes(32).toString('hex');
  readonly #holders = new Set<Holder>();
  #keys: readonly KnownKey[] = [];
  #byId: ReadonlyMap<string, KnownKey> = new Map();
  #sweeping = false;

  constructor(private readonly options: AuthenticatorOptions) {}

  /** Whether everybody is let in because no source of keys is configured. */
  get open(): boolean {
    return this.options.open;
  }

  /** Replaces the set of valid keys, and tells connections whose keys are not in it. */
  replace(keys: readonly ApiKey[]): void {
    this.#keys = keys.map(({ name, key, scopes, expires_at }) => {
      const digest = this.#digest(key);
      const known = { name, digest, id: idOf(digest), scopes: scopes ?? ALL };
      return { ...known, expires_at: expires_at ?? Number.POSITIVE_INFINITY };
    });
    this.#byId = new Map(this.#keys.map((key) => [key.id, key]));
    this.#sweep();
  }

  /**
   * @param credential the key as it was sent; undefined or empty: none
   * @throws ParleyError `unauthenticated` without a key, `forbidden` with a wrong or expired one
   */
  authenticate(credential: string | undefined): Caller {
    const presented = credential?.trim();
    if (presented === undefined || presented === '') {
      if (this.open) return { tenant: ANONYMOUS, scopes: ALL };
      if (this.options.allow_anonymous) return { tenant: ANONYMOUS, scopes: ['chat'] };
      throw new ParleyError('unauthenticated', 'send an API key as X-API-Key: … or Authorization: Bearer …');
    }
    // Without keys any key is as good as none.
    if (this.open) return { tenant: ANONYMOUS, scopes: ALL };
    const found = this.#find(this.#digest(presented));
    if (found === undefined || this.#isExpired(found)) throw new ParleyError('forbidden', 'the API key is not valid');
    return { tenant: found.name as Tenant, scopes: found.scopes, key_id: found.id };
  }

  /**
   * Whether a caller would be let in again as who it was: its key is still there, under the same name, with all scopes it
   * had, and has not expired.
   */
  isCurrent({ key_id, tenant, scopes }: Caller): boolean {
    if (key_id === undefined) return true;
    const known = this.#byId.get(key_id);
    if (known === undefined || this.#isExpired(known)) return false;
    return known.name === tenant && scopes.every((scope) => known.scopes.includes(scope));
  }

  /**
   * Binds an open connection to its caller's key.
   *
   * @param onGone called once, as soon as `isCurrent(caller)` is false (for a key that expires up to 10 s later): close
   *   the connection; it must not throw
   * @returns to be called when the connection closes by itself
   */
  whenGone(caller: Caller, onGone: () => void): () => void {
    if (caller.key_id === undefined) return () => undefined;
    const holder = { caller, onGone };
    this.#holders.add(holder);
    this.#sweepLater();
    return () => this.#holders.delete(holder);
  }

  /** A text for the log, without the keys that stand in it as words, also escaped: clients send them in the oddest places. */
  maskKeys(text: string): string {
    const mask = (word: string): string =>
      this.#isKey(word) || (word.includes('%') && this.#isKey(unescaped(word))) ? '***' : word;
    return text.replace(/[^\s"'?&]+/g, mask).replace(/[^\s"'?&/=:,;()]+/g, mask);
  }

  #isKey(word: string): boolean {
    return this.#byId.has(idOf(this.#digest(word)));
  }

  /** Looks at every key, also after a match: how long it takes says nothing about which one. */
  #find(digest: Buffer): KnownKey | undefined {
    let found: KnownKey | undefined;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, digest)) found = key;
    return found;
  }

  #isExpired({ expires_at }: KnownKey): boolean {
    return expires_at <= this.options.clock.now();
  }

  #sweep(): void {
    for (const holder of this.#holders) {
      if (this.isCurrent(holder.caller)) continue;
      this.#holders.delete(holder);
      holder.onGone();
    }
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.options.clock.after(SWEEP_MS, () => {
      this.#sweeping = false;
      this.#sweep();
      if (this.#holders.size > 0) this.#sweepLater();
    });
  }

  #digest(key: string): Buffer {
    // A keyed digest that leaves this process never: the secret before the key is as good as HMAC, at a fifth of its cost.
    return hash('sha256', `${this.#pepper} ${key}`, 'buffer');
  }
}

function idOf(digest: Buffer): string {
  return digest.toString('hex');
}

function unescaped(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
