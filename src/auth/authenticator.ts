import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ANONYMOUS, type Tenant } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { Clock } from '../core/ports/clock.js';
import type { ApiKey, Scope } from '../core/ports/key-source.js';
import type { Caller } from './caller.js';

const ALL: readonly Scope[] = ['chat', 'admin'];

interface KnownKey {
  readonly name: string;
  readonly digest: Buffer;
  readonly scopes: readonly Scope[];
  readonly expires_at: number;
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
  readonly #pepper = randomBytes(32);
  #keys: readonly KnownKey[] = [];

  constructor(private readonly options: AuthenticatorOptions) {}

  /** Whether everybody is let in because no source of keys is configured. */
  get open(): boolean {
    return this.options.open;
  }

  /** Replaces the set of valid keys. */
  replace(keys: readonly ApiKey[]): void {
    this.#keys = keys.map(({ name, key, scopes, expires_at }) => ({
      name,
      digest: this.#digest(key),
      scopes: scopes ?? ALL,
      expires_at: expires_at ?? Number.POSITIVE_INFINITY,
    }));
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
    if (found === undefined || found.expires_at <= this.options.clock.now()) {
      throw new ParleyError('forbidden', 'the API key is not valid');
    }
    return { tenant: found.name as Tenant, scopes: found.scopes };
  }

  /** A text for the log, without the keys that stand in it as words: clients send them in the oddest places. */
  maskKeys(text: string): string {
    const known = new Set(this.#keys.map(({ digest }) => digest.toString('hex')));
    const mask = (word: string): string => (known.has(this.#digest(word).toString('hex')) ? '***' : word);
    return text.replace(/[^\s"'?&]+/g, mask).replace(/[^\s"'?&/=:,;()]+/g, mask);
  }

  /** Looks at every key, also after a match: how long it takes says nothing about which one. */
  #find(digest: Buffer): KnownKey | undefined {
    let found: KnownKey | undefined;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, digest)) found = key;
    return found;
  }

  #digest(key: string): Buffer {
    return createHmac('sha256', this.#pepper).update(key).digest();
  }
}
