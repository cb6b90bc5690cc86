/** An open code fence. */
interface Fence {
  readonly char: string;
  readonly length: number;
  /** It holds Markdown, so that a fence inside it opens another one: models write such, whatever CommonMark says. */
  readonly markdown: boolean;
}

const OPENING = /^\s*(?:(?:[-*+]|\d{1,3}[.)])\s+)?(`{3,}|~{3,})(.*)$/;
const MARKDOWN = /^(?:markdown|md|mdx)\b/i;

/** Follows the code fences of a text (CommonMark 4.5), line by line. */
export class Fences {
  readonly #open: Fence[] = [];

  /** Whether the next line is inside a fence. */
  get inside(): boolean {
    return this.#open.length > 0;
  }

  /** Takes a whole line, without its line feed. */
  line(text: string): void {
    const found = OPENING.exec(text.trimEnd());
    const [, marker = '', rest = ''] = found ?? [];
    const char = marker[0];
    const info = rest.trim();
    if (char === undefined || (char === '`' && info.includes('`'))) return;
    const top = this.#open.at(-1);
    if (top === undefined || (top.markdown && info !== '')) {
      this.#open.push({ char, length: marker.length, markdown: MARKDOWN.test(info) });
    } else if (info === '' && char === top.char && marker.length >= top.length) {
      this.#open.pop();
    }
  }
}
