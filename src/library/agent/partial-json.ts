type Json = Readonly<Record<string, unknown>>;

/** Beyond it arguments are only read once they are complete: reading them again with every piece would cost too much. */
const LONGEST = 16_384;
/** No piece that is cut off here is a value. */
const HALF_VALUE = /(?:,|:|[{[,:]\s*"(?:[^"\\]|\\.)*"\s*:?|[-+\d.eE]+|[a-z]+)\s*$/;
/** A value, its colon and key, the comma before them. */
const MOST_CUTS = 4;

/** What can be read of arguments that still arrive: whole values, and strings as far as they came. */
export function readPartialJson(text: string): Json | undefined {
  if (text.length > LONGEST) return undefined;
  const whole = parse(text);
  if (whole !== undefined) return whole;
  const { open, inString } = scan(text);
  const closers = open.toReversed().join('');
  if (inString) {
    const asValue = parse(`${text.replace(/\\(?:u[\da-fA-F]{0,3})?$/, '')}"${closers}`);
    if (asValue !== undefined) return asValue;
  }
  // The string that is cut off is a key, or a number or word is: without it.
  let kept = inString ? text.slice(0, text.lastIndexOf('"')) : text;
  for (let cuts = 0; cuts < MOST_CUTS; cuts++) {
    const read = parse(kept + closers);
    if (read !== undefined) return read;
    kept = kept.replace(HALF_VALUE, startOf);
  }
  return undefined;
}

/** Of a key without its value, the bracket before it stays. */
function startOf(half: string): string {
  return /^[{[]/.test(half) ? (half[0] ?? '') : '';
}

function scan(text: string): { readonly open: readonly string[]; readonly inString: boolean } {
  const open: string[] = [];
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') open.push('}');
    else if (char === '[') open.push(']');
    else if (char === '}' || char === ']') open.pop();
  }
  return { open, inString };
}

function parse(text: string): Json | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Json) : undefined;
  } catch {
    return undefined;
  }
}
