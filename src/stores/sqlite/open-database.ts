import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { Connection } from './connection.js';
import { FolderLock } from './folder-lock.js';
import { APPLICATION_ID, migrate, MIGRATIONS, TABLES } from './migrations.js';
import { describe, isStorageFault, sqliteCode, SQLITE } from './sqlite-errors.js';

// Not imported: a Node without it is to be told which one is needed, and not what is missing in it.
const { DatabaseSync } = process.getBuiltinModule('node:sqlite');

/** Another process may hold the write lock (a backup): a write waits this long, then fails. */
const BUSY_MS = 1_000;
/** Bigger files are not read through at start. */
const QUICK_CHECK_BYTES = 64 * 1024 * 1024;

export interface OpenedDatabase {
  readonly connection: Connection;
  readonly close: () => void;
}

/**
 * Takes the folder, opens or creates `parley.db` in it, and brings it to the current schema. Checked each time: that it
 * is a Parley database of a known version, that the file is as long as it says, and that every table can be read; files
 * up to 64 MiB also get `PRAGMA quick_check`. Nothing is ever created in place of something that was lost.
 *
 * @throws ParleyError `storage_owned`, `storage_corrupt`, `storage_unavailable`, `storage_full`, each with the next step
 */
export function openDatabase(folder: string): OpenedDatabase {
  requireFolder(folder);
  const file = join(folder, 'parley.db');
  const lock = explain(join(folder, 'lock.db'), () => FolderLock.take(folder));
  try {
    const connection = explain(file, () => openFile(file, lock));
    const close = (): void => {
      connection.close();
      lock.release();
    };
    return { connection, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openFile(file: string, lock: FolderLock): Connection {
  const isThere = existsSync(file) && statSync(file).size > 0;
  if (!isThere && lock.hadDatabase) {
    throw refusal(
      'storage_corrupt',
      `${file} is missing or empty, but this folder held a database: restore it from a backup; to start anew, remove the folder`,
    );
  }
  if (isThere) requireWritable(file);
  const connection = new Connection(new DatabaseSync(file, { timeout: BUSY_MS }));
  try {
    const version = requireKnownVersion(connection, file);
    configure(connection);
    migrate(connection, version);
    requireSound(connection, file);
    lock.rememberDatabase();
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Pages kept in memory beside those that the system keeps of the file anyway: enough for what commits touch and for the
 * upper levels of every index. More would only fill with the database, and stay.
 */
const CACHE_KIB = 8 * 1024;

function configure(connection: Connection): void {
  // The first pragma has an effect on a new file only, and only before anything else is written to it.
  connection.exec(`
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;
  `);
  const mode = connection.one<{ journal_mode: string }>('PRAGMA journal_mode')?.journal_mode;
  if (mode !== 'wal')
    throw new ParleyError('storage_unavailable', `the file system of the data folder has no WAL (${mode})`);
}

function requireKnownVersion(connection: Connection, file: string): number {
  const version = connection.one<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  const id = connection.one<{ application_id: number }>('PRAGMA application_id')?.application_id ?? 0;
  const tables = connection.one<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema')?.n ?? 0;
  const isNew = version === 0 && id === 0 && tables === 0;
  if (!isNew && id !== APPLICATION_ID) {
    throw refusal('storage_corrupt', `${file} is not a Parley database: set another PARLEY_DATA_DIR, or move it away`);
  }
  if (version > MIGRATIONS.length) {
    throw refusal(
      'storage_unavailable',
      `${file} has schema ${version}, newer than this Parley knows (${MIGRATIONS.length}): run the version that wrote it`,
    );
  }
  return version;
}

function requireSound(connection: Connection, file: string): void {
  for (const table of TABLES) connection.all(`SELECT * FROM ${table} LIMIT 1`);
  // With the log moved into the file its length must be what its header says.
  const moved = checkpoint(connection);
  const pages = connection.one<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
  const pageSize = connection.one<{ page_size: number }>('PRAGMA page_size')?.page_size ?? 0;
  const size = statSync(file).size;
  if (moved && size < pages * pageSize) {
    throw damaged(file, `it has ${size} bytes of ${pages * pageSize}`);
  }
  if (size > QUICK_CHECK_BYTES) return;
  const found = connection.one<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check;
  if (found !== 'ok') throw damaged(file, found ?? 'quick_check said nothing');
}

/** False if it could not be done now: another process reads, or the disk is full. Neither is a reason not to start. */
function checkpoint(connection: Connection): boolean {
  try {
    return connection.one<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')?.busy === 0;
  } catch (error) {
    if (sqliteCode(error) === SQLITE.FULL) return false;
    throw error;
  }
}

function requireFolder(folder: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw refusal(
      'storage_unavailable',
      `the data folder ${folder} does not exist: create it (mkdir -p ${folder}), mount it, or set PARLEY_DATA_DIR`,
    );
  }
  if (!stat.isDirectory()) {
    throw refusal('storage_unavailable', `${folder} is not a folder: set PARLEY_DATA_DIR to a folder`);
  }
  requireWritable(folder);
}

function requireWritable(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw refusal(
      'storage_unavailable',
      `${path} cannot be written: give this process's user the right to read and write it, or set another PARLEY_DATA_DIR`,
      error,
    );
  }
}

/** Errors of SQLite while opening become refusals that name the file and the next step. */
function explain<Result>(file: string, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    if (!isStorageFault(error)) throw error;
    switch (sqliteCode(error)) {
      case SQLITE.CORRUPT:
      case SQLITE.NOTADB:
        throw damaged(file, describe(error));
      case SQLITE.FULL:
        throw new ParleyError('storage_full', `no room left for ${file}: free some on its disk`, { cause: error });
      case SQLITE.BUSY:
        throw new ParleyError('storage_unavailable', `${file} is locked by another process: wait for it, or stop it`, {
          cause: error,
        });
      default:
        throw refusal(
          'storage_unavailable',
          `${file} cannot be opened (${describe(error)}): check its disk and its permissions`,
          error,
        );
    }
  }
}

function damaged(file: string, what: string): ParleyError {
  return refusal(
    'storage_corrupt',
    `${file} is damaged (${what}): restore it from a backup; try "sqlite3 ${file} .recover" on a copy`,
  );
}

function refusal(code: 'storage_corrupt' | 'storage_unavailable', message: string, cause?: unknown): ParleyError {
  return new ParleyError(code, message, {
    retryable: false,
    level: 'error',
    ...(cause === undefined ? {} : { cause }),
  });
}
