import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { nextRefresh } from './auth/refresh-time.js';
import { toParleyError } from './core/kernel/parley-error.js';
import type { Clock } from './core/ports/clock.js';
import type { BuiltModels } from './providers/provider-registry.js';
import type { Logger } from './telemetry/logger.js';
import type { ModelSecrets, SecretKey } from './vault-secrets.js';

export interface ModelKeyRefreshDeps {
  /** undefined: there is nothing to read again. */
  readonly secrets: ModelSecrets | undefined;
  readonly models: Pick<BuiltModels, 'renew'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads the keys of models again that are secrets of a vault. A new version is used from the next call on; calls that are
 * under way end with the key they began with. Where no version is valid any more the model cannot be used, and says so;
 * while the vault does not answer, the earlier keys stay.
 */
export class ModelKeyRefresh implements OnApplicationBootstrap, OnApplicationShutdown {
  /** What each secret was last, as text to compare. */
  readonly #known: Map<string, string>;
  readonly #problems = new Map<string, string>();
  #stopped = false;
  #disarm: (() => void) | undefined;

  constructor(private readonly deps: ModelKeyRefreshDeps) {
    const begun = [...(deps.secrets?.begun ?? [])];
    this.#known = new Map(begun.map(([secret, found]) => [secret, JSON.stringify(found)]));
  }

  onApplicationBootstrap(): void {
    if (this.deps.secrets !== undefined) this.#askLater(this.deps.secrets);
  }

  onApplicationShutdown(): void {
    this.#stopped = true;
    this.#disarm?.();
  }

  #askLater(secrets: ModelSecrets): void {
    if (this.#stopped) return;
    this.#disarm = this.deps.clock.after(nextRefresh(secrets.refresh_ms), () => {
      void this.#askAll(secrets).finally(() => this.#askLater(secrets));
    });
  }

  async #askAll(secrets: ModelSecrets): Promise<void> {
    await Promise.all([...secrets.models].map(async ([secret, models]) => this.#ask(secrets, secret, models)));
  }

  /** Never rejects. */
  async #ask(secrets: ModelSecrets, secret: string, models: readonly string[]): Promise<void> {
    try {
      const found = await secrets.read(secret);
      if (!this.#stopped) this.#use(secret, models, found);
      this.#problems.delete(secret);
    } catch (error) {
      const { message } = toParleyError(error);
      // Said once: it is looked at again and again.
      if (this.#stopped || this.#problems.get(secret) === message) return;
      this.#problems.set(secret, message);
      this.deps.logger.warn(
        { models, reason: message },
        'the key of models could not be read again: the earlier one stays',
      );
    }
  }

  #use(secret: string, models: readonly string[], found: SecretKey): void {
    const text = JSON.stringify(found);
    if (this.#known.get(secret) === text) return;
    this.#known.set(secret, text);
    const { logger } = this.deps;
    for (const name of models) {
      const renewed = 'key' in found ? { api_key: found.key } : { unavailable: `Model "${name}": ${found.gone}.` };
      this.deps.models.renew(name, renewed);
    }
    if ('key' in found) logger.info({ models, secret }, 'the key of models was read again');
    else logger.warn({ models, reason: found.gone }, 'models cannot be used: their key is gone');
  }
}
