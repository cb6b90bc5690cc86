import type { ModelMessage, ModelRequest } from '../../core/ports/model-provider.js';
import { pick } from './seeded.js';
import { contentWords, plainLine } from './words.js';

/** Says what answers, and how to get a real model; once in a conversation. */
export const DEMO_NOTICE =
  "(This is Parley's offline demo model: it follows rules and understands nothing. For real answers configure a model, " +
  'for instance `models: {gpt: {name: gpt-4.1-mini, type: openai, api_key: ${OPENAI_API_KEY}}}` and ' +
  '`default_model: gpt`.)';

const GREETING = /^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings)\b/i;
const THANKS = /\b(?:thanks|thank you)\b/i;
const QUESTION = /\?\s*$|^(?:what|why|how|when|where|who|which|can|could|do|does|is|are|will|would|should)\b/i;

const ANSWERS = {
  greeting: [
    'Hello! What would you like to talk about?',
    'Hi there. Ask me anything, and I will do my best.',
    'Good to hear from you. What is it about?',
  ],
  thanks: ['You are welcome.', 'Gladly. Is there anything else?', 'Any time.'],
  question: [
    'You ask about {about}. I would start with what you already know for sure, and go on from there.',
    'A good question about {about}. It helps to take a small example first and see whether it holds.',
    'On {about} there is more than one answer; tell me what you need it for, and the choice gets smaller.',
  ],
  statement: [
    'I see: {about}. What would you like to do with it?',
    'Noted, you speak of {about}. Shall we go through it step by step?',
    'Thank you for telling me about {about}. What matters most to you in it?',
  ],
  empty: ['I did not get any text. What would you like to talk about?'],
} as const;

/** A short plain answer to the last message, or from the tool results that came after it. */
export function chatAnswer(request: ModelRequest): string {
  const { messages } = request;
  const results = resultsAtEnd(messages);
  const key = `${request.seed ?? 0} ${messages.length}`;
  const answer = results.length > 0 ? fromResults(results) : plainAnswer(lastQuestion(messages), key);
  const told = messages.some((message) => message.role === 'assistant' && message.content.includes(DEMO_NOTICE));
  return told ? answer : `${answer}\n\n${DEMO_NOTICE}`;
}

function lastQuestion(messages: readonly ModelMessage[]): string {
  return messages.findLast((message) => message.role === 'user')?.content.trim() ?? '';
}

function plainAnswer(asked: string, key: string): string {
  const kind = kindOf(asked);
  const words = contentWords(asked).slice(0, 4).join(', ');
  const about = words === '' ? `“${plainLine(asked, 60)}”` : words;
  return (pick(ANSWERS[kind], key) ?? '').replace('{about}', () => about);
}

function kindOf(asked: string): keyof typeof ANSWERS {
  if (asked === '') return 'empty';
  if (GREETING.test(asked) && asked.length < 40) return 'greeting';
  if (THANKS.test(asked) && asked.length < 60) return 'thanks';
  return QUESTION.test(asked) ? 'question' : 'statement';
}

/** The tool results that a request ends with. */
function resultsAtEnd(messages: readonly ModelMessage[]): readonly string[] {
  const start = messages.findLastIndex((message) => message.role !== 'tool') + 1;
  return messages.slice(start).map((message) => message.content.trim());
}

function fromResults(results: readonly string[]): string {
  const said = results.map((result) => (result === '' ? 'The tool gave no result.' : result));
  if (said.length === 1)
    return /[.!?)]$/.test(said[0] ?? '') ? (said[0] ?? '') : `Here is what I found: ${said[0] ?? ''}`;
  return `Here is what I found:\n${said.map((result) => `- ${result}`).join('\n')}`;
}
