import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';
import type { Clock } from '../../core/ports/clock.js';
import type { SecretVersion, Vault } from './vault.js';

/** The value of a version that is valid now. */
export interface SecretValue {
  readonly version: string;
  readonly text: string;
  /** ms since the epoch. */
  readonly expires_at?: number;
}

export interface SecretReading {
  /** The newest first; may be empty: then no version is enabled and valid now. */
  readonly values: readonly SecretValue[];
  /** Versions whose value could not be read. */
  readonly problems: readonly ParleyError[];
}

/**
 * Reads all versions of a secret that are enabled and within their times. A version's value never changes, so it is asked
 * for once; which versions are valid is asked every time.
 */
export class SecretReader {
  readonly #known = new Map<string, ReadonlyMap<string, string>>();

  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** @throws ParleyError what the vault says of the secret as a whole */
  async read(name: string, signal: AbortSignal): Promise<SecretReading> {
    const listed = await this.vault.versions(name, signal);
    const now = this.clock.now();
    const valid = listed.filter((version) => isValid(version, now)).toSorted((a, b) => b.created_at - a.created_at);
    const known = this.#known.get(name) ?? new Map<string, string>();
    const texts = new Map<string, string>();
    const problems: ParleyError[] = [];
    for (const { id } of valid) {
      try {
        texts.set(id, known.get(id) ?? (await this.vault.value(name, id, signal)));
      } catch (error) {
        problems.push(toParleyError(error));
      }
    }
    this.#known.set(name, texts);
    return {
      problems,
      values: valid.flatMap(({ id, expires_at }) => {
        const text = texts.get(id);
        return text === undefined ? [] : [{ version: id, text, ...(expires_at === undefined ? {} : { expires_at }) }];
      }),
    };
  }
}

/** What is said of a secret that gives nothing. */
export function noneValid(name: string): ParleyError {
  return new ParleyError('config_invalid', `the secret "${name}" has no version that is enabled and valid now`);
}

function isValid({ enabled, not_before, expires_at }: SecretVersion, now: number): boolean {
  return enabled && (not_before ?? 0) <= now && (expires_at ?? Number.POSITIVE_INFINITY) > now;
}
