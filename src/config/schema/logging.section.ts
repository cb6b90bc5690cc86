import { parsePercentFormat, PERCENT_FIELDS } from '../../core/kernel/percent-format.js';
import { flag, Key, size, text, textLike, wholeNumber, type ValueRule } from './rules.js';

/** How much is logged. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

const LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['fatal', 'fatal'],
  ['critical', 'fatal'],
  ['silent', 'silent'],
]);

const LEVEL: ValueRule = {
  wants: 'is not known',
  allowed: `one of ${[...LEVELS.keys()].join(', ')}`,
  type: 'text',
  accepts: (value) => typeof value === 'string' && logLevel(value) !== undefined,
};

const FORMATS = `auto, json, pretty, or Python's, such as %(asctime)s - %(message)s; its fields: ${PERCENT_FIELDS.join(', ')}`;

/** `logging:` */
export class LoggingSection {
  @Key(LEVEL) level = 'info';
  @Key(textLike('a format', FORMATS, isFormat)) format = 'auto';
  @Key(text('a path')) file_path?: string;
  @Key(size()) max_file_size: number | string = '10MB';
  @Key(wholeNumber(0, 1000)) backup_count = 5;
  /** Whether what people and models write may stand in the log. */
  @Key(flag()) contents = false;
}

/** The level a word means, in any case; Python's words too. */
export function logLevel(word: string): LogLevel | undefined {
  return LEVELS.get(word.trim().toLowerCase());
}

function isFormat(value: string): boolean {
  return ['auto', 'json', 'pretty'].includes(value) || parsePercentFormat(value) !== undefined;
}
