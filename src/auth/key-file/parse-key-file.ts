import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLMap } from 'yaml';
import { isKeyName, isTime, keyWeakness } from '../../core/kernel/key-rules.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { ApiKey, Scope } from '../../core/ports/key-source.js';

const NAME = 'up to 64 letters, digits, _ . @ -, and not anonymous';
const FIELDS: ReadonlySet<string> = new Set(['name', 'key', 'scopes', 'expires']);
const SCOPES: readonly Scope[] = ['chat', 'admin'];
const MOST_PROBLEMS = 20;

/** Collects what is wrong, by line. Nothing of the text itself goes in: any part of it may be a key. */
class Problems {
  readonly #lines: string[] = [];

  constructor(private readonly file: string) {}

  add(line: number, message: string): void {
    if (this.#lines.length < MOST_PROBLEMS) this.#lines.push(`${this.file}:${line}: ${message}`);
  }

  throwIfAny(): void {
    if (this.#lines.length > 0) throw new ParleyError('config_invalid', this.#lines.join('\n'));
  }
}

/**
 * Reads a key file: a YAML or JSON list of `{name, key, scopes?, expires?}`, or a `name:key` a line (`#` begins a
 * comment line).
 *
 * @param file what the file is called in messages
 * @param warn takes a line for every key that can be guessed
 * @throws ParleyError `config_invalid` with every problem, by line, without any part of the text
 */
export function parseKeyFile(file: string, text: string, warn: (message: string) => void): readonly ApiKey[] {
  const problems = new Problems(file);
  const first = text.split(/\r?\n/).find((line) => isSignificant(line));
  if (first === undefined) problems.add(1, 'the file is empty (a list without any keys is [])');
  const isList = first !== undefined && /^\s*(?:-(?:\s|$)|\[|---)/.test(first);
  const entries = isList ? fromList(text, problems) : fromLines(text, problems);
  const lines = new Map<string, number>();
  for (const { line, key } of entries) {
    const other = lines.get(key.name);
    if (other !== undefined) problems.add(line, `the name "${key.name}" is given twice (first at line ${other})`);
    lines.set(key.name, line);
  }
  problems.throwIfAny();
  for (const { line, key } of entries) {
    const weak = keyWeakness(key.key);
    if (weak !== undefined) warn(`${file}:${line}: the key of "${key.name}" ${weak}`);
  }
  return entries.map(({ key }) => key);
}

interface Entry {
  readonly line: number;
  readonly key: ApiKey;
}

function isSignificant(line: string): boolean {
  return line.trim() !== '' && !line.trimStart().startsWith('#');
}

function fromLines(text: string, problems: Problems): Entry[] {
  return text.split(/\r?\n/).flatMap((raw, index) => {
    if (!isSignificant(raw)) return [];
    const colon = raw.indexOf(':');
    const name = raw.slice(0, Math.max(0, colon)).trim();
    const key = raw.slice(colon + 1).trim();
    const wrong = colon < 0 ? 'must be name:key' : wrongPair(name, key);
    if (wrong === undefined) return [{ line: index + 1, key: { name, key } }];
    problems.add(index + 1, wrong);
    return [];
  });
}

function wrongPair(name: string, key: string): string | undefined {
  if (!isKeyName(name)) return `the name must be ${NAME}`;
  if (key === '') return 'the key is empty';
  return /\s/.test(key) ? 'the key has a blank in it' : undefined;
}

function fromList(text: string, problems: Problems): Entry[] {
  const lineCounter = new LineCounter();
  const document = parseList(text, lineCounter);
  const lineOf = (node: unknown): number => lineCounter.linePos((node as Node | null)?.range?.[0] ?? 0).line;
  const [error] = document?.errors ?? [];
  if (document === undefined || error !== undefined) {
    problems.add(error === undefined ? 1 : lineCounter.linePos(error.pos[0]).line, 'is neither YAML nor JSON');
    return [];
  }
  if (!isSeq(document.contents)) {
    problems.add(1, 'must be a list of {name, key, scopes, expires}');
    return [];
  }
  return document.contents.items.flatMap((item) => {
    const line = lineOf(item);
    const add = (message: string, node: unknown = item): void => problems.add(lineOf(node), message);
    if (!isMap(item)) {
      add('must be a map with name and key');
      return [];
    }
    const key = toKey(item, add);
    return key === undefined ? [] : [{ line, key }];
  });
}

function parseList(text: string, lineCounter: LineCounter): ReturnType<typeof parseDocument> | undefined {
  try {
    return parseDocument(text, {
      lineCounter,
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      resolveKnownTags: false,
      logLevel: 'error',
    });
  } catch {
    return undefined;
  }
}

type Add = (message: string, node?: unknown) => void;

function toKey(item: YAMLMap, add: Add): ApiKey | undefined {
  const fields = new Map<string, unknown>();
  for (const { key, value } of item.items) {
    const field = isScalar(key) && typeof key.value === 'string' ? key.value : '';
    if (!FIELDS.has(field)) add('has a field that is not name, key, scopes or expires', key);
    else if (fields.has(field)) add(`has two fields ${field}`, key);
    fields.set(field, value);
  }
  const name = textOf(fields.get('name'));
  const key = textOf(fields.get('key'));
  const wrong =
    name === undefined || key === undefined ? 'must have a name and a key, both texts' : wrongPair(name, key);
  if (wrong !== undefined) add(wrong);
  const scopes = scopesOf(fields.get('scopes'), add);
  const expires_at = expiryOf(fields.get('expires'), add);
  if (name === undefined || key === undefined || wrong !== undefined) return undefined;
  return {
    name,
    key,
    ...(scopes === undefined ? {} : { scopes }),
    ...(expires_at === undefined ? {} : { expires_at }),
  };
}

function textOf(node: unknown): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

function scopesOf(node: unknown, add: Add): readonly Scope[] | undefined {
  if (node === undefined) return undefined;
  const items = isSeq(node) ? node.items.map(textOf) : [];
  const scopes = items.flatMap((item) => SCOPES.filter((scope) => scope === item));
  if (scopes.length === 0 || scopes.length !== items.length) add(`scopes must be a list of ${SCOPES.join(', ')}`, node);
  return scopes;
}

function expiryOf(node: unknown, add: Add): number | undefined {
  if (node === undefined) return undefined;
  const text = textOf(node) ?? '';
  if (!isTime(text)) add('expires must be a time such as 2027-01-31 or 2027-01-31T12:00:00Z', node);
  return Date.parse(text);
}
