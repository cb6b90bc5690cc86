import { pino, type Logger as PinoLogger } from 'pino';

/** Injection token of the process's logger. */
export const LOGGER = Symbol('Logger');

export type Logger = PinoLogger;

/** Keys whose values never reach a log line, wherever they stand. */
const SECRET_PATHS = [
  'key',
  'api_key',
  'apiKey',
  'x_api_key',
  'authorization',
  'cookie',
  'token',
  'password',
  'secret',
  'headers',
];

/** A secret in the middle of a text, such as an address or a message: known by the word before it. */
const NAMED_SECRET =
  /((?:(?:api[-_]?key|authorization|password|secret|token)(?:\\")?\s*(?:[:=]|%3a|%3d)\s*(?:\\")?(?:(?:bearer|basic)\s+)?)|\b(?:bearer|basic)(?:\s|%20|\+)+)(?!\*{3}|…|bearer\b|basic\b)[^\s"\\&,;]+/gi;

export interface LoggerOptions {
  readonly level: string;
}

/** JSON lines on stderr, so that stdout stays for what a command is asked for. */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: maskSecrets },
      redact: { paths: SECRET_PATHS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '***' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** A log line without the secrets that stand in its texts. It stays the JSON it was. */
export function maskSecrets(line: string): string {
  return line.replace(NAMED_SECRET, '$1***');
}
