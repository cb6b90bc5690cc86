import { isSpec, lineAt, type Finding, type Rule } from './finding.js';
import { ENVIRONMENT } from './rooms.js';
import type { ScannedSource } from './scan-source.js';

const FILE_LINES = 400;
const SPEC_LINES = 600;
const CONSTRUCTOR_PARAMETERS = 6;

interface Pattern {
  readonly rule: Rule;
  readonly pattern: RegExp;
  readonly detail: string;
  readonly holds: (file: string) => boolean;
}

const anywhere = (): boolean => true;
const inSource = (file: string): boolean => file.startsWith('src/');
const inCore = (file: string): boolean => file.startsWith('src/core/') && !isSpec(file);

/** Matched against code without comments and without what stands in quotes. */
const PATTERNS: readonly Pattern[] = [
  {
    rule: 'default-export',
    pattern: /\bexport\s+default\b|\bas\s+default\b/g,
    detail: 'default export',
    holds: anywhere,
  },
  { rule: 'forward-ref', pattern: /\bforwardRef\b/g, detail: 'forwardRef', holds: anywhere },
  { rule: 'enum', pattern: /\benum\s+\w+\s*\{/g, detail: 'enum', holds: anywhere },
  { rule: 'barrel', pattern: /\bexport\s*(?:type\s*)?\*/g, detail: 'export *', holds: inSource },
  {
    rule: 'process-env',
    pattern: /\bprocess\s*\??\.\s*env\b|\bprocess\s*(?:\?\.)?\s*\[|\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b/g,
    detail: `the environment is read in ${ENVIRONMENT} only`,
    holds: (file) => inSource(file) && file !== ENVIRONMENT,
  },
  {
    rule: 'core-ambient',
    pattern:
      /\bnew\s+Date\b(?!\s*\(\s*[^\s)])|(?<!new\s+)\bDate\s*\(|\b(?:Date|performance)\s*\.\s*now\b|=\s*(?:Date|Math)\s*;/g,
    detail: 'time comes through the Clock port',
    holds: inCore,
  },
  {
    rule: 'core-ambient',
    pattern: /\b(?:setTimeout|setInterval|setImmediate)\b|\bAbortSignal\s*\.\s*timeout\b/g,
    detail: 'timers come through the Clock port',
    holds: inCore,
  },
  {
    rule: 'core-ambient',
    pattern: /\bMath\s*(?:\.\s*random\b|\[)|\bcrypto\s*\.|\bprocess\s*[.[]/g,
    detail: 'randomness and the process come through ports',
    holds: inCore,
  },
  {
    rule: 'core-any',
    pattern: /(?<![.\w$])any\b(?!\s*[:(])/g,
    detail: 'any',
    holds: (file) => file.startsWith('src/core/'),
  },
];

/** Also as text that a string could hold: `process['env']`, `from 'node:process'`. */
const ENVIRONMENT_IMPORT = /^(?:node:)?process$/;
const DISABLE = /(?:eslint|oxlint|tslint|biome)-(?:disable|ignore|enable)|@ts-(?:ignore|nocheck|expect-error)/;

function checkPatterns(file: string, { bare }: ScannedSource): Finding[] {
  return PATTERNS.filter(({ holds }) => holds(file)).flatMap(({ rule, pattern, detail }) =>
    [...bare.matchAll(pattern)].map(({ index }) => ({ rule, file, line: lineAt(bare, index), detail })),
  );
}

function checkSize(file: string, source: string): Finding[] {
  const lines = source.replace(/\n$/, '').split('\n').length;
  const limit = isSpec(file) ? SPEC_LINES : FILE_LINES;
  return lines > limit
    ? [{ rule: 'file-length', file, line: limit + 1, detail: `${lines} lines, ${limit} at most` }]
    : [];
}

function checkDisables(file: string, { code, comments }: ScannedSource): Finding[] {
  if (!file.startsWith('src/core/')) return [];
  const found = comments.filter(({ text }) => DISABLE.test(text));
  return found.map(({ offset, text }) => ({ rule: 'core-disable', file, line: lineAt(code, offset), detail: text }));
}

function checkEnvironmentImport(file: string, { imports }: ScannedSource): Finding[] {
  if (!inSource(file) || file === ENVIRONMENT) return [];
  const found = imports.filter(({ specifier }) => specifier !== undefined && ENVIRONMENT_IMPORT.test(specifier));
  return found.map(({ line }) => ({ rule: 'process-env', file, line, detail: 'imports the process' }));
}

/** How many parameters stand between the parenthesis at an offset and the one that closes it. */
function countParameters(bare: string, open: number): number {
  let depth = 0;
  let inParameter = false;
  let count = 0;
  for (let at = open; at < bare.length; at += 1) {
    const character = bare[at] ?? '';
    if ('([{'.includes(character) || (character === '<' && /\w/.test(bare[at - 1] ?? ''))) depth += 1;
    else if (')]}'.includes(character) || (character === '>' && bare[at - 1] !== '=')) depth -= 1;
    else if (character === ',' && depth === 1) inParameter = false;
    if (depth === 0) return count;
    if (at > open && !inParameter && !/[\s,]/.test(character)) {
      inParameter = true;
      count += 1;
    }
  }
  return count;
}

function checkConstructors(file: string, { bare }: ScannedSource): Finding[] {
  return [...bare.matchAll(/(?<![.\w$])constructor\s*\(/g)].flatMap(({ index, 0: text }) => {
    const count = countParameters(bare, index + text.length - 1);
    if (count <= CONSTRUCTOR_PARAMETERS) return [];
    const detail = `${count} constructor parameters, ${CONSTRUCTOR_PARAMETERS} at most`;
    return [{ rule: 'constructor-size' as const, file, line: lineAt(bare, index), detail }];
  });
}

/** The rules that need no other file: names, forbidden words, sizes. */
export function checkText(file: string, source: string, scanned: ScannedSource): Finding[] {
  const barrel = inSource(file) && /\/index\.\w+$/.test(file);
  return [
    ...(barrel ? [{ rule: 'barrel' as const, file, line: 1, detail: 'index files are barrels' }] : []),
    ...checkPatterns(file, scanned),
    ...checkSize(file, source),
    ...checkDisables(file, scanned),
    ...checkEnvironmentImport(file, scanned),
    ...checkConstructors(file, scanned),
  ];
}
