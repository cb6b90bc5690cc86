import { isLoopbackAddress } from './loopback.js';

/**
 * Which web pages may use the server: those of its own host always, and those of `server.cors_origins`, compared as a
 * whole; without such a list, those of this machine. A request without an `Origin` comes from no page.
 */
export class OriginPolicy {
  readonly #listed: ReadonlySet<string>;

  /** @param listed origins such as `https://chat.example.org`; `*`: every one */
  constructor(listed: readonly string[]) {
    this.#listed = new Set(listed);
  }

  /** Whether the list lets every page in. */
  get everybody(): boolean {
    return this.#listed.has('*');
  }

  /**
   * @param origin the `Origin` header
   * @param host the `Host` header of the same request
   */
  allows(origin: string, host: string | undefined): boolean {
    if (this.everybody || this.#listed.has(origin)) return true;
    const url = URL.parse(origin);
    if (url === null || url.origin !== origin) return false;
    if (host !== undefined && URL.parse(`${url.protocol}//${host}`)?.host === url.host) return true;
    return this.#listed.size === 0 && isLoopbackAddress(url.hostname);
  }
}
