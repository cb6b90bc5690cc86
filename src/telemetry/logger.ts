import { pino, type Logger as PinoLogger } from 'pino';
import { lineFormat } from './log-format.js';
import { RotatingFile } from './rotating-file.js';

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
  /** `auto` (pretty in a terminal, else JSON lines; the default), `json`, `pretty`, or a Python %-format. */
  readonly format?: string;
  /** Absolute path of a file that gets every line too. */
  readonly file_path?: string;
  /** Bytes. */
  readonly max_file_size?: number;
  readonly backup_count?: number;
}

const LARGEST_FILE = 10_000_000;
const STDERR = 2;

/**
 * Lines on stderr, so that stdout stays for what a command is asked for, and in a file if one is named. Secrets are
 * masked before a line gets its form, so in all of them.
 *
 * @throws ParleyError `config_invalid` for a file that cannot be written
 */
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
    destination(options),
  );
}

function destination(options: LoggerOptions): { write(line: string): void } {
  const { format = 'auto', file_path } = options;
  const terminal = process.stderr.isTTY;
  const onStderr = lineFormat(format, { terminal, colours: terminal && process.stderr.hasColors() });
  const stderr = pino.destination({ dest: STDERR, sync: true });
  if (file_path === undefined) return { write: (line) => void stderr.write(onStderr(line)) };
  const inFile = lineFormat(format, { terminal: false, colours: false });
  const file = new RotatingFile({
    path: file_path,
    max_bytes: options.max_file_size ?? LARGEST_FILE,
    backups: options.backup_count ?? 0,
    onError: (error) => void stderr.write(onStderr(lostLines(file_path, error))),
  });
  return {
    write(line) {
      stderr.write(onStderr(line));
      file.write(inFile(line));
    },
  };
}

function lostLines(file_path: string, error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const msg = 'the log file cannot be written: lines are missing in it';
  return `${JSON.stringify({ level: 'error', time: new Date().toISOString(), file_path, code, msg })}\n`;
}

/** A log line without the secrets that stand in its texts. It stays the JSON it was. */
export function maskSecrets(line: string): string {
  return line.replace(NAMED_SECRET, '$1***');
}
