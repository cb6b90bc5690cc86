import { pick } from './seeded.js';
import { looksEnglish, nounPhrases, plainLine, topicWords, wordsOf } from './words.js';

const LONGEST_TOPIC = 60;
const MOST_WORDS = 6;

/** What to talk about when a scenario names nothing. */
const EVERYDAY_TOPICS: readonly string[] = [
  'the week ahead',
  'the next free evening',
  'the coming weekend',
  'the days ahead',
];

/** After these words a scenario says what its talk is about. The first pattern that matches wins. */
const LEADS: readonly RegExp[] = [
  /\b(?:talk\w*|chat\w*|argu\w*|disagree\w*|debat\w*|decid\w*|conversation|discussion|meeting|disput\w*|worr\w*|thinking) (?:about|over|on)\s+(.+)/iu,
  /\b(?:discuss\w*|negotiat\w*|debat\w*|plan(?:s|ning)?|organi[sz]\w*|prepar\w*|decid(?:e|es|ing)|choos(?:e|es|ing)|review\w*)\s+(?:on\s+)?(.+)/iu,
  /\babout\s+(.+)/iu,
];

/** Where the phrase after such a word ends. */
const PHRASE_END =
  /[.,;:!?()\n]|\s(?:while|when|who|that|because|before|after|during|so|but|until|as|they|he|she|each|since)\s|\s(?:together|tonight|today)\b/iu;

/**
 * What a conversation is about, as a noun phrase that fits into a sentence: taken from the scenario's own words, with
 * another language quoted as it is, and an everyday topic where the scenario names none.
 *
 * @param key decides among the everyday topics
 * @param names of those who talk: they are no topic
 */
export function topicOf(scenario: string, key: string, names: readonly string[]): string {
  const text = scenario.slice(0, 600);
  const everyday = pick(EVERYDAY_TOPICS, key) ?? 'the days ahead';
  if (!/[\p{L}\p{N}]/u.test(text)) return everyday;
  if (!looksEnglish(text)) return quoted(text) ?? everyday;
  return shared(leadPhrase(text) ?? lastNounPhrase(text) ?? lastTopicWords(text, names) ?? everyday);
}

function quoted(text: string): string | undefined {
  const words = topicWords(text);
  const line = plainLine(text.split(/[.!?。！？\n]/u)[0] ?? '', 40);
  return line === '' || (words.length === 0 && /^[\p{Script=Latin}\s]*$/u.test(line)) ? undefined : `“${line}”`;
}

function leadPhrase(text: string): string | undefined {
  for (const lead of LEADS) {
    const rest = lead.exec(text)?.[1];
    const phrase = rest === undefined ? '' : plainLine(rest.split(PHRASE_END)[0] ?? '', LONGEST_TOPIC);
    if (topicWords(phrase).length > 0) return trimTail(shortened(phrase.split(' ')).join(' '));
  }
  return undefined;
}

/** A long phrase ends before its last preposition. */
function shortened(words: readonly string[]): readonly string[] {
  if (words.length <= MOST_WORDS) return words;
  const end = words.findLastIndex((word, i) => i >= 2 && /^(?:of|in|at|on|for|to|with|from|by|over)$/iu.test(word));
  return end < 0 ? words.slice(0, MOST_WORDS) : shortened(words.slice(0, end));
}

/** A phrase cut at a number of words does not end in a preposition. */
function trimTail(phrase: string): string {
  return phrase.replace(/(?:\s+(?:of|in|at|on|for|to|with|from|and|or|a|an|the|their|his|her|by))+$/iu, '');
}

function lastNounPhrase(text: string): string | undefined {
  return nounPhrases(text).findLast((phrase) => topicWords(phrase).length > 0);
}

function lastTopicWords(text: string, names: readonly string[]): string | undefined {
  const called = new Set(names.flatMap((name) => wordsOf(name)));
  const words = topicWords(text)
    .filter((word) => !called.has(word))
    .slice(-2);
  return words.length === 0 ? undefined : plainLine(words.join(' '), LONGEST_TOPIC);
}

/** As those who talk would call it: `their plans` are `our plans`, `a party` is `the party` they both know of. */
function shared(phrase: string): string {
  const said = phrase.replace(/^(?:an?|some|more)\s+/iu, 'the ').replaceAll(/\b(?:their|his\/her)\b/giu, 'our');
  return /^(?:The|Our|How|What|Where|Whether|Which|Who|When)\b/.test(said)
    ? said.charAt(0).toLowerCase() + said.slice(1)
    : said;
}
