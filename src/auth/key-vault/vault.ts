/** One version of a secret, as a listing shows it: without its value. */
export interface SecretVersion {
  readonly id: string;
  readonly enabled: boolean;
  /** ms since the epoch. */
  readonly created_at: number;
  /** ms since the epoch; before it the version is not valid. */
  readonly not_before?: number;
  /** ms since the epoch; from it on the version is not valid. */
  readonly expires_at?: number;
}

/** What is asked of a vault. Every call rejects with a ParleyError that names the secret and never its value. */
export interface Vault {
  readonly url: string;
  /** Names of all secrets. */
  names(signal: AbortSignal): Promise<readonly string[]>;
  /** All versions of a secret, disabled ones too; `not_found` for a secret that is not there. */
  versions(name: string, signal: AbortSignal): Promise<readonly SecretVersion[]>;
  value(name: string, version: string, signal: AbortSignal): Promise<string>;
}
