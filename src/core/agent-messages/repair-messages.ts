import type { AssistantMessage, Message, ToolCallContent, ToolResultMessage } from './message.js';

/** What stands in for a result that never came: providers refuse a call without one. */
export const NO_RESULT_TEXT = 'No result provided';

/**
 * Messages that any provider takes: answers that failed or were aborted are left out, every tool call has its result (an
 * error where there was none) right after the answer, and results without a call are left out.
 */
export function repairMessages(messages: readonly Message[]): Message[] {
  const repaired: Message[] = [];
  let open = new Map<string, ToolCallContent>();
  let since = 0;
  const close = (): void => {
    for (const call of open.values()) repaired.push(missingResult(call, since));
    open = new Map();
  };
  for (const message of messages) {
    if (message.role === 'tool_result') {
      if (open.delete(message.tool_call_id)) repaired.push(message);
      continue;
    }
    if (message.role === 'assistant' && isBroken(message)) continue;
    close();
    repaired.push(message);
    since = message.timestamp;
    if (message.role === 'assistant') open = callsOf(message);
  }
  close();
  return repaired;
}

/** Whether an answer broke off. */
export function isBroken({ stop_reason }: AssistantMessage): boolean {
  return stop_reason === 'error' || stop_reason === 'aborted' || stop_reason === null;
}

function callsOf({ content }: AssistantMessage): Map<string, ToolCallContent> {
  return new Map(content.flatMap((block) => (block.type === 'tool_call' ? [[block.id, block]] : [])));
}

function missingResult({ id, name }: ToolCallContent, timestamp: number): ToolResultMessage {
  return {
    role: 'tool_result',
    tool_call_id: id,
    tool_name: name,
    content: [{ type: 'text', text: NO_RESULT_TEXT }],
    is_error: true,
    timestamp,
  };
}
