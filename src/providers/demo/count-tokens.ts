import type { ModelMessage, ModelRequest } from '../../core/ports/model-provider.js';

/** Characters that count as one token. */
export const CHARACTERS_PER_TOKEN = 4;

/** Tokens of an answer: a token for every four characters begun. */
export function outputTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Tokens of what a model is shown: messages, tool calls and tools, by the same rule. */
export function inputTokens(request: ModelRequest): number {
  const shown = request.messages.map(textOf).reduce((sum, text) => sum + text.length, 0);
  const tools = request.tools === undefined || request.tools.length === 0 ? 0 : JSON.stringify(request.tools).length;
  return Math.ceil((shown + tools) / CHARACTERS_PER_TOKEN);
}

function textOf(message: ModelMessage): string {
  if (message.role !== 'assistant' || message.tool_calls === undefined) return message.content;
  return message.content + JSON.stringify(message.tool_calls.map((call) => [call.name, call.arguments]));
}
