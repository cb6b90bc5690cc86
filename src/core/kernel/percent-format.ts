/** The fields of a log line that Python's %-formats can name. */
export const PERCENT_FIELDS = [
  'asctime',
  'created',
  'filename',
  'funcName',
  'levelname',
  'levelno',
  'lineno',
  'message',
  'module',
  'msecs',
  'name',
  'pathname',
  'process',
  'processName',
  'relativeCreated',
  'taskName',
  'thread',
  'threadName',
] as const;

export type PercentField = (typeof PERCENT_FIELDS)[number];

/** A field with how it is written: `%(levelname)-8s`. */
export interface PercentPart {
  readonly field: PercentField;
  readonly left: boolean;
  readonly zeros: boolean;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: 'text' | 'whole' | 'decimal';
}

/** A %-format taken apart: texts that stand as they are, and fields. */
export type PercentFormat = readonly (string | PercentPart)[];

const PART = /%(?:%|\((\w+)\)([-#0 +]*)(\d{1,3})?(?:\.(\d{1,3}))?([a-zA-Z]))/g;
const CONVERSIONS: Readonly<Record<string, PercentPart['conversion']>> = {
  s: 'text',
  r: 'text',
  a: 'text',
  d: 'whole',
  i: 'whole',
  u: 'whole',
  f: 'decimal',
  F: 'decimal',
  e: 'decimal',
  g: 'decimal',
};

/**
 * Reads a format of Python's `logging` (`%(asctime)s - %(message)s`).
 *
 * @returns undefined for one without a field, with a field or a conversion that is not known, or with a `%` that is neither
 */
export function parsePercentFormat(text: string): PercentFormat | undefined {
  const parts: (string | PercentPart)[] = [];
  let at = 0;
  for (const match of text.matchAll(PART)) {
    const before = text.slice(at, match.index);
    at = match.index + match[0].length;
    if (before.includes('%')) return undefined;
    if (before !== '') parts.push(before);
    if (match[0] === '%%') {
      parts.push('%');
      continue;
    }
    const part = partOf(match);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const rest = text.slice(at);
  if (rest.includes('%') || !parts.some((part) => typeof part !== 'string')) return undefined;
  return rest === '' ? parts : [...parts, rest];
}

function partOf([, name, flags = '', width, precision, letter = '']: RegExpExecArray): PercentPart | undefined {
  const field = PERCENT_FIELDS.find((known) => known === name);
  const conversion = CONVERSIONS[letter];
  if (field === undefined || conversion === undefined) return undefined;
  return {
    field,
    left: flags.includes('-'),
    zeros: flags.includes('0') && !flags.includes('-') && conversion !== 'text',
    width: width === undefined ? 0 : Number(width),
    precision: precision === undefined ? undefined : Number(precision),
    conversion,
  };
}

/** A value in the place of a field. */
export function writePart(part: PercentPart, value: string | number): string {
  let text = String(value);
  if (part.conversion === 'text') text = part.precision === undefined ? text : text.slice(0, part.precision);
  else if (typeof value === 'number')
    text = part.conversion === 'whole' ? String(Math.trunc(value)) : value.toFixed(part.precision ?? 6);
  if (part.left) return text.padEnd(part.width);
  return text.padStart(part.width, part.zeros ? '0' : ' ');
}
