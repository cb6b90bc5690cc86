import { Fences } from './fences.js';
import { judgeLine, type HeadingStyle, type Section } from './section-heading.js';

/** The sections of a review, without the white space around them. Those missing or empty are absent. */
export type Review = Readonly<Partial<Record<Section, string>>>;

/** More text of a section. */
export interface ReviewPiece {
  readonly section: Section;
  readonly text: string;
}

/** Fences are told from the beginning of a line. */
const LINE_KEPT = 256;
/** Of what stands outside all sections, in UTF-16 units. */
const PROSE_KEPT = 2_000;

/**
 * Reads a review as it arrives and tells which section each piece of it belongs to. However the text is cut, the pieces of
 * a section joined are the same. A heading inside a code fence is none; what comes before the first one belongs to nothing.
 * Held back is only what may still become a heading, and white space that may turn out to end a section.
 */
export class ReviewReader {
  readonly #texts: Partial<Record<Section, string>> = {};
  readonly #seen = new Set<Section>();
  readonly #fences = new Fences();
  #section: Section | undefined;
  #style: HeadingStyle | undefined;
  #prose = '';
  /** The beginning of the line under way, as long as it may be a heading; undefined: it is content. */
  #held: string | undefined = '';
  #line = '';
  /** White space that is part of the section if more comes. */
  #space = '';
  #pieces: ReviewPiece[] = [];

  /** What was read so far, without what is held back. */
  get review(): Review {
    return this.#texts;
  }

  /** What stands outside all sections, or the beginning of it. */
  get prose(): string {
    return this.#prose.trim();
  }

  /** Whether a section is over because another one has begun. */
  isClosed(section: Section): boolean {
    return this.#seen.has(section) && this.#section !== section;
  }

  push(text: string): readonly ReviewPiece[] {
    this.#pieces = [];
    for (let at = 0; at < text.length;) at = this.#held === undefined ? this.#pass(text, at) : this.#hold(text, at);
    return this.#pieces;
  }

  /** There is no more: what was held back is decided. */
  end(): readonly ReviewPiece[] {
    this.#pieces = [];
    if (this.#held !== undefined) this.#endLine('');
    return this.#pieces;
  }

  /** Takes the rest of a line that is content, or as much of it as there is. */
  #pass(text: string, from: number): number {
    const feed = text.indexOf('\n', from);
    const until = feed < 0 ? text.length : feed + 1;
    this.#take(text.slice(from, until));
    if (feed >= 0) this.#nextLine();
    return until;
  }

  /** Takes one unit of a line that may be a heading: so it does not matter how the text is cut. */
  #hold(text: string, at: number): number {
    const unit = text.charAt(at);
    if (unit === '\n') {
      this.#endLine('\n');
      return at + 1;
    }
    this.#held += unit;
    this.#decide(false);
    return at + 1;
  }

  #endLine(feed: string): void {
    this.#decide(true);
    if (this.#held === undefined) this.#take(feed);
    this.#nextLine();
  }

  /** Begins a section, or lets go of what was held, once it is clear which. */
  #decide(complete: boolean): void {
    if (this.#held === undefined) return;
    const verdict = judgeLine(this.#held, complete, { section: this.#section, seen: this.#seen, style: this.#style });
    if (verdict === 'open') return;
    const held = this.#held;
    this.#held = undefined;
    if (verdict === 'content') {
      this.#take(held);
      return;
    }
    this.#section = verdict.section;
    this.#seen.add(verdict.section);
    this.#style ??= verdict.style;
    this.#space = '';
    this.#take(verdict.inline);
  }

  #nextLine(): void {
    this.#fences.line(this.#line);
    this.#line = '';
    this.#held = this.#fences.inside ? undefined : '';
  }

  #take(text: string): void {
    if (this.#line.length < LINE_KEPT) this.#line += text;
    const section = this.#section;
    if (section === undefined) {
      if (this.#prose.length < PROSE_KEPT) this.#prose = (this.#prose + text).slice(0, PROSE_KEPT);
      return;
    }
    let whole = this.#space + text;
    if (this.#texts[section] === undefined) whole = withoutBlankLines(whole);
    const body = whole.trimEnd();
    this.#space = whole.slice(body.length);
    if (body === '') return;
    this.#texts[section] = (this.#texts[section] ?? '') + body;
    const last = this.#pieces.at(-1);
    if (last?.section === section) this.#pieces[this.#pieces.length - 1] = { section, text: last.text + body };
    else this.#pieces.push({ section, text: body });
  }
}

/** Reads a whole review. */
export function parseReview(text: string): Review {
  const reader = new ReviewReader();
  reader.push(text);
  reader.end();
  return reader.review;
}

/** The indentation of the first line stays. */
function withoutBlankLines(text: string): string {
  const first = text.search(/\S/);
  return first < 0 ? text : text.slice(text.lastIndexOf('\n', first) + 1);
}
