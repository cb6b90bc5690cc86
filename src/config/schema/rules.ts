import { ValidateBy } from 'class-validator';
import { parseSize } from './size.js';

/** What one value of the configuration may be. */
export interface ValueRule {
  /** `must be a whole number` */
  readonly wants: string;
  /** `1 to 65535`: shown in brackets. */
  readonly allowed?: string;
  /** What a text from the environment is turned into before it is checked. */
  readonly type: 'text' | 'number' | 'flag' | 'size' | 'open';
  accepts(value: unknown): boolean;
}

/** What a key of a section may hold: one value, or a list or map of such values. */
export class KeyRule {
  constructor(
    readonly shape: 'one' | 'list' | 'map',
    readonly value: ValueRule,
    readonly is_required = false,
  ) {}

  accepts(given: unknown): boolean {
    if (given === undefined) return !this.is_required;
    if (this.shape === 'one') return this.value.accepts(given);
    if (this.shape === 'list') return Array.isArray(given) && given.every((item) => this.value.accepts(item));
    return isPlainMap(given) && Object.values(given).every((item) => this.value.accepts(item));
  }
}

/** Declares a key of a section class. A key without it does not exist. */
export function Key(rule: ValueRule | KeyRule): PropertyDecorator {
  const key = rule instanceof KeyRule ? rule : new KeyRule('one', rule);
  return ValidateBy({
    name: 'key',
    constraints: [key],
    validator: { validate: (value: unknown) => key.accepts(value) },
  });
}

/** A key that must be given. */
export function required(rule: ValueRule): KeyRule {
  return new KeyRule('one', rule, true);
}

export function listOf(rule: ValueRule): KeyRule {
  return new KeyRule('list', rule);
}

/** A map with free keys. */
export function mapOf(rule: ValueRule): KeyRule {
  return new KeyRule('map', rule);
}

/** A text with something in it. */
export function text(what = 'a text'): ValueRule {
  return {
    wants: `must be ${what}`,
    type: 'text',
    accepts: (value) => typeof value === 'string' && value.trim() !== '',
  };
}

/** A text of a given form. */
export function textLike(what: string, allowed: string, pattern: RegExp | ((text: string) => boolean)): ValueRule {
  const fits = pattern instanceof RegExp ? (value: string) => pattern.test(value) : pattern;
  return {
    wants: `must be ${what}`,
    allowed,
    type: 'text',
    accepts: (value) => typeof value === 'string' && fits(value),
  };
}

/** A text, also an empty one. */
export function anyText(): ValueRule {
  return { wants: 'must be a text', type: 'text', accepts: (value) => typeof value === 'string' };
}

/** A text, or a number or true/false that stands for its text (headers, variables of a process). */
export function scalar(): ValueRule {
  return {
    wants: 'must be a text',
    type: 'text',
    accepts: (value) => ['string', 'number', 'boolean'].includes(typeof value),
  };
}

export function wholeNumber(min: number, max: number, unit?: string): ValueRule {
  return {
    wants: `must be a whole number${unit === undefined ? '' : ` of ${unit}`}`,
    allowed: `${min} to ${max}`,
    type: 'number',
    accepts: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max,
  };
}

export function decimal(min: number, max: number, unit?: string): ValueRule {
  return {
    wants: `must be a number${unit === undefined ? '' : ` of ${unit}`}`,
    allowed: `${min} to ${max}`,
    type: 'number',
    accepts: (value) => typeof value === 'number' && value >= min && value <= max,
  };
}

export function flag(): ValueRule {
  return { wants: 'must be true or false', type: 'flag', accepts: (value) => typeof value === 'boolean' };
}

/** One of a list of words. */
export function oneOf(words: readonly string[]): ValueRule {
  return {
    wants: 'is not known',
    allowed: `one of ${words.join(', ')}`,
    type: 'text',
    accepts: (value) => typeof value === 'string' && words.includes(value),
  };
}

/** Bytes as a number, or as a text with a unit (`256 KiB`, `10MB`). */
export function size(max_bytes = Number.MAX_SAFE_INTEGER): ValueRule {
  return {
    wants: 'must be a size',
    allowed: 'bytes, or a number with B, KB, KiB, MB, MiB, GB, GiB',
    type: 'size',
    accepts: (value) => {
      const bytes = parseSize(value);
      return bytes !== undefined && bytes > 0 && bytes <= max_bytes;
    },
  };
}

/** A map that only its reader understands. */
export function openMap(): ValueRule {
  return { wants: 'must be a map', type: 'open', accepts: isPlainMap };
}

export function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
