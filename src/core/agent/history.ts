import type { Fact, MessageEnd, RunStart, ToolCall } from '../events/conversation-event.js';
import { answerText } from '../events/conversation-event.js';
import { isRemembered } from '../events/message-step.js';
import type { ModelMessage } from '../ports/model-provider.js';
import type { ChatRunSettings } from './settings.js';

/** What a model is told of a call whose result never came: a call without a result is refused by providers. */
export const NO_RESULT = 'Error: no result was provided for this call.';

/**
 * What was said in a conversation, as a model is shown it: a fold over its facts. The results of an answer's tool calls
 * wait until it is over, and enter in the order in which the model asked, whatever the order in which they came.
 */
export interface History {
  readonly messages: readonly ModelMessage[];
  readonly pending?: { readonly calls: readonly ToolCall[]; readonly results: Readonly<Record<string, string>> };
}

/** Nothing was said yet. */
export const NO_HISTORY: History = { messages: [] };

/** The history after one more fact. */
export function evolveHistory(history: History, { body }: Pick<Fact, 'body'>): History {
  switch (body.type) {
    case 'run_start': {
      const given = givenHistory(body);
      return given === undefined ? closeAnswer(history) : { messages: given };
    }
    case 'message_end':
      return isRemembered(body.step) ? addMessage(history, body) : history;
    case 'tool_execution_end':
    case 'tool_result_received':
      return addResult(history, body.tool_call_id, body.result);
    case 'turn_end':
    case 'run_end':
      return closeAnswer(history);
    default:
      return history;
  }
}

/** What the client of a run gave instead of what was said before: nothing before it counts any more. */
export function givenHistory({ settings = {} }: RunStart): readonly ModelMessage[] | undefined {
  return (settings as Partial<ChatRunSettings>).history;
}

/** The history of nothing but whole answers: calls that have no result get one that says so. */
export function closeAnswer({ messages, pending }: History): History {
  if (pending === undefined) return { messages };
  const results = pending.calls.map(({ id }): ModelMessage => {
    const content = Object.hasOwn(pending.results, id) ? (pending.results[id] ?? NO_RESULT) : NO_RESULT;
    return { role: 'tool', tool_call_id: id, content };
  });
  return { messages: [...messages, ...results] };
}

function addMessage(history: History, body: MessageEnd): History {
  const { messages } = closeAnswer(history);
  if (body.role === 'user' || body.role === 'system') {
    const parts = body.parts === undefined ? {} : { parts: body.parts };
    return { messages: [...messages, { role: body.role, content: body.text, ...parts }] };
  }
  if (body.role !== 'assistant') return { messages };
  const content = answerText(body);
  const whole = body.stop_reason !== 'aborted' && body.stop_reason !== 'error';
  const calls = whole ? (body.tool_calls ?? []) : [];
  if (calls.length === 0) {
    // What was shown of an answer that broke off was said; nothing at all was not.
    return content.trim() === '' ? { messages } : { messages: [...messages, { role: 'assistant', content }] };
  }
  return {
    messages: [...messages, { role: 'assistant', content, tool_calls: calls }],
    pending: { calls, results: {} },
  };
}

function addResult(history: History, id: string, result: string): History {
  const { pending } = history;
  if (pending === undefined) return history;
  return { ...history, pending: { ...pending, results: { ...pending.results, [id]: result } } };
}
