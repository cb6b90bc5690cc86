import { lineAt } from './finding.js';
import { maskSource, type MaskedSource } from './mask-source.js';

/** One `import`, `export … from`, `import()` or `require()` of a source. */
export interface ImportEdge {
  /** What stands in the quotes; undefined where it is computed. */
  readonly specifier: string | undefined;
  /** Leaves nothing at run time: `import type`, `export type`, or every name marked `type`. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** A source, taken apart once for all rules. */
export interface ScannedSource extends MaskedSource {
  readonly imports: readonly ImportEdge[];
}

const FROM = /(?<![.\w$])(?:import|export)\b\s*(type\b(?!\s*(?:,|from\b)))?([\w$\s{},*]*?)\bfrom\s*(['"])[ ]*\3/g;
const SIDE_EFFECT = /(?<![.\w$])import\s*(['"])[ ]*\1/g;
const CALL = /(?<![.\w$])(?:import|require)\s*\(\s*(?:(['"`])[ ]*\1)?/g;

function isTypeOnly(keyword: string | undefined, clause: string): boolean {
  if (keyword !== undefined) return true;
  const names = /^\s*\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '');
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s+\w/.test(name));
}

/** The text in the quotes that end at an offset. */
function quotedBefore(code: string, end: number, quote: string): string {
  return code.slice(code.lastIndexOf(quote, end - 2) + 1, end - 1);
}

function scanImports({ bare, code }: MaskedSource): ImportEdge[] {
  const edges: ImportEdge[] = [];
  const add = (match: RegExpExecArray, quote: string | undefined, typeOnly: boolean): void => {
    const specifier = quote === undefined ? undefined : quotedBefore(code, match.index + match[0].length, quote);
    edges.push({ specifier, typeOnly, line: lineAt(code, match.index) });
  };
  for (const match of bare.matchAll(FROM)) add(match, match[3], isTypeOnly(match[1], match[2] ?? ''));
  for (const match of bare.matchAll(SIDE_EFFECT)) add(match, match[1], false);
  for (const match of bare.matchAll(CALL)) add(match, match[1], false);
  return edges;
}

/** Takes a source apart. */
export function scanSource(source: string): ScannedSource {
  const masked = maskSource(source);
  return { ...masked, imports: scanImports(masked) };
}

/** The path a relative specifier means, `.js` turned to `.ts`; undefined for a package or a built-in. */
export function resolveImport(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/').replace(/\.js$/, '.ts');
}
