import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ParleyError } from '../core/kernel/parley-error.js';

export interface RotatingFileOptions {
  /** Absolute path. */
  readonly path: string;
  /** Bytes; a line that would make the file larger goes into a fresh one. */
  readonly max_bytes: number;
  /** Older files that are kept: `path.1` is the youngest. 0: none. */
  readonly backups: number;
  /** Called when lines are lost, and not again until one was written. */
  readonly onError: (error: unknown) => void;
}

/** A log file that is put aside when it has grown large. Readable by its owner only. Lines are written before the call returns. */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #file: number;
  #bytes: number;
  #failing = false;

  /** Opens the file, and creates its folder. @throws ParleyError `config_invalid` naming the setting */
  constructor(options: RotatingFileOptions) {
    this.#options = options;
    try {
      mkdirSync(dirname(options.path), { recursive: true });
      [this.#file, this.#bytes] = open(options.path);
    } catch (error) {
      throw new ParleyError(
        'config_invalid',
        `logging.file_path: ${options.path} cannot be written (${codeOf(error)})`,
        {
          cause: error,
        },
      );
    }
  }

  /** Adds a line. Never throws: a full disk must not stop the server. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#options.max_bytes) this.#rotate();
      writeSync(this.#file, bytes);
      this.#bytes += bytes.length;
      this.#failing = false;
    } catch (error) {
      if (this.#failing) return;
      this.#failing = true;
      this.#options.onError(error);
    }
  }

  #rotate(): void {
    const { path, backups } = this.#options;
    closeSync(this.#file);
    rmSync(backups === 0 ? path : `${path}.${backups}`, { force: true });
    for (let index = backups - 1; index >= 0; index--) {
      moveIfThere(index === 0 ? path : `${path}.${index}`, `${path}.${index + 1}`);
    }
    [this.#file, this.#bytes] = open(path);
  }
}

function open(path: string): [number, number] {
  const file = openSync(path, 'a', 0o600);
  return [file, fstatSync(file).size];
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
