import { NO_TOKENS, type AssistantMessage, type ToolCallContent } from '../../core/agent-messages/message.js';
import type { ModelEnd } from '../../core/ports/model-provider.js';
import { isBroken } from '../../core/agent-messages/repair-messages.js';

type Done = Extract<ModelEnd, { type: 'done' }>;
type Arguments = ToolCallContent['arguments'];

/** What there is of an answer that broke off: its text so far, if it says anything. */
export function brokenMessage(
  partial: AssistantMessage,
  stop_reason: 'error' | 'aborted',
  error_message: string,
  error_code?: string,
): AssistantMessage {
  const says = partial.content.some((block) => {
    if (block.type === 'tool_call') return block.name !== '';
    return (block.type === 'text' ? block.text : block.thinking).trim() !== '';
  });
  const content = says ? partial.content : [{ type: 'text' as const, text: '' }];
  const code = error_code === undefined ? {} : { error_code };
  return { ...partial, content, stop_reason, error_message, ...code };
}

/**
 * A finished answer with calls that can be told apart and run: ids are unique, arguments are objects. Arguments that were
 * given as a text are read; those that cannot be read are marked.
 */
export function soundMessage(message: AssistantMessage): AssistantMessage {
  const ids = new Set<string>();
  const content = message.content.map((block) => {
    if (block.type !== 'tool_call') return block;
    const sound = soundCall(block, ids);
    ids.add(sound.id);
    return sound;
  });
  return { ...message, content, usage: message.usage ?? NO_TOKENS };
}

/** A finished answer as the loop is told of it. */
export function endOf(message: AssistantMessage): ModelEnd {
  if (message.stop_reason === 'aborted') return { type: 'aborted' };
  if (isBroken(message)) {
    const text = message.error_message ?? 'the model did not finish its answer';
    return { type: 'failed', code: 'upstream_unavailable', message: text, retryable: false };
  }
  const calls = message.content.filter((block) => block.type === 'tool_call');
  const good = calls.filter(({ error }) => error === undefined);
  const bad = calls.flatMap(({ id, name, error }) => (error === undefined ? [] : [{ id, name, error }]));
  return {
    type: 'done',
    stop_reason: stopReason(message, calls.length > 0),
    tool_calls: good.map(({ id, name, arguments: args }) => ({ id, name, arguments: args })),
    ...(bad.length === 0 ? {} : { bad_tool_calls: bad }),
  };
}

function stopReason({ stop_reason }: AssistantMessage, calls: boolean): Done['stop_reason'] {
  if (stop_reason === 'length') return 'length';
  return calls ? 'tool_calls' : 'stop';
}

function soundCall(call: ToolCallContent, taken: ReadonlySet<string>): ToolCallContent {
  const { partial_json: _read, ...rest } = call;
  const args = readArguments(call.arguments);
  const id = call.id === '' || taken.has(call.id) ? freshId(taken) : call.id;
  if (args === undefined)
    return { ...rest, id, arguments: {}, error: call.error ?? 'the arguments are not a JSON object' };
  return { ...rest, id, arguments: args };
}

function readArguments(given: unknown): Arguments | undefined {
  if (typeof given === 'string') return given.trim() === '' ? {} : readArguments(parse(given));
  if (given === undefined || given === null) return {};
  return typeof given === 'object' && !Array.isArray(given) ? (given as Arguments) : undefined;
}

/** What is no JSON is no object either. */
function parse(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed ?? [];
  } catch {
    return [];
  }
}

function freshId(taken: ReadonlySet<string>): string {
  let n = taken.size + 1;
  while (taken.has(`call_${n}`)) n++;
  return `call_${n}`;
}
