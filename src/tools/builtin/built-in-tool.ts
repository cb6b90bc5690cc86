import type { Clock } from '../../core/ports/clock.js';
import type { Tool } from '../../core/ports/tool.js';

/** What the built-in tools need. */
export interface BuiltInDeps {
  readonly clock: Clock;
}

/** Makes one built-in tool. */
export type BuiltInFactory = (deps: BuiltInDeps) => Tool;

/** The schema of arguments that are one text. */
export function oneText(
  name: string,
  description: string,
  more: { readonly default?: string } = {},
): Readonly<Record<string, unknown>> {
  return {
    type: 'object',
    properties: { [name]: { type: 'string', description, ...more } },
    required: more.default === undefined ? [name] : [],
    additionalProperties: false,
  };
}

/** A text argument. */
export function textArgument(args: Readonly<Record<string, unknown>>, name: string, missing = ''): string {
  const value = args[name];
  return typeof value === 'string' ? value : missing;
}
