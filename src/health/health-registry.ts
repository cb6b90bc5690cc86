import { HealthIndicatorService, type HealthIndicatorFunction } from '@nestjs/terminus';
import { toParleyError } from '../core/kernel/parley-error.js';

export type Probe = 'ready' | 'startup';

/** Throws, with a message that is safe to show, when what it looks at is not well. */
export type HealthCheck = (signal: AbortSignal) => Promise<void> | void;

/** A probe must answer before Kubernetes gives up on it (1 s unless configured). */
const TIMEOUT_MS = 800;

/** What the probes look at: each room registers its own checks, the endpoint knows none of them. */
export class HealthRegistry {
  readonly #checks: { readonly probe: Probe; readonly name: string; readonly check: HealthCheck }[] = [];

  constructor(private readonly indicator: HealthIndicatorService) {}

  register(probe: Probe, name: string, check: HealthCheck): void {
    this.#checks.push({ probe, name, check });
  }

  indicators(probe: Probe): HealthIndicatorFunction[] {
    return this.#checks
      .filter((entry) => entry.probe === probe)
      .map(({ name, check }) => async () => {
        const indicator = this.indicator.check(name);
        try {
          await check(AbortSignal.timeout(TIMEOUT_MS));
          return indicator.up();
        } catch (error) {
          return indicator.down({ reason: toParleyError(error).message });
        }
      });
  }
}
