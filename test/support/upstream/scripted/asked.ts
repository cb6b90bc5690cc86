import type { Ask, AskKind } from '../types.js';

const GOAL =
  /\b(?:what|state|write|give|describe|formulate|define|choose|pick|set|come up with|generate|tell)\b([^.?!]{0,80})\bgoal\b/i;

/** Headings that a review is asked for. */
const REVIEW = ['### Improvements', '### Revised Answer', '### Comments'];

/** What a request asks for; the order of the rules is that of the README. */
export function kindOf(ask: Ask): AskKind {
  const name = ask.schema?.name;
  if (name === 'agent_action') return 'action';
  if (name === 'evaluation') return 'evaluation';
  if (name !== undefined) return 'json';
  if (REVIEW.every((heading) => lastUserText(ask).includes(heading))) return 'review';
  const prompt = promptOf(ask);
  if (prompt.includes('agent_evaluations')) return 'evaluation';
  const last = lastUserText(ask);
  if (last.includes('action_type')) return 'action';
  if (asksForGoal(last)) return 'goal';
  return prompt.includes('action_type') ? 'action' : 'text';
}

/** The name in `You are <Name>` at a line start of the first system message, up to punctuation or the line's end. */
export function agentOf(ask: Ask): string | undefined {
  const system = ask.messages.find(isSystem)?.text ?? '';
  return /^You are ([^\n]+?)(?=[.,;:!?](?:\s|$)| \(|\r?$)/m.exec(system)?.[1]?.trim();
}

/** The text of the last user message, or an empty one. */
export function lastUserText(ask: Ask): string {
  return ask.messages.findLast((message) => message.role === 'user')?.text ?? '';
}

/** The tool results that follow the last user message. */
export function toolResultsOf(ask: Ask): string[] {
  const from = ask.messages.findLastIndex((message) => message.role === 'user');
  return ask.messages.slice(from + 1).flatMap((message) => (message.role === 'tool' ? [message.text] : []));
}

/** System and user messages joined: where a schema may stand. Assistant messages hold old actions. */
export function promptOf(ask: Ask): string {
  return ask.messages
    .filter((message) => isSystem(message) || message.role === 'user')
    .map((message) => message.text)
    .join('\n');
}

function isSystem(message: { readonly role: string }): boolean {
  return message.role === 'system' || message.role === 'developer';
}

function asksForGoal(text: string): boolean {
  const match = GOAL.exec(text);
  return match !== null && !/\baction\b/i.test(match[1] ?? '');
}
