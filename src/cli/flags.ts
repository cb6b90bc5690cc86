import { ParleyError } from '../core/kernel/parley-error.js';

/** The text options that the commands share. Undefined: not given. */
export interface TextFlags {
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly url: string | undefined;
  readonly model: string | undefined;
  readonly scenario: string | undefined;
  readonly key: string | undefined;
  readonly agent: string | undefined;
  readonly instructions: string | undefined;
  readonly conversation: string | undefined;
  readonly message: string | undefined;
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
    key: text('key'),
    agent: text('agent'),
    instructions: text('instructions'),
    conversation: text('conversation'),
    message: text('message'),
  };
}

/** A number from 0. Undefined: not given. @throws ParleyError `config_invalid` naming the option */
export function wholeNumberFlag(flags: Flags, option: string): number | undefined {
  const given = flags[option];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 0)
    throw new ParleyError('config_invalid', `--${option} must be a whole number (got ${JSON.stringify(given)})`);
  return value;
}

/** The modules given by `--plugin`. */
export function pluginFlags(flags: Flags): readonly string[] {
  const given = flags['plugin'];
  return Array.isArray(given) ? given.map(String) : [];
}
