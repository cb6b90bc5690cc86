/** The text options that the commands share. Undefined: not given. */
export interface TextFlags {
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly url: string | undefined;
  readonly model: string | undefined;
  readonly scenario: string | undefined;
}

/** Options as the command line was given them. */
export type Flags = Readonly<Record<string, unknown>>;

/** Reads the text options; anything else under their names counts as not given. */
export function textFlags(flags: Flags): TextFlags {
  const text = (option: string): string | undefined => {
    const value = flags[option];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    config: text('config'),
    host: text('host'),
    port: text('port'),
    url: text('url'),
    model: text('model'),
    scenario: text('scenario'),
  };
}

/** The modules given by `--plugin`. */
export function pluginFlags(flags: Flags): readonly string[] {
  const given = flags['plugin'];
  return Array.isArray(given) ? given.map(String) : [];
}
