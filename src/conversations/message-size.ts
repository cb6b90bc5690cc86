import type { ModelMessage } from '../core/ports/model-provider.js';

/** What a message takes in memory, in UTF-16 units, about: its text, and all that comes with it. */
export function messageSize(message: ModelMessage): number {
  const size = message.content.length;
  if (message.role === 'tool') return size;
  if (message.role === 'assistant') {
    const { tool_calls = [], thinking } = message;
    const called = tool_calls.reduce((sum, call) => sum + JSON.stringify(call.arguments).length, 0);
    return size + called + (thinking === undefined ? 0 : thinking.text.length + thinking.signature.length);
  }
  const { parts = [] } = message;
  return parts.reduce((sum, part) => sum + (part.type === 'text' ? part.text : part.url).length, size);
}
