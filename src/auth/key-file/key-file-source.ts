import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { ApiKey, KeySource } from '../../core/ports/key-source.js';
import { parseKeyFile } from './parse-key-file.js';

/** How often the file is looked at. Looking beats watching: it also sees a link or a mount that was replaced. */
const LOOK_MS = 1_000;
const MOST_BYTES = 1_048_576;
/** Mode bits of a file that everybody may read. */
const WORLD_READABLE = 0o004;

export interface KeyFileOptions {
  /** Absolute. */
  readonly path: string;
  /** Takes what an operator should know. */
  readonly warn: (message: string) => void;
}

/** Keys of `auth.keys_file`, read again whenever the file changes. */
export class KeyFileSource implements KeySource {
  readonly name: string;
  readonly refresh_ms = LOOK_MS;
  #version = '';
  #keys: readonly ApiKey[] = [];

  constructor(private readonly options: KeyFileOptions) {
    this.name = `the key file ${options.path}`;
  }

  async load(): Promise<readonly ApiKey[]> {
    const { path, warn } = this.options;
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw new ParleyError('config_invalid', `${path} cannot be read (${reasonOf(cause)})`);
    });
    try {
      const { ctimeNs, mtimeNs, ino, size, mode } = await file.stat({ bigint: true });
      const version = [ctimeNs, mtimeNs, ino, size].join();
      if (version === this.#version) return this.#keys;
      if (size > MOST_BYTES) throw new ParleyError('config_invalid', `${path} is larger than 1 MiB`);
      this.#keys = parseKeyFile(basename(path), await file.readFile('utf8'), warn);
      this.#version = version;
      if ((Number(mode) & WORLD_READABLE) !== 0)
        warn(`${path} can be read by everybody on this machine: chmod 600 takes that away`);
      return this.#keys;
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      throw new ParleyError('config_invalid', `${path} cannot be read (${reasonOf(error)})`);
    } finally {
      await file.close();
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
