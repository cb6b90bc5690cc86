/** One MCP server: a process to start, or an address. */
export interface McpSettings {
  readonly name: string;
  readonly command?: string;
  readonly args?: readonly string[];
  /** All that the process is given, beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where what happens to servers is written down. */
export interface McpLog {
  debug(about: Readonly<Record<string, unknown>>, message: string): void;
  info(about: Readonly<Record<string, unknown>>, message: string): void;
  warn(about: Readonly<Record<string, unknown>>, message: string): void;
}

/** Shorter values of headers and variables are no secrets, and would mask half of a text. */
const SHORTEST_SECRET = 6;

/** Characters of a line from a server that the log keeps. */
const LONGEST_LINE = 2_000;

/** A text from a server without the values that it was given in confidence, and bounded. */
export function maskedFor({ env, headers }: McpSettings, text: string): string {
  const values = [...Object.values(env ?? {}), ...Object.values(headers ?? {})];
  const secrets = values
    .flatMap((value) => [value, ...value.split(/\s+/)])
    .filter(({ length }) => length >= SHORTEST_SECRET);
  // The longest first: a secret may be part of another.
  const ordered = secrets.toSorted((one, other) => other.length - one.length);
  // Masked before it is cut, so that no half of a secret is left at the end.
  return ordered
    .reduce((masked, secret) => masked.replaceAll(secret, '***'), text.slice(0, 65_536))
    .slice(0, LONGEST_LINE);
}
