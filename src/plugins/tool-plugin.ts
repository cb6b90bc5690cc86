import type { ToolSpec } from '../core/ports/model-provider.js';

/** A tool as plugins write it. What `execute` gives is the result; what it throws is one too, and the model is told. */
export interface ToolPlugin extends ToolSpec {
  execute(
    args: Readonly<Record<string, unknown>>,
    context: { readonly tool_call_id: string; readonly signal: AbortSignal },
  ): unknown;
}
