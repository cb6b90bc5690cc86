import { toParleyError } from '../../core/kernel/parley-error.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { ModelEnd, ModelProvider, ModelRequest } from '../../core/ports/model-provider.js';
import { AssistantStream } from './assistant-stream.js';
import { MessageBuilder, type FinishedCall, type MessageHead } from './message-builder.js';
import type { ModelCost } from './model.js';
import { tokenUsage } from './token-usage.js';

/** What the user of an aborted call is told. */
export const ABORTED_TEXT = 'Request was aborted';

/** One call of a model, before it is made. */
export interface ProviderCall {
  readonly head: MessageHead;
  /** Whom to ask for what. May throw: the call then ends with that error. */
  readonly prepare: () => Promise<{ readonly provider: ModelProvider; readonly request: ModelRequest }>;
  readonly cost: ModelCost | undefined;
  readonly signal: AbortSignal | undefined;
  /** How a failure is told. Absent: in the provider's own sentence, which repeats nothing that an upstream said. */
  readonly describe?: (end: Extract<ModelEnd, { type: 'failed' }>) => string;
}

/** Makes a call at once, and gives its events as they come. */
export function streamCall(call: ProviderCall): AssistantStream {
  const left = new AbortController();
  const signal = call.signal === undefined ? left.signal : AbortSignal.any([call.signal, left.signal]);
  const stream = new AssistantStream(() => left.abort());
  const builder = new MessageBuilder(call.head, Date.now(), (event) => stream.push(event));
  void run(call, builder, signal);
  return stream;
}

async function run({ prepare, ...call }: ProviderCall, builder: MessageBuilder, signal: AbortSignal): Promise<void> {
  try {
    const { provider, request } = await prepare();
    const end = await provider.stream(request, (delta) => builder.take(delta), signal);
    conclude(builder, end, call);
  } catch (error) {
    const message = messageOf(error);
    builder.broken({ reason: 'error', message, code: toParleyError(error).code });
  }
}

function conclude(
  builder: MessageBuilder,
  end: ModelEnd,
  { cost, describe }: Pick<ProviderCall, 'cost' | 'describe'>,
): void {
  const usage = tokenUsage(end.usage, cost);
  switch (end.type) {
    case 'done': {
      const bad = (end.bad_tool_calls ?? []).map((call): FinishedCall => ({ ...call, arguments: {} }));
      builder.done(end.stop_reason, [...end.tool_calls, ...bad], usage);
      return;
    }
    case 'failed':
      builder.broken({ reason: 'error', message: describe?.(end) ?? end.message, code: end.code, usage });
      return;
    case 'aborted':
      builder.broken({ reason: 'aborted', message: ABORTED_TEXT, code: 'aborted', usage });
  }
}

/** What went wrong, in words for the program's own user. */
export function messageOf(error: unknown): string {
  return error instanceof Error || error instanceof ParleyError ? error.message : String(error);
}
