import type { ImageContent, Message, UserMessage } from '../../core/agent-messages/message.js';

/**
 * Messages of the program's own, beside those that models know. Declare them by merging, and leave them out or turn them
 * into others in `convertToLlm`.
 *
 * @example
 * declare module 'parley/agent' {
 *   interface CustomAgentMessages {
 *     note: { readonly role: 'note'; readonly text: string; readonly timestamp: number };
 *   }
 * }
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- there to be merged with
export interface CustomAgentMessages {}

/** An entry of an agent's history. */
// oxlint-disable-next-line typescript/no-redundant-type-constituents -- until something is merged in
export type AgentMessage = Message | CustomAgentMessages[keyof CustomAgentMessages];

/** What an agent may be told: a text, a message, or several. */
export type AgentInput = string | AgentMessage | readonly AgentMessage[];

/** A person's message of now. */
export function userMessage(text: string, images: readonly ImageContent[] = []): UserMessage {
  return { role: 'user', content: [{ type: 'text', text }, ...images], timestamp: Date.now() };
}

/** What was told as messages. */
export function messagesOf(input: AgentInput, images?: readonly ImageContent[]): readonly AgentMessage[] {
  if (typeof input === 'string') return [userMessage(input, images)];
  return isList(input) ? input : [input];
}

/** Those that models know: what an agent shows its model unless it is told otherwise. */
export function modelMessages(messages: readonly AgentMessage[]): Message[] {
  return messages.filter(({ role }) => role === 'user' || role === 'assistant' || role === 'tool_result');
}

function isList(input: AgentMessage | readonly AgentMessage[]): input is readonly AgentMessage[] {
  return Array.isArray(input);
}
