import type { MessageStep } from './conversation-event.js';

const HEADINGS: Readonly<Record<MessageStep['part'], string>> = {
  draft: '### Draft Answer',
  suggestions: '### Improvements',
  revision: '### Revised Answer',
  comments: '### Comments',
  answer: '### Final Answer',
};

/** Whether doors that show answers show a message, and texts that are part of it. */
export function isShown(step: MessageStep | undefined): boolean {
  return step?.display !== 'hidden';
}

/** Whether later runs of the conversation see a message: an answer, or what became of one that was improved. */
export function isRemembered(step: MessageStep | undefined): boolean {
  return step === undefined || step.final === true;
}

/** What doors that show answers write before the text of a message; empty for an ordinary one. */
export function headingOf(step: MessageStep | undefined): string {
  if (step?.display !== 'headed') return '';
  return `${step.part === 'draft' ? '' : '\n\n'}${HEADINGS[step.part]}\n\n`;
}
