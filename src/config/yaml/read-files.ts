import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Place, ProblemList } from '../problems.js';

/** 256 KiB a file: far above any real configuration, far below what a parser needs long for. */
export const LARGEST_FILE_BYTES = 256 * 1024;
const MOST_FILES = 64;

/** The text of one file, under the name it has in messages. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** What was found at a path, and the folder that relative paths inside it start from. */
export interface SourceFiles {
  readonly files: readonly SourceFile[];
  readonly folder: string;
  readonly warnings: readonly string[];
}

/** Reads a file, or the `*.yaml` files of a folder in the order of their names. Problems are placed at `asked_by` or the file. */
export function readSourceFiles(
  path: string,
  cwd: string,
  context: { problems: ProblemList; asked_by?: Place },
): SourceFiles {
  const { problems } = context;
  const full = isAbsolute(path) ? path : resolve(cwd, path);
  const found = attempt(() => statSync(full));
  if ('code' in found) {
    problems.add(
      context.asked_by ?? { name: path },
      undefined,
      `${context.asked_by ? `${path}: ` : ''}${reasonOf(found.code)}`,
    );
    return { files: [], folder: resolve(full, '..'), warnings: [] };
  }
  if (!found.value.isDirectory())
    return { files: readOne(full, path, problems), folder: resolve(full, '..'), warnings: [] };
  const { names, warnings } = listFolder(full, path, problems);
  return {
    files: names.flatMap((name) => readOne(join(full, name), join(path, name), problems)),
    folder: full,
    warnings,
  };
}

function listFolder(full: string, shown: string, problems: ProblemList): { names: string[]; warnings: string[] } {
  const listed = attempt(() => readdirSync(full));
  if ('code' in listed) {
    problems.add({ name: shown }, undefined, reasonOf(listed.code));
    return { names: [], warnings: [] };
  }
  const visible = listed.value.filter((name) => !name.startsWith('.')).toSorted();
  const names = visible.filter((name) => name.endsWith('.yaml'));
  if (names.length === 0) problems.add({ name: shown }, undefined, 'no *.yaml file in this folder');
  if (names.length > MOST_FILES) problems.add({ name: shown }, undefined, `more than ${MOST_FILES} *.yaml files`);
  const skipped = visible.filter((name) => name.endsWith('.yml'));
  const warnings = skipped.map((name) => `${join(shown, name)}: not read (only *.yaml is)`);
  return { names: names.slice(0, MOST_FILES), warnings };
}

function readOne(full: string, shown: string, problems: ProblemList): SourceFile[] {
  const place = { name: shown };
  const found = attempt(() => statSync(full));
  if ('code' in found || !found.value.isFile()) {
    problems.add(place, undefined, 'code' in found ? reasonOf(found.code) : 'not a regular file');
    return [];
  }
  // Looked at before and after: a file may grow in between.
  const bytes = found.value.size > LARGEST_FILE_BYTES ? undefined : attempt(() => readFileSync(full));
  if (bytes !== undefined && 'code' in bytes) {
    problems.add(place, undefined, reasonOf(bytes.code));
    return [];
  }
  if (bytes === undefined || bytes.value.byteLength > LARGEST_FILE_BYTES) {
    problems.add(place, undefined, `larger than ${LARGEST_FILE_BYTES / 1024} KiB`);
    return [];
  }
  const text = attempt(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes.value));
  if ('code' in text) {
    problems.add(place, undefined, 'not UTF-8 text');
    return [];
  }
  return [{ file: shown, text: text.value }];
}

function attempt<T>(action: () => T): { readonly value: T } | { readonly code: string } {
  try {
    return { value: action() };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

/** The system's code of a failure (`ENOENT`); `unknown` where there is none. */
export function codeOf(error: unknown): string {
  // Not by class: a test runner's errors are those of another realm.
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown';
}

function reasonOf(code: string): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file or folder';
  return code === 'EACCES' || code === 'EPERM' ? 'may not be read by this user' : `cannot be read (${code})`;
}
