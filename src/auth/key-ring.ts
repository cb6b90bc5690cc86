import { ParleyError, toParleyError } from '../core/kernel/parley-error.js';
import type { Clock } from '../core/ports/clock.js';
import type { ApiKey, KeySource } from '../core/ports/key-source.js';
import type { Logger } from '../telemetry/logger.js';
import type { Authenticator } from './authenticator.js';
import { nextRefresh } from './refresh-time.js';

/** A source that does not answer is given up after so long, ms. */
const PATIENCE_MS = 10_000;

export interface KeyRingDeps {
  readonly sources: readonly KeySource[];
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Joins the keys of all sources for the authenticator and asks those again that may change. While a source fails, its
 * last good set stays; while it gives keys that clash with another's, it brings nothing new in, but what it took away is
 * gone all the same.
 */
export class KeyRing {
  readonly #given = new Map<KeySource, readonly ApiKey[]>();
  readonly #problems = new Map<KeySource, string>();
  readonly #stopped = new AbortController();

  constructor(private readonly deps: KeyRingDeps) {}

  /**
   * Loads every source.
   *
   * @throws ParleyError what a source says, or `config_invalid` naming the keys that clash
   */
  async start(): Promise<void> {
    for (const source of this.deps.sources) this.#given.set(source, await this.#load(source));
    this.#use(this.#given);
    for (const source of this.deps.sources) this.#askLater(source);
  }

  stop(): void {
    this.#stopped.abort();
  }

  #load(source: KeySource): Promise<readonly ApiKey[]> {
    return source.load(AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(source.patience_ms ?? PATIENCE_MS)]));
  }

  #askLater(source: KeySource): void {
    if (source.refresh_ms === undefined || this.#stopped.signal.aborted) return;
    this.deps.clock.after(nextRefresh(source.refresh_ms), () => {
      void this.#ask(source).then(() => this.#askLater(source));
    });
  }

  /** Never rejects. */
  async #ask(source: KeySource): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    const { logger } = this.deps;
    try {
      const keys = await this.#load(source);
      const before = this.#given.get(source) ?? [];
      if (keys !== before) {
        this.#change(source, before, keys);
        logger.info({ source: source.name, names: keys.map(({ name }) => name) }, 'the keys were read again');
      }
      this.#problems.delete(source);
    } catch (error) {
      const { message } = toParleyError(error);
      // Said once: it is looked at again and again.
      if (this.#problems.get(source) === message || this.#stopped.signal.aborted) return;
      this.#problems.set(source, message);
      logger.warn({ source: source.name, reason: message }, 'the keys could not be read again: the earlier ones stay');
    }
  }

  #change(source: KeySource, before: readonly ApiKey[], keys: readonly ApiKey[]): void {
    try {
      this.#use(new Map(this.#given).set(source, keys));
      this.#given.set(source, keys);
    } catch (error) {
      const left = keys.filter(({ name, key }) => before.some((old) => name === old.name && key === old.key));
      this.#given.set(source, left);
      this.#use(this.#given);
      throw error;
    }
  }

  #use(given: ReadonlyMap<KeySource, readonly ApiKey[]>): void {
    checkClashes(given);
    this.deps.authenticator.replace([...given.values()].flat());
  }
}

/** What keys are called that were given none: each source may have one. */
const UNNAMED = 'default';

/** A key that belonged to two names would belong to neither, and a name of two sources could be taken over. */
function checkClashes(given: ReadonlyMap<KeySource, readonly ApiKey[]>): void {
  const sources = new Map<string, KeySource>();
  const names = new Map<string, string>();
  for (const [source, keys] of given) {
    for (const { name, key } of keys) {
      const other = sources.get(name);
      if (other !== undefined && other !== source && name !== UNNAMED) {
        throw new ParleyError('config_invalid', `"${name}" names a key in ${other.name} and in ${source.name}`);
      }
      const same = names.get(key);
      if (same !== undefined && same !== name)
        throw new ParleyError('config_invalid', `"${same}" and "${name}" have the same key`);
      sources.set(name, source);
      names.set(key, name);
    }
  }
}
