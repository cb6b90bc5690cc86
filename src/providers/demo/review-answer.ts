import type { ModelRequest } from '../../core/ports/model-provider.js';

/** The headings a review is asked for, in order. */
const HEADINGS = ['### Improvements', '### Revised Answer', '### Comments'] as const;

/** Whether a system message or the last user message demands the three headings of a review. */
export function demandsReview({ messages }: ModelRequest): boolean {
  const last = messages.findLast((message) => message.role === 'user');
  const told = messages.filter((message) => message.role === 'system' || message === last);
  return told.some((message) => HEADINGS.every((heading) => message.content.includes(heading)));
}

/** A review in the demanded form: the draft itself, tidied, with improvements that say what a real reviewer would do. */
export function reviewAnswer({ messages }: ModelRequest): string {
  const draft = draftIn(messages.findLast((message) => message.role === 'user')?.content ?? '');
  const revised = tidied(draft);
  return [
    HEADINGS[0],
    '1. Say the main point in the first sentence.',
    '2. Keep every sentence to one thought.',
    '3. Give one concrete example.',
    '4. Name what remains uncertain.',
    '5. End with the next step.',
    '',
    HEADINGS[1],
    revised === '' ? 'There is no draft to revise.' : revised,
    '',
    HEADINGS[2],
    'The demo model keeps the draft as it is, but for white space; the improvements are the same for every draft.',
  ].join('\n');
}

/** Labels that introduce a draft: the text after the first of them, up to what else is asked, is the draft. */
const DRAFT_LABEL =
  /^[#* \t]*(?:the |your |current |my )*(?:draft(?: answer| reply)?|answer(?: to review)?|revision \d)\b[^\n:]{0,40}:[* \t]*/im;
const ENVELOPES: readonly RegExp[] = [
  /<draft[^>]*>([\s\S]*?)<\/draft[^>]*>/i,
  /<answer>([\s\S]*?)<\/answer>/i,
  /"""\n?([\s\S]*?)"""/,
];

function draftIn(asked: string): string {
  for (const envelope of ENVELOPES) {
    const inside = envelope.exec(asked)?.[1];
    if (inside !== undefined) return inside;
  }
  const label = DRAFT_LABEL.exec(asked);
  const start = label === null ? 0 : label.index + label[0].length;
  const rest = asked.slice(start);
  const end = rest.search(
    /^(?:[#* \t]*(?:review|instructions?|task|output|answer in|your task|please|hard constraints|required|now |give |write |use exactly|suggest)\b|#{1,3} Improvements)/im,
  );
  return end <= 0 ? rest : rest.slice(0, end);
}

/** Without trailing white space and without the headings, which would end the section. */
function tidied(draft: string): string {
  return draft
    .split('\n')
    .filter((line) => !HEADINGS.some((heading) => line.includes(heading)))
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}
