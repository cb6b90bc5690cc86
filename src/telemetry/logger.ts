import { pino, type Logger as PinoLogger } from 'pino';

/** Injection token of the process's logger. */
export const LOGGER = Symbol('Logger');

export type Logger = PinoLogger;

/** Keys whose values never reach a log line, wherever they stand. */
const SECRET_PATHS = ['key', 'api_key', 'apiKey', 'authorization', 'token', 'password', 'secret', 'headers'];

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
      redact: { paths: SECRET_PATHS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '***' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
