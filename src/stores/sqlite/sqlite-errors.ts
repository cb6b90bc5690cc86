import { ParleyError } from '../../core/kernel/parley-error.js';
import type { WireError } from './wire.js';

/** Primary result codes of SQLite that are told apart. */
export const SQLITE = { BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

const DISK_FAULTS: ReadonlySet<number> = new Set([...Object.values(SQLITE), 6, 7]);

const TEMPORARY = { retryable: true, level: 'warn', fatal: false } as const;
const FATAL = { retryable: false, level: 'error', fatal: true } as const;

/** The primary result code of an error of SQLite; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** Whether an error is about the database as a whole, not about one statement and its values. */
export function isStorageFault(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && DISK_FAULTS.has(code);
}

/**
 * An error as the main thread is told it. Its message may reach a client, so it names no file; `detail` says what SQLite
 * said. After a failed read or write nothing is known about what the disk holds: such an error is fatal, unless the
 * disk is just full.
 */
export function toWireError(error: unknown, isDiskFull: () => boolean): WireError {
  if (error instanceof ParleyError) {
    const { code, message, retryable, level } = error;
    return { code, message, retryable, level, detail: describe(error.cause ?? error), fatal: false };
  }
  const detail = describe(error);
  const code = sqliteCode(error);
  if (code === SQLITE.FULL || (code === SQLITE.IOERR && isDiskFull())) {
    return { ...TEMPORARY, code: 'storage_full', message: 'the storage is full', detail };
  }
  if (code === SQLITE.IOERR) {
    return { ...FATAL, retryable: true, code: 'storage_unavailable', message: 'the storage failed', detail };
  }
  if (code === SQLITE.CORRUPT || code === SQLITE.NOTADB) {
    return { ...FATAL, code: 'storage_corrupt', message: 'the storage is damaged', detail };
  }
  if (isStorageFault(error)) {
    return { ...TEMPORARY, code: 'storage_unavailable', message: 'the storage is busy', detail };
  }
  return { ...FATAL, code: 'internal', message: 'the storage refused a value', detail, fatal: false };
}

/** What an error of SQLite or of the file system says, with its number. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'errcode' in error ? `${error.message} (SQLite ${String(error.errcode)})` : error.message;
}
