import type { NewFact, ToolCall, ToolExecutionEnd, ToolRefusal } from '../events/conversation-event.js';
import type { Tool, ToolOutput } from '../ports/tool.js';
import type { AgentContext } from './context.js';
import { signature, type AgentState } from './state.js';

/** A call that may run, here or at the client, or that may not, with what the model is told of it. */
export type Prepared =
  | { readonly kind: 'ready'; readonly call: ToolCall; readonly tool: Tool }
  | { readonly kind: 'client'; readonly call: ToolCall }
  | { readonly kind: 'refused'; readonly call: ToolCall; readonly refusal: ToolRefusal; readonly told: string };

/** What came of running a tool. */
export type Outcome =
  | { readonly kind: 'returned'; readonly output: ToolOutput }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'timed_out'; readonly after_ms: number }
  /** The run is over: nobody wants the result. */
  | { readonly kind: 'aborted' };

/** What of an outcome is written down. */
export type Finalized = Pick<ToolExecutionEnd, 'status' | 'result' | 'details' | 'terminate'>;

/** Identical calls in a row that are run; one more is refused. */
const IDENTICAL_CALLS = 2;

/** Phase 1, prepare: whether a call may run. Pure, but for what a hook says. */
export async function prepare(context: AgentContext, state: AgentState, index: number): Promise<Prepared | undefined> {
  const call = state.calls?.[index]?.call;
  if (call === undefined) return undefined;
  const refuse = (refusal: ToolRefusal, told: string): Prepared => ({ kind: 'refused', call, refusal, told });
  if (index >= context.limits.calls_per_message) {
    const most = context.limits.calls_per_message;
    return refuse('too_many', `Error: ${call.name} was not run: at most ${most} calls in one message`);
  }
  const tool = context.tools.get(call.name);
  const spec = tool ?? context.client_tools.find(({ name }) => name === call.name);
  if (spec === undefined) return refuse('unknown_tool', `Error: Unknown function '${call.name}'`);
  const problems = context.checkArguments(spec.parameters, call.arguments);
  if (problems.length > 0) {
    return refuse('invalid_arguments', `Error: Invalid arguments for ${call.name}: ${problems.join('; ')}`);
  }
  if (repeats(state, index, call)) {
    const told = `Error: ${call.name} was not run: it was called ${IDENTICAL_CALLS} times in a row with the same arguments`;
    return refuse('repeated', told);
  }
  if (tool === undefined) return { kind: 'client', call };
  const blocked = await blockedBy(context, call, tool);
  return blocked === undefined ? { kind: 'ready', call, tool } : refuse('blocked', blocked);
}

/** Phase 2, execute: runs a tool on its own clock. Never rejects, and is not kept waiting by a tool that ignores its signal. */
export async function execute(context: AgentContext, call: ToolCall, tool: Tool): Promise<Outcome> {
  const own = new AbortController();
  const signal = AbortSignal.any([context.signal, own.signal]);
  let over = false;
  const timed_out = new Promise<Outcome>((resolve) => {
    const disarm = context.clock.after(context.tool_call_ms, () => {
      resolve({ kind: 'timed_out', after_ms: context.tool_call_ms });
      own.abort();
    });
    signal.addEventListener('abort', disarm, { once: true });
  });
  const aborted = new Promise<Outcome>((resolve) => {
    const stop = (): void => resolve({ kind: 'aborted' });
    if (context.signal.aborted) stop();
    else context.signal.addEventListener('abort', stop, { once: true, signal: own.signal });
  });
  const onUpdate = (partial: unknown): void => {
    if (!over) context.log.toolUpdate(call.id, call.name, partial);
  };
  const outcome = await Promise.race([
    run(tool, call, { tool_call_id: call.id, idempotency_key: call.id, signal, onUpdate }),
    timed_out,
    aborted,
  ]);
  over = true;
  own.abort();
  return outcome;
}

/** Phase 3, finalize: what the model is told, bounded. */
export async function finalize(context: AgentContext, call: ToolCall, outcome: Outcome): Promise<Finalized> {
  const output = await amended(context, call, outputOf(call, outcome));
  const { details } = output;
  return {
    status: output.is_error === true ? 'failed' : 'completed',
    result: cut(output.content, context.limits.tool_result_chars),
    ...(details === undefined ? {} : { details }),
    ...(output.terminate === true ? { terminate: true } : {}),
  };
}

/** Phase 4, report: the end of a call. */
export function endFact(call: ToolCall, end: Finalized, duration_ms: number): NewFact {
  const { id: tool_call_id, name: tool_name } = call;
  return { body: { type: 'tool_execution_end', tool_call_id, tool_name, ...end, duration_ms } };
}

/** The intent of a call. */
export function startFact(call: ToolCall, tool?: Tool): NewFact {
  const { id: tool_call_id, name: tool_name, arguments: args } = call;
  const idempotent = tool?.idempotent === true ? { idempotent: true as const } : {};
  return { body: { type: 'tool_execution_start', tool_call_id, tool_name, arguments: args, ...idempotent } };
}

/** A call that is not run: it starts and ends, so that whoever watches sees why. */
export function refusalFacts(call: ToolCall, refused: ToolRefusal, result: string): NewFact[] {
  const { id: tool_call_id, name: tool_name } = call;
  return [
    startFact(call),
    { body: { type: 'tool_execution_end', tool_call_id, tool_name, status: 'failed', refused, result } },
  ];
}

/** A call that a crash interrupted, and that must not run twice. */
export function unknownFact(call: ToolCall): NewFact {
  const result = `Error: ${call.name} was interrupted, and it is not known whether it had its effect. It was not run again.`;
  const { id: tool_call_id, name: tool_name } = call;
  return { body: { type: 'tool_execution_end', tool_call_id, tool_name, status: 'unknown', result } };
}

/** Cuts a text to so many UTF-16 units, with a mark that says so, and never within a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const at = /[\uD800-\uDBFF]/.test(text[most - 1] ?? '') ? most - 1 : most;
  return `${text.slice(0, at)}\n[cut: ${text.length - at} of ${text.length} characters left out]`;
}

async function run(tool: Tool, call: ToolCall, toolContext: Parameters<Tool['execute']>[1]): Promise<Outcome> {
  try {
    return { kind: 'returned', output: await tool.execute(call.arguments, toolContext) };
  } catch (error) {
    return { kind: 'threw', error };
  }
}

function outputOf({ name }: ToolCall, outcome: Outcome): ToolOutput {
  switch (outcome.kind) {
    case 'returned':
      return outcome.output;
    case 'threw':
      return { content: `Error executing ${name}: ${messageOf(outcome.error)}`, is_error: true };
    case 'timed_out':
      return { content: `Error: ${name} timed out after ${outcome.after_ms / 1000} s`, is_error: true };
    case 'aborted':
      return { content: `Error: ${name} was stopped`, is_error: true };
  }
}

async function amended({ hooks }: AgentContext, call: ToolCall, output: ToolOutput): Promise<ToolOutput> {
  try {
    return (await hooks?.afterToolCall?.(call, output)) ?? output;
  } catch (error) {
    return { content: `Error after ${call.name}: ${messageOf(error)}`, is_error: true };
  }
}

async function blockedBy({ hooks }: AgentContext, call: ToolCall, tool: Tool): Promise<string | undefined> {
  try {
    return (await hooks?.beforeToolCall?.(call, tool))?.block;
  } catch (error) {
    return `Error: ${call.name} was blocked: ${messageOf(error)}`;
  }
}

/** Whether the calls just before this one were the same. */
function repeats(state: AgentState, index: number, call: ToolCall): boolean {
  const before = [...state.recent, ...(state.calls ?? []).slice(0, index).map((entry) => signature(entry.call))];
  const own = signature(call);
  const last = before.slice(-IDENTICAL_CALLS);
  return last.length === IDENTICAL_CALLS && last.every((other) => other === own);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
