/** Verdicts are four deep; a text of nothing but brackets costs seconds. */
const DEEPEST = 64;

/**
 * Mends what answers of models suffer from most, in one pass: JSON that was cut off (it is closed after its last complete
 * object or list, so that half a number never counts) and commas before a closing bracket.
 *
 * @param text begins with the bracket of the value
 * @returns JSON if nothing else is wrong with it; undefined when nothing in it is complete, or it is far too deep
 */
export function closeJson(text: string): string | undefined {
  const open: string[] = [];
  let pieces = '';
  let from = 0;
  let comma = -1;
  // As of the last closing bracket: since then, brackets were only opened.
  let complete = { pieces, from, end: 0, depth: 0 };
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '"') {
      i = endOfString(text, i);
      comma = -1;
    } else if (char === '{' || char === '[') {
      if (open.push(char === '{' ? '}' : ']') > DEEPEST) return undefined;
      comma = -1;
    } else if (char === '}' || char === ']') {
      if (open.pop() !== char) return undefined;
      if (comma >= 0) {
        pieces += text.slice(from, comma);
        from = i;
      }
      comma = -1;
      complete = { pieces, from, end: i + 1, depth: open.length };
      if (open.length === 0) break;
    } else if (char === ',') comma = i;
    else if (!isSpace(char)) comma = -1;
  }
  if (complete.end === 0) return undefined;
  return (
    complete.pieces + text.slice(complete.from, complete.end) + open.slice(0, complete.depth).toReversed().join('')
  );
}

/** The position of the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\r' || char === '\t';
}
