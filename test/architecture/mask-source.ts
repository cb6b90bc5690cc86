/** A source with the parts that are not code blanked: same length, same lines, so that offsets stay true. */
export interface MaskedSource {
  /** Comments blanked. */
  readonly code: string;
  /** Comments, the inside of strings, of templates and of regular expressions blanked; quotes stay. */
  readonly bare: string;
  readonly comments: readonly { readonly offset: number; readonly text: string }[];
}

interface Token {
  readonly kind: 'comment' | 'literal' | 'space' | 'other';
  readonly text: string;
}

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y;
const REGEX = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
/** From a backtick, or the brace that ends a substitution, to the next backtick or substitution. */
const TEMPLATE = /[`}](?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)/y;
const OTHER = /[\w$]+|\s+|[\s\S]/y;

/** After these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX =
  /(?:^|[([{,;:=!&|?+\-*%^~<>]|\b(?:return|typeof|case|in|of|await|void|delete|throw|new|else|do|yield))$/;

class Scanner {
  readonly #source: string;
  /** Open braces inside each substitution of a template that is not closed yet. */
  readonly #depths: number[] = [];
  #at = 0;
  #previous = '';

  constructor(source: string) {
    this.#source = source;
  }

  next(): Token | undefined {
    if (this.#at >= this.#source.length) return undefined;
    const token = this.#read();
    this.#at += token.text.length;
    if (token.kind === 'literal' || token.kind === 'other') this.#previous = token.text;
    return token;
  }

  #read(): Token {
    const comment = this.#match(COMMENT);
    if (comment !== undefined) return { kind: 'comment', text: comment };
    const literal = this.#match(STRING) ?? this.#template() ?? this.#regex();
    if (literal !== undefined) return { kind: 'literal', text: literal };
    const text = this.#match(OTHER) ?? '';
    const last = this.#depths.length - 1;
    if (last >= 0 && text === '{') this.#depths[last] = (this.#depths[last] ?? 0) + 1;
    if (last >= 0 && text === '}') this.#depths[last] = (this.#depths[last] ?? 0) - 1;
    return { kind: text.trim() === '' ? 'space' : 'other', text };
  }

  #template(): string | undefined {
    const first = this.#source[this.#at];
    const resumes = first === '}' && this.#depths.at(-1) === 0;
    if (first !== '`' && !resumes) return undefined;
    const text = this.#match(TEMPLATE);
    if (text === undefined) return undefined;
    if (resumes) this.#depths.pop();
    if (text.endsWith('${')) this.#depths.push(0);
    return text;
  }

  #regex(): string | undefined {
    return BEFORE_REGEX.test(this.#previous) ? this.#match(REGEX) : undefined;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source)?.[0];
  }
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}

function hollow(text: string): string {
  return text.length < 2 ? text : `${text.slice(0, 1)}${blank(text.slice(1, -1))}${text.slice(-1)}`;
}

/** Separates code from comments and from what stands in quotes. */
export function maskSource(source: string): MaskedSource {
  const scanner = new Scanner(source);
  const comments: { offset: number; text: string }[] = [];
  let code = '';
  let bare = '';
  for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
    if (token.kind === 'comment') comments.push({ offset: code.length, text: token.text });
    const isComment = token.kind === 'comment';
    bare += isComment ? blank(token.text) : token.kind === 'literal' ? hollow(token.text) : token.text;
    code += isComment ? blank(token.text) : token.text;
  }
  return { code, bare, comments };
}
