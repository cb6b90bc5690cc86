import { ParleyError, toParleyError } from '../core/kernel/parley-error.js';
import type { Clock } from '../core/ports/clock.js';
import type { ApiKey, KeySource } from '../core/ports/key-source.js';
import type { Logger } from '../telemetry/logger.js';
import type { Authenticator } from './authenticator.js';

/** A source that does not answer is given up after so long, ms. */
const PATIENCE_MS = 10_000;

export interface KeyRingDeps {
  readonly sources: readonly KeySource[];
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Joins the keys of all sources for the authenticator and asks those again that may change. While a source fails, or
 * gives keys that clash with another's, the last good set stays.
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
    return source.load(AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(PATIENCE_MS)]));
  }

  #askLater(source: KeySource): void {
    if (source.refresh_ms === undefined || this.#stopped.signal.aborted) return;
    this.deps.clock.after(source.refresh_ms, () => {
      void this.#ask(source).then(() => this.#askLater(source));
    });
  }

  /** Never rejects. */
  async #ask(source: KeySource): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    const { logger } = this.deps;
    try {
      const keys = await this.#load(source);
      const changed = keys !== this.#given.get(source);
      if (changed) {
        const given = new Map(this.#given).set(source, keys);
        this.#use(given);
        this.#given.set(source, keys);
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

  #use(given: ReadonlyMap<KeySource, readonly ApiKey[]>): void {
    checkClashes(given);
    this.deps.authenticator.replace([...given.values()].flat());
  }
}

/** A key that belonged to two names would belong to neither, and a name of two sources could be taken over. */
function checkClashes(given: ReadonlyMap<KeySource, readonly ApiKey[]>): void {
  const sources = new Map<string, KeySource>();
  const names = new Map<string, string>();
  for (const [source, keys] of given) {
    for (const { name, key } of keys) {
      const other = sources.get(name);
      if (other !== undefined && other !== source) {
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
