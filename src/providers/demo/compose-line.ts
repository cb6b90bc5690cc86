import { COMMITMENTS, DETAILS, ECHOES, PHRASES, REACTIONS, type Act } from './phrases.js';
import type { Proposal } from './script.js';
import { draw, hashText } from './seeded.js';
import type { Speaker, Subject } from './talk-context.js';
import type { Line, Talk } from './talk-state.js';
import { nounPhrases, plainLine, wordsOf } from './words.js';

/** What a line is made for. */
export interface Brief {
  readonly speaker: Speaker;
  readonly subject: Subject;
  readonly talk: Talk;
  /** Whom it is said to: a name, or `everyone`. */
  readonly to: string;
  readonly key: string;
  /** Its place among those who speak at the same time. */
  readonly offset: number;
  /** Phrasings are dealt out among so many, so that they say different things; `strict`: the others' are not taken. */
  readonly lanes: { readonly of: number; readonly strict: boolean };
}

type Slots = Readonly<Record<string, string | undefined>>;

/** A line that does the act and was not said before, or nothing when there is none left. */
export function composeLine(act: Act, brief: Brief, previous: Line | undefined): string | undefined {
  const main = mainSentence(act, brief);
  if (main === undefined) return undefined;
  const before = opening(act, brief, previous);
  const after = closing(act, brief);
  const line = [before, main, after].filter((part) => part !== undefined).join(' ');
  return brief.talk.used.has(line.toLowerCase()) || givesAway(line, brief.speaker) ? undefined : line;
}

/** A greeting, for whoever has not spoken yet. */
export function composeGreeting(brief: Brief, back: boolean): string | undefined {
  return choose(PHRASES[back ? 'greet_back' : 'greet'], brief, { name: calling(brief.to) });
}

/** How somebody is called: nothing for names that nobody would say. */
export function calling(name: string): string | undefined {
  return name.length > 30 || /[\p{C}"“”{}<>[\]]/u.test(name) || !/\p{L}/u.test(name) ? undefined : name.trim();
}

function mainSentence(act: Act, brief: Brief): string | undefined {
  const proposal = subjectMatter(act, brief);
  const views = act === 'view' ? brief.subject.script.views : [];
  const [general, own] = [PHRASES[act], views];
  // Opinions on this kind of matter are better than general ones; what is the speaker's own comes first.
  const phrases = act === 'view' && draw(`${brief.key} own`) < 0.6 ? [...own] : [...general, ...own];
  const hinted = brief.speaker.hint === undefined || draw(`${brief.key} hint`) < 0.4 ? phrases : general.slice(0, 2);
  const slots = slotsOf(act, brief, proposal);
  const found =
    choose(act === 'view' ? hinted : general, brief, slots, act) ?? choose([...general, ...own], brief, slots, act);
  return found ?? (act === 'propose' || act === 'counter' ? undefined : lastResort(act, brief));
}

/** With all phrasings used: the act with the name of the other, once. */
function lastResort(act: Act, { to, talk }: Brief): string | undefined {
  const name = calling(to);
  const words: Partial<Record<Act, string>> = { agree: 'Agreed', confirm: 'Thank you', leave: 'Goodbye' };
  const line = words[act] === undefined || name === undefined ? undefined : `${words[act]}, ${name}.`;
  return line === undefined || talk.used.has(line.toLowerCase()) ? undefined : line;
}

/** The proposal a line is about: a new one for proposals, else the one on the table. */
function subjectMatter(act: Act, { subject, talk, offset }: Brief): Proposal | undefined {
  if (act !== 'propose' && act !== 'counter') return talk.table?.proposal;
  const fresh = subject.proposals.filter((proposal) => !talk.proposed.has(proposal));
  return fresh[offset % Math.max(1, fresh.length)];
}

/** What the slots of a phrasing hold: for the speaker, the matter and whom it talks to. */
export function slotsOf(act: Act, { speaker, subject, talk, to, key }: Brief, proposal: Proposal | undefined): Slots {
  const answer = proposal?.answers[Math.floor(draw(`${key} answer`) * proposal.answers.length)];
  const detail = talk.table?.detail?.detail ?? DETAILS[Math.floor(draw(`${key} detail`) * DETAILS.length)];
  const slots: Slots = {
    name: calling(to),
    // Who has a birthday does not speak of it by name.
    topic: subject.topic.replace(`${speaker.name}'s `, () => 'my '),
    hint: speaker.hint,
    role: speaker.role,
    do: proposal?.do,
    short: proposal?.short ?? 'that idea',
    ask: proposal?.ask,
    answer,
    doubt: proposal?.doubt,
    refine: proposal?.refine,
    settled: outcome(talk.table?.doubted === 'refined' || act === 'muse', proposal),
    detail: detail?.detail,
    detailAnswer: detail?.answers[Math.floor(draw(`${key} detail answer`) * detail.answers.length)],
  };
  return slots;
}

/** What is agreed on: the refined proposal if it was refined. */
function outcome(refined: boolean, proposal: Proposal | undefined): string {
  if (proposal === undefined) return 'we do it the way we just said';
  return refined ? proposal.settled : proposal.short;
}

/** The first part: what one makes of the line before. Only now and then, and never the same twice. */
function opening(act: Act, brief: Brief, previous: Line | undefined): string | undefined {
  if (previous === undefined || act === 'leave' || act === 'reply' || act === 'nudge' || act === 'open')
    return undefined;
  if (!previous.own) return echo(previous, brief);
  if (draw(`${brief.key} react`) < 0.3) return undefined;
  const seen = REACTION_ORDER.find((known) => previous.acts.has(known) && (known !== 'ask' || act === 'answer'));
  const reactions = seen === undefined ? undefined : REACTIONS[seen];
  return reactions === undefined ? undefined : choose(reactions, brief, {});
}

/** What of a line counts, when it does several things. */
const REACTION_ORDER: readonly Act[] = [
  'refine',
  'doubt',
  'ask',
  'answer_detail',
  'answer',
  'propose',
  'agree',
  'support',
  'view',
  'small_talk',
];

function echo(previous: Line, brief: Brief): string | undefined {
  const phrase = nounPhrases(previous.text)[0];
  return phrase === undefined ? undefined : choose(ECHOES, brief, { echo: plainLine(phrase, 40) });
}

/** The last part: a promise after a summing up. */
function closing(act: Act, brief: Brief): string | undefined {
  return act === 'decide' ? choose(COMMITMENTS, brief, {}) : undefined;
}

/** Acts that several may do at once. */
const SHARED_ACTS: ReadonlySet<Act> = new Set<Act>([
  'view',
  'support',
  'agree',
  'confirm',
  'small_talk',
  'leave',
  'reply',
]);

/** A phrasing whose slots are all filled and whose words nobody has used yet; the key decides among them. */
export function choose(phrases: readonly string[], brief: Brief, slots: Slots, act?: Act): string | undefined {
  const { of, strict } = brief.lanes;
  const fresh = phrases.filter((phrase) => !wasUsed(phrase, slots, brief.talk.spoken));
  const mine = fresh.filter((phrase) => hashText(brief.key + phrase) % of === brief.offset % of);
  const bound = strict && of > 1 && act !== undefined && SHARED_ACTS.has(act);
  for (const candidates of bound ? [mine] : [mine, fresh]) {
    const order = candidates.toSorted((a, b) => hashText(a + brief.key) - hashText(b + brief.key));
    const lines = order.map((phrase) => fill(phrase, slots));
    const line = lines.find((text) => text !== undefined && !givesAway(text, brief.speaker));
    if (line !== undefined) return line;
  }
  return undefined;
}

/** Whether the fixed words of a phrasing were said before; one of slots alone, whether what they hold was. */
function wasUsed(phrase: string, slots: Slots, spoken: string): boolean {
  const pieces = phrase.split(/\{\w+\}/).map((piece) => piece.trim().toLowerCase());
  const longest = pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  if (longest.length >= 6) return spoken.includes(longest);
  return spoken.includes((fill(phrase, slots) ?? phrase).toLowerCase());
}

/** Fills the slots of a phrasing in one pass; nothing when one of them is empty. */
export function fill(phrase: string, slots: Slots): string | undefined {
  let complete = true;
  const line = phrase.replaceAll(/\{(\w+)\}/g, (_, slot: string) => {
    const small = slot.charAt(0).toLowerCase() + slot.slice(1);
    const value = slots[small];
    if (value === undefined || value === '') complete = false;
    return small === slot ? (value ?? '') : capitalised(value ?? '');
  });
  return complete ? line : undefined;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Private goals stay private: a line that holds the goal's own words in full is never said. */
export function givesAway(line: string, speaker: Speaker): boolean {
  const goal = wordsOf(speaker.goal ?? '').join(' ');
  return goal !== '' && ` ${wordsOf(line).join(' ')} `.includes(` ${goal} `);
}
