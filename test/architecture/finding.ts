/** The rules the architecture tests hold; each has at least one seeded fault in `seeded-faults.ts`. */
export type Rule =
  | 'arrow'
  | 'barrel'
  | 'config-import'
  | 'constructor-size'
  | 'core-ambient'
  | 'core-any'
  | 'core-disable'
  | 'core-import'
  | 'cycle'
  | 'default-export'
  | 'enum'
  | 'file-length'
  | 'forward-ref'
  | 'function-length'
  | 'process-env'
  | 'sibling-plugin'
  | 'test-import'
  | 'type-cycle'
  | 'unknown-room'
  | 'vendor-sdk';

/** One breach of one rule. */
export interface Finding {
  readonly rule: Rule;
  /** Path from the root of the repository, with forward slashes. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly detail: string;
}

/** Sources by path from the root of the repository. */
export type SourceMap = ReadonlyMap<string, string>;

/** Whether a path names a test beside the source or in `test/`. */
export function isSpec(file: string): boolean {
  return /\.(?:spec|e2e-spec)\.ts$/.test(file);
}

/** The line of an offset, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
