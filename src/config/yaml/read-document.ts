import { Composer, Parser, type Document, type ErrorCode, type LineCounter } from 'yaml';

export type YamlDocument = Document.Parsed;

/** What is no YAML, and where. */
export interface SyntaxError {
  readonly code: ErrorCode;
  readonly offset: number;
}

export interface ReadDocument {
  /** Absent: reading was given up. */
  readonly document?: YamlDocument;
  readonly errors: readonly SyntaxError[];
}

/** Nobody mends more at once, and a text of nothing but errors would keep the library busy for seconds. */
const MOST_ERRORS = 500;

/** Keys are compared and messages placed by us: the library takes quadratic time for both. */
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
  resolveKnownTags: false,
  logLevel: 'error',
} as const;

class TooManyErrors extends Error {}

/** Reads a text as one YAML document, in a time that its length bounds. Undefined: it could not be read at all. */
export function readDocument(text: string, lines: LineCounter): ReadDocument | undefined {
  const found: SyntaxError[] = [];
  const note = (code: ErrorCode, offset: number): void => {
    found.push({ code, offset });
    if (found.length >= MOST_ERRORS) throw new TooManyErrors();
  };
  // Half of the time that an error costs is its stack, which nobody looks at.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const [document, second] = compose(text, lines, note);
    if (document === undefined) return undefined;
    const errors = document.errors.map(({ code, pos }): SyntaxError => ({ code, offset: pos[0] }));
    if (second !== undefined) errors.push({ code: 'MULTIPLE_DOCS', offset: second.range[0] });
    return { document, errors };
  } catch (error) {
    return error instanceof TooManyErrors ? { errors: found } : undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

type Note = (code: ErrorCode, offset: number) => void;

/** What the library's `parseDocument` does, telling of every error as it is found. The first document, and a second. */
function compose(text: string, lines: LineCounter, note: Note): YamlDocument[] {
  const parser = new Parser(lines.addNewLine);
  const composer = new Composer(OPTIONS);
  const report: unknown = Reflect.get(composer, 'onError');
  const onError = (source: unknown, code: ErrorCode, message: string, is_warning?: boolean): void => {
    if (typeof report === 'function') report(source, code, message, is_warning);
    if (is_warning !== true) note(code, offsetOf(source));
  };
  Reflect.set(composer, 'onError', onError);
  const documents: YamlDocument[] = [];
  for (const document of composer.compose(counted(parser, text, note), true, text.length)) {
    documents.push(document);
    if (documents.length > 1) break;
  }
  return documents;
}

/** Tokens that are errors never come to `onError`. */
function* counted(parser: Parser, text: string, note: Note): ReturnType<Parser['parse']> {
  for (const token of parser.parse(text)) {
    if (token.type === 'error') note('UNEXPECTED_TOKEN', token.offset);
    yield token;
  }
}

/** A number, a pair of them, or something that has an offset. */
function offsetOf(source: unknown): number {
  const at: unknown = Array.isArray(source) ? source[0] : source;
  if (typeof at === 'number') return at;
  const offset: unknown = typeof at === 'object' && at !== null && 'offset' in at ? at.offset : undefined;
  return typeof offset === 'number' ? offset : 0;
}
