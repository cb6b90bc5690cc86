/** A configuration, or another file of settings, that cannot be used. Says everything that is wrong at once, without any secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /**
   * @param problems one line each: `file:line:column: key.path: what is wrong (what is allowed; got …)`
   * @param heading what stands above them
   */
  constructor(
    readonly problems: readonly string[],
    heading = 'Invalid configuration',
  ) {
    super(`${heading}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}
