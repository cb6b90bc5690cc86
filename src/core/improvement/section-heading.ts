/** The parts of a review. */
export type Section = 'suggestions' | 'revision' | 'comments';

/** How a heading is written: `### Name`, `**Name**` or `Name:`. */
export type HeadingStyle = 'hash' | 'bold' | 'bare';

/** A heading that begins a section. `inline` is what stands behind it on its line. */
export interface SectionHeading {
  readonly section: Section;
  readonly style: HeadingStyle;
  readonly inline: string;
}

/** Where in a review a line stands. */
export interface HeadingPlace {
  readonly section: Section | undefined;
  readonly seen: ReadonlySet<Section>;
  /** Of the headings so far. */
  readonly style: HeadingStyle | undefined;
}

const NAMES: readonly (readonly [name: string, Section])[] = [
  ['improvements', 'suggestions'],
  ['improvement', 'suggestions'],
  ['suggested improvements', 'suggestions'],
  ['improvement suggestions', 'suggestions'],
  ['suggestions', 'suggestions'],
  ['revised answer', 'revision'],
  ['revised response', 'revision'],
  ['revised version', 'revision'],
  ['revised draft', 'revision'],
  ['improved answer', 'revision'],
  ['revision', 'revision'],
  ['comments', 'comments'],
  ['additional comments', 'comments'],
];

const LEADS: readonly (readonly [HeadingStyle, RegExp])[] = [
  ['hash', /^ {0,3}#{1,6}(?!#)\P{L}*/u],
  ['bold', /^ {0,3}(?:\d{1,2}[.)][ \t]*)?(?:\*\*|__)\P{L}*/u],
  ['bare', /^ {0,3}(?=\p{L})/u],
];
/** The beginning of a line that may still become the lead of a heading. */
const PARTIAL_LEAD = /^ {0,3}(?:\d{1,2}(?:[.)][ \t]*)?)?[*_]?$/;
/** The longest line that can be a heading, in UTF-16 units. */
const MAX_LINE = 80;
/** What may stand behind a name: marks, a colon, the number of a pass, a remark in brackets. */
const TAIL = /^[^\p{L}\d(]*\d?[^\p{L}\d(]*(?:\([^()]*(?:\)[^\p{L}\d]*)?)?$/u;
/** Text behind a name and a colon. */
const INLINE = /^[^\p{L}\d:]*:[*_#\s]*(?=[^*_#\s])/u;

/**
 * Tells what a line is, from its beginning: a section heading, no such heading, or not to be told yet. Any level, letter
 * case and spacing, bold type instead of `#`, and a colon will do; other headings are content.
 *
 * @param line its beginning; all of it, without its line feed, if `complete`
 */
export function judgeLine(line: string, complete: boolean, place: HeadingPlace): SectionHeading | 'content' | 'open' {
  if (line.length > MAX_LINE) return 'content';
  const [style, lead] = leadOf(line);
  const rest = line.slice(lead.length);
  if (style === undefined || rest === '') {
    const hopeful = style !== undefined || PARTIAL_LEAD.test(line);
    return hopeful && !complete ? 'open' : 'content';
  }
  if (style === 'bare' && place.style !== undefined && place.style !== 'bare') return 'content';
  return judgeName(rest, complete, style, place);
}

function leadOf(line: string): readonly [HeadingStyle | undefined, string] {
  for (const [style, pattern] of LEADS) {
    const lead = pattern.exec(line)?.[0];
    if (lead !== undefined) return [style, lead];
  }
  return [undefined, ''];
}

function judgeName(
  rest: string,
  complete: boolean,
  style: HeadingStyle,
  place: HeadingPlace,
): SectionHeading | 'content' | 'open' {
  const text = rest.toLowerCase().replace(/\s+/g, ' ');
  let verdict: 'content' | 'open' = 'content';
  for (const [name, section] of NAMES) {
    if (!mayBegin(section, place)) continue;
    if (!text.startsWith(name)) {
      if (name.startsWith(text)) verdict = 'open';
      continue;
    }
    const tail = text.slice(name.length);
    if (INLINE.test(tail) && inlineAllowed(style, place)) {
      const colon = rest.indexOf(':') + 1;
      return { section, style, inline: rest.slice(colon).replace(/^[*_#\s]+/, '') };
    }
    if (!TAIL.test(tail)) continue;
    if (complete && (style !== 'bare' || tail.includes(':'))) return { section, style, inline: '' };
    verdict = 'open';
  }
  return complete ? 'content' : verdict;
}

/** Each section comes once; after the revised answer only comments do, so that its own headings stay its own. */
function mayBegin(section: Section, { seen }: HeadingPlace): boolean {
  return !seen.has(section) && !(section === 'suggestions' && seen.has('revision'));
}

/** `**Comments:** …` in the middle of an answer is the answer's. */
function inlineAllowed(style: HeadingStyle, place: HeadingPlace): boolean {
  if (style === 'bare') return false;
  return place.section !== 'revision' || (style === 'bold' && place.style === 'bold');
}
