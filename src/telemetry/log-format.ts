import { parsePercentFormat, writePart, type PercentField, type PercentFormat } from '../core/kernel/percent-format.js';
import { fieldsOf, oneLine, readLine, type LogLine } from './log-line.js';

/** Gives the JSON line of an event, with its line break, another form. */
export type LineFormat = (line: string) => string;

const COLOURS: Readonly<Record<string, number>> = { trace: 90, debug: 90, info: 36, warn: 33, error: 31, fatal: 35 };
const RESET = '\u001b[0m';

/** Numbers and words of Python's levels. */
const PYTHON_LEVELS: Readonly<Record<string, readonly [string, number]>> = {
  trace: ['DEBUG', 10],
  debug: ['DEBUG', 10],
  info: ['INFO', 20],
  warn: ['WARNING', 30],
  error: ['ERROR', 40],
  fatal: ['CRITICAL', 50],
};

/**
 * How lines are written.
 *
 * @param format `auto`, `json`, `pretty`, or a %-format
 * @param out whether somebody reads along, in a terminal, and whether it knows colours
 */
export function lineFormat(format: string, out: { readonly terminal: boolean; readonly colours: boolean }): LineFormat {
  if (format === 'json' || (format === 'auto' && !out.terminal)) return (line) => line;
  if (format === 'auto' || format === 'pretty') return whenRead((line) => pretty(line, out.colours));
  const percent = parsePercentFormat(format);
  return percent === undefined ? (line) => line : whenRead((line) => likePython(percent, line));
}

/** What is no line of ours is passed on as it is. */
function whenRead(write: (line: LogLine) => string): LineFormat {
  return (text) => {
    const line = readLine(text);
    return line === undefined ? text : `${[write(line), ...line.stack.map(indented)].join('\n')}\n`;
  };
}

/** For people: time, level, what happened, and what it is about. */
function pretty({ level, at, message, about }: LogLine, colours: boolean): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const word = level.toUpperCase().padEnd(5);
  const shown = colours ? `\u001b[${COLOURS[level] ?? 0}m${word}${RESET}` : word;
  const fields = fieldsOf(about);
  const dimmed = fields !== '' && colours ? `\u001b[2m${fields}${RESET}` : fields;
  return [time, shown, oneLine(message), dimmed].filter((part) => part !== '').join(' ');
}

/** The fields of the line in the places that the format gives them; what the line is about stands behind its message. */
function likePython(format: PercentFormat, line: LogLine): string {
  return format
    .map((part) => (typeof part === 'string' ? part : writePart(part, pythonField(line, part.field))))
    .join('');
}

function pythonField(line: LogLine, field: PercentField): string | number {
  const [word, number] = PYTHON_LEVELS[line.level] ?? ['INFO', 20];
  switch (field) {
    case 'asctime':
      return pythonTime(line.at);
    case 'created':
      return line.at / 1000;
    case 'msecs':
      return line.at % 1000;
    case 'relativeCreated':
      return performance.now();
    case 'levelname':
      return word;
    case 'levelno':
      return number;
    case 'message':
      return [oneLine(line.message), fieldsOf(line.about)].filter((text) => text !== '').join(' ');
    case 'process':
      return process.pid;
    case 'lineno':
    case 'thread':
      return 0;
    case 'processName':
    case 'threadName':
      return 'main';
    case 'name':
    case 'module':
    case 'filename':
    case 'pathname':
    case 'funcName':
    case 'taskName':
      return oneLine(line.name);
  }
}

/** `2026-11-21 08:51:04,283`, in the time zone of the machine, as Python has it. */
function pythonTime(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 23).replace('T', ' ').replace('.', ',');
}

/** Nothing that stands in a stack can begin a line. */
function indented(line: string): string {
  return `    ${oneLine(line.trim())}`;
}
