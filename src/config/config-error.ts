/** A configuration that cannot be used. Says everything that is wrong at once, without any secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** @param problems one line each: `file:line:column: key.path: what is wrong (what is allowed; got …)` */
  constructor(readonly problems: readonly string[]) {
    super(`Invalid configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}
