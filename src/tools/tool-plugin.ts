import type { ToolSpec } from '../core/ports/model-provider.js';
import type { Tool, ToolContext } from '../core/ports/tool.js';
import { toToolOutput } from './shared/tool-output.js';

/**
 * A tool as plugins write it. What `execute` returns is the result: a text as it is, `{content, is_error?, details?,
 * terminate?}` with a text or a list of `{type: 'text', text}`, anything else as JSON. What it throws is a result too, and
 * the model is told.
 */
export interface ToolPlugin extends ToolSpec {
  /** For people. */
  readonly label?: string;
  /** A call whose end is not known may be run again, with the same `idempotency_key`. */
  readonly idempotent?: boolean;
  execute(args: Readonly<Record<string, unknown>>, context: ToolContext): unknown;
}

/** A plugin's tool behind the port. */
export function toolOf(plugin: ToolPlugin): Tool {
  const { name, description, parameters, label, idempotent } = plugin;
  return {
    name,
    description,
    parameters,
    ...(label === undefined ? {} : { label }),
    ...(idempotent === undefined ? {} : { idempotent }),
    execute: async (args, context) => toToolOutput(await plugin.execute(args, context)),
  };
}
