import type { SchemaDraft } from '@cfworker/json-schema';
import { isRecord } from './is-record.js';

/** What is wrong with a schema itself; the message is safe to show to whoever gave it. */
export class SchemaFault extends Error {
  override readonly name = 'SchemaFault';
}

/** A schema that the validator may be given: a bounded copy, which it may write to. */
export interface ReadableSchema {
  readonly schema: Record<string, unknown>;
  readonly draft: SchemaDraft;
}

/** Deeper or larger schemas are refused: they may come from clients. */
const MAX_DEPTH = 32;
const MAX_NODES = 5_000;
const MAX_PATTERN = 1_000;

const TYPES: ReadonlySet<unknown> = new Set(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']);

type Check = (value: unknown) => boolean;

const isSchema: Check = (value) => typeof value === 'boolean' || isRecord(value);
const isSchemas: Check = (value) => Array.isArray(value) && value.every(isSchema);
const isSchemaMap: Check = (value) => isRecord(value) && Object.values(value).every(isSchema);
const isTexts: Check = (value) => Array.isArray(value) && value.every((item) => typeof item === 'string');
const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isInteger(value) && Number(value) >= 0;
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isSwitch: Check = (value) => typeof value === 'boolean';
const isType: Check = (value) =>
  TYPES.has(value) || (Array.isArray(value) && value.length > 0 && value.every((item) => TYPES.has(item)));

/** What each keyword may hold; the rest is taken as it is, and means nothing. */
const KEYWORDS: Readonly<Record<string, readonly [check: Check, allowed: string]>> = {
  type: [isType, 'a JSON type, or a list of them'],
  enum: [Array.isArray, 'a list'],
  required: [isTexts, 'a list of names'],
  ...each(
    ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'],
    isSchemaMap,
    'schemas by name',
  ),
  ...each(['allOf', 'anyOf', 'oneOf', 'prefixItems'], isSchemas, 'a list of schemas'),
  ...each(['not', 'if', 'then', 'else', 'contains', 'propertyNames'], isSchema, 'a schema'),
  ...each(
    ['additionalProperties', 'unevaluatedProperties', 'unevaluatedItems', 'additionalItems'],
    isSchema,
    'a schema',
  ),
  items: [(value) => isSchema(value) || isSchemas(value), 'a schema'],
  ...each(['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties'], isCount, 'a whole number from 0'),
  ...each(['maxProperties', 'minContains', 'maxContains'], isCount, 'a whole number from 0'),
  ...each(['minimum', 'maximum'], isNumber, 'a number'),
  ...each(['exclusiveMinimum', 'exclusiveMaximum'], (value) => isNumber(value) || isSwitch(value), 'a number'),
  multipleOf: [(value) => isNumber(value) && Number(value) > 0, 'a number above 0'],
  uniqueItems: [isSwitch, 'true or false'],
  pattern: [isPattern, `a regular expression of up to ${MAX_PATTERN} characters`],
  ...each(['format', '$ref', '$id', '$anchor', '$schema'], isText, 'a text'),
};

/**
 * Reads a schema of unknown origin.
 *
 * @throws SchemaFault naming the place and what is allowed
 */
export function readSchema(source: unknown): ReadableSchema {
  if (!isRecord(source)) throw new SchemaFault('a schema must be an object');
  return { schema: new Copier().copyRecord(source, '', 0), draft: draftOf(source['$schema']) };
}

class Copier {
  #nodes = 0;

  copyRecord(source: Readonly<Record<string, unknown>>, pointer: string, depth: number): Record<string, unknown> {
    // Without a prototype: `__proto__` is a name like others.
    const copy = Object.create(null) as Record<string, unknown>;
    for (const [key, value] of Object.entries(source)) {
      if (value === undefined || typeof value === 'function') continue;
      copy[key] = this.#copy(value, `${pointer}/${escapeStep(key)}`, depth + 1);
    }
    return copy;
  }

  #copy(value: unknown, pointer: string, depth: number): unknown {
    if (depth > MAX_DEPTH) throw new SchemaFault(`is nested more than ${MAX_DEPTH} deep`);
    if (++this.#nodes > MAX_NODES) throw new SchemaFault(`has more than ${MAX_NODES} parts`);
    checkKeyword(pointer, value);
    if (Array.isArray(value)) return value.map((item, index) => this.#copy(item, `${pointer}/${index}`, depth + 1));
    return isRecord(value) ? this.copyRecord(value, pointer, depth) : value;
  }
}

/** Only where a schema stands for sure is a name a keyword: a property may be called `type`. */
function checkKeyword(pointer: string, value: unknown): void {
  const steps = pointer.split('/').slice(1);
  const name = steps.at(-1) ?? '';
  const rule = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
  if (rule === undefined || !isSchemaPlace(steps.slice(0, -1))) return;
  const [check, allowed] = rule;
  if (!check(value)) throw new SchemaFault(`${pointer} must be ${allowed}`);
}

const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const SINGLE = new Set(['not', 'if', 'then', 'else', 'contains', 'items', 'additionalProperties']);

function isSchemaPlace(steps: readonly string[]): boolean {
  let rest = steps;
  while (rest.length > 0) {
    const step = rest[0] ?? '';
    if (SINGLE.has(step)) rest = rest.slice(1);
    else if (MAPS.has(step) || LISTS.has(step)) {
      if (rest.length < 2) return false;
      rest = rest.slice(2);
    } else return false;
  }
  return true;
}

function escapeStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_PATTERN) return false;
  try {
    return new RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function draftOf(uri: unknown): SchemaDraft {
  const name = typeof uri === 'string' ? uri : '';
  if (name.includes('draft-04')) return '4';
  if (name.includes('draft-06') || name.includes('draft-07')) return '7';
  return name.includes('2019-09') ? '2019-09' : '2020-12';
}

function each(names: readonly string[], check: Check, allowed: string): Record<string, readonly [Check, string]> {
  return Object.fromEntries(names.map((name) => [name, [check, allowed]]));
}
