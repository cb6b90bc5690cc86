/** A line of the log, taken apart. */
export interface LogLine {
  readonly level: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly message: string;
  /** Part of the program that says it. */
  readonly name: string;
  /** Everything else that the line says, in its order. */
  readonly about: Readonly<Record<string, unknown>>;
  /** Where an error came from: lines without the first, which `about` has. */
  readonly stack: readonly string[];
}

/** Takes a JSON line of the log apart; undefined if it is none. */
export function readLine(line: string): LogLine | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(parsed)) return undefined;
  const { level, time, msg, context, err, ...about } = parsed;
  return {
    level: typeof level === 'string' ? level : 'info',
    at: Date.parse(typeof time === 'string' ? time : ''),
    message: typeof msg === 'string' ? msg : '',
    name: typeof context === 'string' ? context : 'parley',
    about: isRecord(err) ? { ...about, err: describe(err) } : about,
    stack: isRecord(err) && typeof err['stack'] === 'string' ? err['stack'].split('\n').slice(1) : [],
  };
}

/** `code=upstream detail="it did not answer"`: values in quotes where they would be unclear, so that none can forge another. */
export function fieldsOf(about: LogLine['about']): string {
  return Object.entries(about)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${showValue(value)}`)
    .join(' ');
}

/** A text on one line: what would move the cursor is escaped. */
export function oneLine(text: string): string {
  return text.replaceAll(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

function showValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)) return value;
  return oneLine(JSON.stringify(value) ?? 'undefined');
}

function describe(err: Readonly<Record<string, unknown>>): string {
  return [err['type'], err['message']].filter((part) => typeof part === 'string').join(': ');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
