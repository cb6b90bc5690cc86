import { closeAnswer, type History } from '../../core/agent/history.js';
import type { ToolCall } from '../../core/events/conversation-event.js';
import type { FieldProblem } from '../../core/kernel/parley-error.js';
import type { ModelMessage } from '../../core/ports/model-provider.js';
import type { HistoryMessageDto, HistoryToolCallDto } from './history.dto.js';
import { invalidRequest } from './validation.js';

/** Where a history stands in a body, and how long it may be. */
export interface HistoryRules {
  /** JSON pointer of the list. */
  readonly pointer: string;
  readonly most: number;
}

/**
 * A history as a client sends it, as a model is shown it: calls without a result get one that says so.
 *
 * @throws ParleyError `invalid_request` for one that is too long, and for results of calls that are not in it
 */
export function toHistory(
  messages: readonly HistoryMessageDto[],
  { pointer, most }: HistoryRules,
): readonly ModelMessage[] {
  if (messages.length > most) {
    throw invalidRequest([{ pointer, message: `may have ${most} messages at most` }]);
  }
  const problems: FieldProblem[] = [];
  let history: History = { messages: [] };
  for (const [index, message] of messages.entries()) {
    const place = `${pointer}/${index}`;
    if (message.role === 'tool') history = addResult(history, message, { place, problems });
    else history = addMessage(closeAnswer(history), message);
  }
  if (problems.length > 0) throw invalidRequest(problems);
  return closeAnswer(history).messages;
}

function addMessage({ messages }: History, { role, content, tool_calls }: HistoryMessageDto): History {
  const text = content ?? '';
  if (role === 'assistant') {
    const calls = (tool_calls ?? []).map(toCall);
    if (calls.length === 0) return { messages: [...messages, { role, content: text }] };
    return {
      messages: [...messages, { role, content: text, tool_calls: calls }],
      pending: { calls, results: {} },
    };
  }
  return role === 'tool' ? { messages } : { messages: [...messages, { role, content: text }] };
}

function addResult(
  history: History,
  message: HistoryMessageDto,
  { place, problems }: { readonly place: string; readonly problems: FieldProblem[] },
): History {
  const id = message.tool_call_id ?? '';
  const { pending } = history;
  if (pending?.calls.some((call) => call.id === id) !== true) {
    problems.push({ pointer: `${place}/tool_call_id`, message: 'must name a call of the assistant message before it' });
    return history;
  }
  return { ...history, pending: { ...pending, results: { ...pending.results, [id]: resultOf(message) } } };
}

function resultOf({ content, tool_result, tool_error }: HistoryMessageDto): string {
  if (tool_error !== undefined && tool_error !== null) return `Error: ${tool_error}`;
  if (content !== undefined && content !== null) return content;
  return typeof tool_result === 'string' ? tool_result : (JSON.stringify(tool_result) ?? '');
}

function toCall({ id, function: { name, arguments: text } }: HistoryToolCallDto): ToolCall {
  return { id, name, arguments: argumentsOf(text) };
}

/** What a model once wrote badly is shown to it as nothing. */
function argumentsOf(text: string): ToolCall['arguments'] {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : {};
  } catch {
    return {};
  }
}
