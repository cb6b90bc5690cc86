/** What a key may do: `chat` everything that converses, `admin` also what shows or changes the server itself. */
export type Scope = 'chat' | 'admin';

/** A key as its source gives it. The plain text is kept by nobody but the source: the authenticator keeps its digest. */
export interface ApiKey {
  /** Shown in logs instead of the key; it is also the tenant. */
  readonly name: string;
  readonly key: string;
  /** Absent: all scopes. */
  readonly scopes?: readonly Scope[];
  /** ms since the epoch; after it the key is as unknown. */
  readonly expires_at?: number;
}

/**
 * Where keys come from: environment and configuration, a file, a vault. Configured under `auth:` and `azure:`.
 */
export interface KeySource {
  readonly name: string;
  /** All keys that are valid now. @throws ParleyError naming the source, never a key */
  load(signal: AbortSignal): Promise<readonly ApiKey[]>;
}
