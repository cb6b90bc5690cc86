import { DETAILS, PHRASES, type Act, type Detail } from './phrases.js';
import type { Proposal } from './script.js';
import type { Subject } from './talk-context.js';

/** What a line was found to do. `acts` is empty for a line that says nothing the demo model knows. */
export interface Recognised {
  readonly acts: ReadonlySet<Act>;
  readonly proposal?: Proposal;
  readonly detail?: Detail;
  /** Whether it holds words of the demo model's own. */
  readonly own: boolean;
}

/** Acts that are told by the words of their phrasings; the others by the texts of the proposals. */
const BY_WORDS = [
  'greet',
  'greet_back',
  'small_talk',
  'open',
  'view',
  'support',
  'nudge',
  'agree',
  'reply',
  'decide',
  'confirm',
  'leave',
] as const;

/** The longest piece of a phrasing without a slot, in lower case. */
function landmark(phrase: string): string {
  const pieces = phrase.split(/\{\w+\}/).map((piece) => piece.trim().toLowerCase());
  return pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '');
}

const LANDMARKS: readonly (readonly [Act, string])[] = BY_WORDS.flatMap((act) =>
  PHRASES[act].map((phrase) => [act, landmark(phrase)] as const),
);

/** What lines of people and of other models give away. The first that matches counts. */
const CUES: readonly (readonly [Act, RegExp])[] = [
  ['leave', /\b(?:bye|goodbye|see you (?:later|soon|then)|take care)\b/],
  ['agree', /\b(?:agreed|i agree|deal|sounds (?:good|great|fine)|works for me|i'?m in|let'?s do (?:it|that))\b/],
  ['propose', /\b(?:how about|what about|what if we|we could|let'?s|i suggest|i propose|shall we|why don'?t we)\b/],
  ['greet', /^(?:hi|hello|hey|good (?:morning|afternoon|evening))\b/],
];

/** Tells what a line does: by the demo model's own words first, by common cues of English otherwise. */
export function recognise(line: string, subject: Subject): Recognised {
  const text = line.toLowerCase();
  const acts = new Set<Act>();
  const proposal = subject.proposals.find((candidate) => addProposalActs(acts, candidate, text));
  const detail = DETAILS.find((candidate) => addDetailActs(acts, candidate, text));
  for (const [act, words] of LANDMARKS) if (text.includes(words)) acts.add(act);
  if (subject.script.views.some((view) => text.includes(view.toLowerCase()))) acts.add('view');
  const own = acts.size > 0;
  if (!own) for (const act of cues(text)) acts.add(act);
  return { acts, own, ...(proposal === undefined ? {} : { proposal }), ...(detail === undefined ? {} : { detail }) };
}

function cues(text: string): readonly Act[] {
  const found = CUES.find(([, cue]) => cue.test(text))?.[0];
  return found === undefined ? [] : [found];
}

function addProposalActs(acts: Set<Act>, proposal: Proposal, text: string): boolean {
  const before = acts.size;
  if (text.includes(proposal.do.toLowerCase())) acts.add('propose');
  if (text.includes(proposal.ask.toLowerCase())) acts.add('ask');
  if (proposal.answers.some((answer) => text.includes(answer.toLowerCase()))) acts.add('answer');
  if (text.includes(proposal.doubt.toLowerCase())) acts.add('doubt');
  if (text.includes(proposal.refine.toLowerCase())) acts.add('refine');
  return acts.size > before;
}

function addDetailActs(acts: Set<Act>, { detail, answers }: Detail, text: string): boolean {
  const before = acts.size;
  if (text.includes(detail.toLowerCase())) acts.add('detail');
  if (answers.some((answer) => text.includes(answer.toLowerCase()))) acts.add('answer_detail');
  return acts.size > before;
}
