import { LineCounter } from 'yaml';
import type { FilePlace, ProblemList } from '../problems.js';
import type { MapNode } from './config-node.js';
import { emptyMap } from './config-node.js';
import { NodeConverter } from './node-converter.js';
import { readDocument, type SyntaxError } from './read-document.js';
import { SYNTAX_MESSAGES } from './syntax-messages.js';

/** Brackets open at once that no text has, prompts included. Beyond it the library takes long to find the same. */
const MOST_OPEN_BRACKETS = 1000;
const MOST_SYNTAX_ERRORS = 5;

/**
 * Reads the text of one YAML 1.2 file (core schema, one document, no tags, no merge keys) into nodes that know their place.
 * What is wrong goes to `problems`; the answer is then undefined, or lacks that part.
 */
export function parseYaml(file: string, text: string, problems: ProblemList): MapNode | undefined {
  const start: FilePlace = { file, line: 1, column: 1 };
  if (mostOpenBrackets(text) > MOST_OPEN_BRACKETS) {
    problems.add(start, undefined, 'nested too deeply');
    return undefined;
  }
  const lines = new LineCounter();
  const placeOf = (offset: number): FilePlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const read = readDocument(text, lines);
  if (read === undefined) {
    problems.add(start, undefined, 'nested too deeply, or not readable as YAML');
    return undefined;
  }
  for (const { code, offset } of firstErrors(read.errors, (at) => placeOf(at).line)) {
    problems.add(placeOf(offset), undefined, SYNTAX_MESSAGES[code]);
  }
  const { document } = read;
  if (document === undefined || read.errors.length > 0) return undefined;
  if (document.directives.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    problems.add(start, undefined, 'only YAML 1.2 is read: leave the %YAML line out');
    return undefined;
  }
  const root = document.contents;
  if (root === null) return emptyMap(start);
  const node = new NodeConverter(problems, placeOf).convert(root);
  if (node.kind === 'map') return node;
  if (node.kind === 'scalar' && node.value === null) return emptyMap(start);
  if (node.kind !== 'broken') problems.add(start, undefined, 'must be a map of sections (server:, models:, …)');
  return undefined;
}

/** One a line, and only the first lines: what comes after mostly follows from it. */
function firstErrors(errors: readonly SyntaxError[], lineOf: (offset: number) => number): readonly SyntaxError[] {
  const exhausted = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  if (exhausted !== undefined) return [exhausted];
  const lines = new Set<number>();
  const first: SyntaxError[] = [];
  for (const error of errors) {
    const line = lineOf(error.offset);
    if (lines.has(line)) continue;
    lines.add(line);
    first.push(error);
    if (first.length === MOST_SYNTAX_ERRORS) break;
  }
  return first;
}

/** An upper bound of the nesting in one pass: texts and comments are counted too. */
function mostOpenBrackets(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === 0x5b || char === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x5d || char === 0x7d) depth = Math.max(0, depth - 1);
  }
  return deepest;
}
