const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/**
 * Decodes the string value of the key `argument` of a JSON object while the object is still arriving, so that watchers
 * read what an agent says as it is said. Looks at the top level only; what it cannot follow it leaves to the final
 * parse. Never emits half an escape, nor half a surrogate pair written as two escapes.
 */
export class ArgumentStream {
  /** What the characters of the present string are. */
  #string: 'none' | 'key' | 'other' | 'argument' = 'none';
  #depth = 0;
  #expectKey = false;
  #key = '';
  #escape = '';
  #high = '';
  #done = false;

  /** The decoded text that this piece adds. */
  push(piece: string): string {
    let out = '';
    let at = 0;
    while (at < piece.length && !this.#done) {
      if (this.#string === 'argument' && this.#escape === '') {
        const end = plainEnd(piece, at);
        if (end > at) out += this.#emit(piece.slice(at, end));
        at = end;
        if (at === piece.length) break;
      }
      out += this.#string === 'none' ? this.#structure(piece.charAt(at)) : this.#inString(piece.charAt(at));
      at++;
    }
    return out;
  }

  #structure(char: string): string {
    if (char === '"') {
      if (this.#depth === 1 && this.#expectKey) {
        this.#string = 'key';
        this.#key = '';
      } else {
        this.#string = this.#depth === 1 && this.#key === 'argument' ? 'argument' : 'other';
      }
    } else if (char === '{' || char === '[') {
      this.#depth++;
      this.#expectKey = this.#depth === 1 && char === '{';
    } else if (char === '}' || char === ']') {
      this.#depth--;
    } else if (this.#depth === 1 && (char === ',' || char === ':')) {
      this.#expectKey = char === ',';
    }
    return '';
  }

  #inString(char: string): string {
    if (this.#escape !== '') return this.#inEscape(char);
    if (char === '\\') {
      this.#escape = char;
      return '';
    }
    if (char === '"') return this.#endString();
    if (this.#string === 'key') this.#key += char;
    return '';
  }

  #endString(): string {
    this.#done = this.#string === 'argument';
    this.#string = 'none';
    return this.#done ? this.#emit('') : '';
  }

  #inEscape(char: string): string {
    this.#escape += char;
    if (this.#escape.charAt(1) === 'u' && this.#escape.length < 6) return '';
    const unit = decodeEscape(this.#escape);
    this.#escape = '';
    if (this.#string !== 'argument') return '';
    if (unit >= '\ud800' && unit <= '\udbff') {
      const before = this.#emit('');
      this.#high = unit;
      return before;
    }
    return this.#emit(unit);
  }

  #emit(text: string): string {
    const whole = this.#high + text;
    this.#high = '';
    return whole;
  }
}

function decodeEscape(escape: string): string {
  const char = escape.charAt(1);
  if (char !== 'u') return ESCAPES[char] ?? char;
  const code = Number.parseInt(escape.slice(2), 16);
  return Number.isNaN(code) ? '\ufffd' : String.fromCharCode(code);
}

/** Index of the first character that is no plain string content. */
function plainEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34 || code === 92) return at;
  }
  return text.length;
}
