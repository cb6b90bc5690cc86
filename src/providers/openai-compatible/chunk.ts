import { isRecord, listIn, recordIn, textIn } from '../shared/json.js';
import type { JsonRecord } from '../shared/json.js';

/** Where upstreams put a model's thinking; the first of them that is not empty counts. */
export const THINKING_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_text'] as const;

/** The choice of a chunk that is ours: the first index seen; other choices were never asked for. */
export function choiceOf(chunk: JsonRecord, index: number | undefined): JsonRecord | undefined {
  for (const choice of listIn(chunk, 'choices')) {
    if (isRecord(choice) && (index === undefined || indexOf(choice) === index)) return choice;
  }
  return undefined;
}

/** The index of a choice; those that say none are the first. */
export function indexOf(choice: JsonRecord): number {
  return typeof choice['index'] === 'number' ? choice['index'] : 0;
}

/** What is new in a choice. An upstream that does not stream puts all of it into `message`. */
export function deltaOf(choice: JsonRecord): JsonRecord | undefined {
  return recordIn(choice, 'delta') ?? recordIn(choice, 'message');
}

/** The thinking in a delta, and the field it came in, if it has one of its own. */
export function thinkingOf(delta: JsonRecord): { readonly text: string; readonly field?: string } {
  for (const field of THINKING_FIELDS) {
    const text = textIn(delta, field);
    if (text !== undefined) return { text, field };
  }
  return { text: partsOf(delta, 'thinking') };
}

/** The answer text in a delta; a refusal in the model's words is an answer too. */
export function answerOf(delta: JsonRecord): string {
  return textIn(delta, 'content') ?? (partsOf(delta, 'text') || (textIn(delta, 'refusal') ?? ''));
}

/** The text of a chunk that says nothing else; undefined for all other chunks. */
export function plainTextOf(chunk: unknown, index: number): string | undefined {
  if (!isRecord(chunk) || recordIn(chunk, 'usage') || chunk['x_groq'] || chunk['error']) return undefined;
  const choices = listIn(chunk, 'choices');
  const choice = choices.length === 1 ? choices[0] : undefined;
  const delta = recordIn(choice, 'delta');
  if (!isRecord(choice) || delta === undefined || indexOf(choice) !== index) return undefined;
  if ((choice['finish_reason'] ?? null) !== null) return undefined;
  const silent = Object.keys(delta).every((key) => key === 'content' || key === 'role' || delta[key] === null);
  return silent ? textIn(delta, 'content') : undefined;
}

/** Content as a list of parts: `{type: 'text', text}`, `{type: 'thinking', thinking: text | parts}`. */
function partsOf(delta: JsonRecord, type: 'text' | 'thinking'): string {
  const parts = listIn(delta, 'content').filter((part) => textIn(part, 'type') === type);
  return parts.map((part) => textIn(part, type) ?? listIn(part, type).map(textOfPart).join('')).join('');
}

function textOfPart(part: unknown): string {
  return textIn(part, 'text') ?? '';
}
