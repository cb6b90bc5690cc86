import type { ModelMessage } from '../ports/model-provider.js';

/** What a model may be shown. */
export interface FitLimits {
  /** Messages, the system message not counted. */
  readonly messages: number;
  /** Tokens of all of it; absent: any number. */
  readonly tokens?: number;
}

/** Part of a context window that is left to the answer, where the call does not say how long it may be. */
const ANSWER_SHARE = 4;
/** Roles and delimiters of one message, in tokens. */
const OVERHEAD = 4;
/** An image, in tokens: what a mid-sized one costs. */
const IMAGE = 800;

/** Tokens of a prompt that fit into a context window beside the answer. */
export function promptTokens(context_window: number | undefined, max_tokens: number | undefined): number | undefined {
  if (context_window === undefined) return undefined;
  const answer = Math.min(max_tokens ?? context_window / ANSWER_SHARE, context_window / 2);
  return Math.floor(context_window - answer);
}

/**
 * Leaves out the oldest messages, until the rest fits. System messages at the start stay; an answer and the results of its
 * calls stay or go together; the last message of a person stays with all that follows it.
 *
 * @returns the messages that fit, and how many were left out
 */
export function fitMessages(
  messages: readonly ModelMessage[],
  limits: FitLimits,
): { readonly messages: readonly ModelMessage[]; readonly left_out: number } {
  if (messages.length <= limits.messages && limits.tokens === undefined) return { messages, left_out: 0 };
  const first = messages.findIndex(({ role }) => role !== 'system');
  if (first < 0) return { messages, left_out: 0 };
  const head = messages.slice(0, first);
  const groups = groupsOf(messages.slice(first));
  const kept: ModelMessage[][] = [];
  let count = 0;
  let tokens = head.reduce((sum, message) => sum + tokensOf(message), 0);
  let essential = true;
  for (const group of groups.toReversed()) {
    const size = group.reduce((sum, message) => sum + tokensOf(message), 0);
    const fits =
      count + group.length <= limits.messages && tokens + size <= (limits.tokens ?? Number.POSITIVE_INFINITY);
    if (!fits && !essential) break;
    kept.unshift(group);
    count += group.length;
    tokens += size;
    if (group.some(({ role }) => role === 'user')) essential = false;
  }
  return { messages: [...head, ...kept.flat()], left_out: messages.length - head.length - count };
}

/** About how many tokens a text has: four ASCII characters one, and other characters three quarters of one each. */
export function estimateTokens(text: string): number {
  let units = 0;
  for (let index = 0; index < text.length; index++) units += text.charCodeAt(index) < 0x80 ? 1 : 3;
  return Math.ceil(units / 4);
}

function groupsOf(messages: readonly ModelMessage[]): ModelMessage[][] {
  const groups: ModelMessage[][] = [];
  for (const message of messages) {
    if (message.role === 'tool' && groups.length > 0) groups.at(-1)?.push(message);
    else groups.push([message]);
  }
  return groups;
}

function tokensOf(message: ModelMessage): number {
  const images = message.role === 'user' || message.role === 'system' ? (message.parts ?? []) : [];
  const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : [];
  return (
    OVERHEAD +
    estimateTokens(message.content) +
    images.filter(({ type }) => type === 'image').length * IMAGE +
    calls.reduce((sum, call) => sum + OVERHEAD + estimateTokens(call.name + JSON.stringify(call.arguments)), 0)
  );
}
