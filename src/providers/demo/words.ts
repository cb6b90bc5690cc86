/** English words that carry no topic: articles, pronouns, prepositions, auxiliaries. */
export const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  (
    'a an the this that these those and or but nor so if then than as at by for from in into of off on onto out over to up ' +
    'down with without within about after again against all also am among any are aren be because been before being below ' +
    'between both can cannot could did do does doing don during each either else ever every few had has have having he her ' +
    'here hers him his how i is isn it its itself just let ll may me might more most much must my neither no not now once ' +
    'one only other our ours own per rather re same shall she should since some still such t s m d ve their theirs them ' +
    'there they through too under until us very was we were what when where whether which while who whom whose why will ' +
    'would yes yet you your yours'
  ).split(' '),
);

/** Words of scenarios that say that there is a conversation, not what it is about. */
const FRAME_WORDS: ReadonlySet<string> = new Set(
  (
    'agent agents argue argues arguing ask asks begin best borrow build buy buys buying call calls casual chat ' +
    'chatting coming conversation decide decides decided deciding dialogue discuss discusses discussed discussing discussion ' +
    'find first friend friends friendly get gets getting give gives go goes going group help helps just know make makes ' +
    'making man meet meets meeting met need needs negotiate negotiates negotiating old people person persons plan planning ' +
    'plans return returns scenario sell sells selling setting share short simple sit sits sitting someone somebody speak ' +
    'speaking start stranger strangers take takes taking talk talking talks three try tries trying two want wants wanted ' +
    'woman work works working'
  ).split(' '),
);

/** The words of a text in lower case, letters and digits of any script. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:[-'’][\p{L}\p{N}]+)*/gu) ?? [];
}

/** The words that say what a text is about, each once, in order. */
export function contentWords(text: string): readonly string[] {
  const short = new Set((text.match(/\b[A-Z]{2}\b/g) ?? []).map((word) => word.toLowerCase()));
  return [
    ...new Set(wordsOf(text).filter((word) => (word.length > 2 || short.has(word)) && !FUNCTION_WORDS.has(word))),
  ];
}

/** The words of a scenario that name its topic: content words that do not merely say that people talk. */
export function topicWords(text: string): readonly string[] {
  return contentWords(text).filter((word) => !FRAME_WORDS.has(word));
}

/** Small words that other languages have, too. */
const SHARED_WORDS: ReadonlySet<string> = new Set(
  (
    'a agent agents all also am an are as at best by call chat conversation die discussion do get group had has have he her here i in is ' +
    'it last man me men most no not of on or over person plan plans rather same scenario short so son start test war was we will'
  ).split(' '),
);

/** Whether a text looks English: it holds one of the small words that only English has. */
export function looksEnglish(text: string): boolean {
  return wordsOf(text).some(
    (word) => !SHARED_WORDS.has(word) && word.length > 1 && (FUNCTION_WORDS.has(word) || FRAME_WORDS.has(word)),
  );
}

/** Noun phrases: `the mountains`, `a cheap place`; `her car` is `the car`. At most three words after the article. */
export function nounPhrases(text: string): readonly string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/\b(the|an?|some|more|his|her|their|its)\s+(?=[\p{L}\p{N}])/giu)) {
    const rest = text.slice(match.index + match[0].length, match.index + 120);
    const words = (/^(?:[\p{L}\p{N}'’-]+[ \t]*){1,3}/u.exec(rest)?.[0] ?? '').trim().split(/\s+/);
    const end = words.findIndex((word) => FUNCTION_WORDS.has(word.toLowerCase()));
    const article = (match[1] ?? '').toLowerCase().replace(/^(?:his|her|their|its)$/, 'the');
    const kept = words.slice(0, end < 0 ? undefined : end);
    if (kept.length > 0) found.push(`${article} ${kept.join(' ')}`);
  }
  return found;
}

/** A text on one line without quotation marks and control characters, cut at a word. */
export function plainLine(text: string, length: number): string {
  const line = text
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .replaceAll(/["“”«»{}]/g, '')
    .trim();
  if (line.length <= length) return line;
  const cut = line.slice(0, length);
  const space = cut.lastIndexOf(' ');
  return (space > length / 2 ? cut.slice(0, space) : cut).replace(/[\uD800-\uDBFF]$/, '').trim();
}
