import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { Connection } from './connection.js';
import { sqliteCode, SQLITE } from './sqlite-errors.js';

// Not imported: a Node without it is to be told which one is needed, and not what is missing in it.
const { DatabaseSync } = process.getBuiltinModule('node:sqlite');

/**
 * Ownership of a data folder: an exclusive SQLite lock on `lock.db`, which the kernel drops with the process, however it
 * ends. `owner.json` beside it says who, for the refusal of a second one; nothing relies on it.
 *
 * Nobody may open and close `lock.db` or `parley.db` by other means inside the owner's process: closing any descriptor
 * of a file drops all POSIX locks the process has on it.
 */
export class FolderLock {
  readonly #lock: Connection;
  readonly #ownerFile: string;

  private constructor(lock: Connection, ownerFile: string) {
    this.#lock = lock;
    this.#ownerFile = ownerFile;
  }

  /** @throws ParleyError `storage_owned`, or an error of SQLite about `lock.db` */
  static take(folder: string): FolderLock {
    const ownerFile = join(folder, 'owner.json');
    const lock = new Connection(new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 }));
    try {
      // In this mode a lock outlives the transaction that took it.
      lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    } catch (error) {
      lock.close();
      throw sqliteCode(error) === SQLITE.BUSY ? owned(folder, ownerFile) : error;
    }
    writeOwner(ownerFile);
    return new FolderLock(lock, ownerFile);
  }

  /** Whether a database was once created in this folder: if it is missing now, it was lost. */
  get hadDatabase(): boolean {
    return this.#lock.one<{ user_version: number }>('PRAGMA user_version')?.user_version === 1;
  }

  rememberDatabase(): void {
    if (!this.hadDatabase) this.#lock.exec('PRAGMA user_version = 1');
  }

  release(): void {
    rmSync(this.#ownerFile, { force: true });
    this.#lock.close();
  }
}

function writeOwner(file: string): void {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() }));
  } catch {
    // A full disk must not keep a server from starting that could still read; the lock holds without the file.
  }
}

function owned(folder: string, ownerFile: string): ParleyError {
  return new ParleyError(
    'storage_owned',
    `the data folder ${folder} is in use by ${readOwner(ownerFile)}: stop that one, or set another PARLEY_DATA_DIR`,
    { retryable: false, level: 'error' },
  );
}

function readOwner(file: string): string {
  try {
    const owner: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof owner === 'object' && owner !== null && 'pid' in owner && 'host' in owner) {
      return `process ${String(owner.pid)} on ${String(owner.host)}`;
    }
  } catch {
    // The owner has not written it yet.
  }
  return 'another process';
}
