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
 * Where keys come from: environment and configuration, a file, a vault. Configured under `auth:` and `azure:`. A name
 * belongs to one source; that its names are its own is checked by whoever joins the sources.
 */
export interface KeySource {
  /** For messages. */
  readonly name: string;
  /** How often it is to be asked again, ms. Absent: what it gave at the start stays. */
  readonly refresh_ms?: number;
  /** How long one load may take before it is given up, ms. Absent: 10 s. */
  readonly patience_ms?: number;
  /**
   * All keys that are valid now; the same list object as before if nothing changed. When it throws, the keys it gave
   * last stay valid.
   *
   * @throws ParleyError naming the source and the place in it, never a key
   */
  load(signal: AbortSignal): Promise<readonly ApiKey[]>;
}
