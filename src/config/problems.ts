import { cut } from '../core/kernel/cut.js';
import { ConfigError } from './config-error.js';
import { SECRET_MAPS } from './secrets.js';

/** Keys and list positions from the root of the configuration to a value. */
export type KeyPath = readonly (string | number)[];

/** Where a value was written: a spot in a file, or the name of a variable or flag. */
export type Place = FilePlace | NamedPlace;

/** Lines and columns count from 1. */
export interface FilePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An environment variable, a command line flag, or a file as a whole. */
export interface NamedPlace {
  readonly name: string;
}

/** `parley.yaml:3:5`, or the name of the variable or flag. */
export function formatPlace(place: Place): string {
  return 'file' in place ? `${place.file}:${place.line}:${place.column}` : place.name;
}

const PLAIN_KEY = /^[\w/@:+-]+$/;
const SECRET_IN_KEY = /((?:key|secret|token|password|authorization)\s*[:=]).*/is;
const LONGEST_KEY = 80;

/** `models.gpt-4.api_key`, `evaluators[1].type`; a key with a dot or a blank stands in quotes. */
export function formatKeyPath(path: KeyPath): string {
  let text = '';
  let in_secret_map = false;
  for (const step of path) {
    if (typeof step === 'number') {
      text += `[${step}]`;
      continue;
    }
    const key = in_secret_map ? showName(step) : showKey(step);
    if (PLAIN_KEY.test(step)) text += `${text === '' ? '' : '.'}${key}`;
    else text += `[${JSON.stringify(key)}]`;
    in_secret_map ||= SECRET_MAPS.has(step);
  }
  return text === '' ? '(root)' : text;
}

/** A key for a message: without the value somebody glued to it (`api_key:sk-…`, `X-A:b c`), and not endless. */
export function showKey(key: string): string {
  return cut(key.replace(SECRET_IN_KEY, '$1***').replace(/\s.*$/s, '…'), LONGEST_KEY);
}

/** A key of which only the part before a colon or a blank is sure to be its name. */
export function showName(key: string): string {
  return showKey(key.replace(/[\s:=].*$/s, '…'));
}

const MOST_SHOWN = 100;

interface Problem {
  readonly place: Place;
  readonly text: string;
}

/** Collects everything wrong with a configuration, so that all of it is said at once. */
export class ProblemList {
  readonly #problems: Problem[] = [];

  /** @param what what is wrong, what is allowed, what was got; already without secrets */
  add(place: Place, path: KeyPath | undefined, what: string): void {
    this.#problems.push({ place, text: path === undefined ? what : `${formatKeyPath(path)}: ${what}` });
  }

  get isEmpty(): boolean {
    return this.#problems.length === 0;
  }

  /**
   * @param heading what stands above them, where it is no configuration
   * @throws ConfigError with all problems in the order of the files, if there are any
   */
  throwIfAny(heading?: string): void {
    if (this.isEmpty) return;
    const lines = this.#problems.toSorted(byPlace).map(({ place, text }) => `${formatPlace(place)}: ${text}`);
    const unique = [...new Set(lines)];
    const more = unique.length - MOST_SHOWN;
    throw new ConfigError(more > 0 ? [...unique.slice(0, MOST_SHOWN), `… and ${more} more`] : unique, heading);
  }
}

function byPlace(left: Problem, right: Problem): number {
  const a = left.place;
  const b = right.place;
  if (!('file' in a) || !('file' in b)) return Number('file' in a) - Number('file' in b);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
