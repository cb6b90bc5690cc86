import { isRecord, listAt, numberAt, recordAt, textAt } from '../json.js';
import type { JsonRecord } from '../json.js';

/** A closed interval. */
export type Range = readonly [low: number, high: number];

const MAX_DEPTH = 12;

/** A small value that a JSON Schema accepts (local `$ref`s, no `pattern`, no `not`). */
export function sampleOf(schema: unknown, root: unknown = schema, depth = 0): unknown {
  const node = resolveRef(schema, root);
  if ('const' in node) return node['const'];
  const options = listAt(node, 'enum');
  if (options.length > 0) return options[0];
  if (depth > MAX_DEPTH) return null;
  switch (typeOf(node)) {
    case 'object':
      return sampleObject(node, root, depth);
    case 'array':
      return sampleArray(node, root, depth);
    case 'integer':
    case 'number':
      return middleScore([numberAt(node, 'minimum') ?? 0, numberAt(node, 'maximum') ?? 10]);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'sample text'.padEnd(numberAt(node, 'minLength') ?? 0, '.').slice(0, numberAt(node, 'maxLength') ?? 1e6);
  }
}

/** The middle of a range, but 1 rather than 0 where the range has it: a 0 would look like a missing score. */
export function middleScore([low, high]: Range): number {
  const middle = Math.floor((low + high) / 2);
  return middle === 0 && high >= 1 ? 1 : middle;
}

/** Follows local references and takes the first member of a union that is not null. */
export function resolveRef(schema: unknown, root: unknown, depth = 0): JsonRecord {
  if (!isRecord(schema) || depth > MAX_DEPTH) return {};
  const ref = textAt(schema, '$ref');
  if (ref.startsWith('#')) {
    const target = ref
      .slice(1)
      .split('/')
      .filter(Boolean)
      .reduce<unknown>((at, key) => recordAt(at, key), root);
    return resolveRef(target, root, depth + 1);
  }
  const union = [...listAt(schema, 'anyOf'), ...listAt(schema, 'oneOf'), ...listAt(schema, 'allOf')];
  const member = union.find((item) => textAt(item, 'type') !== 'null');
  return member === undefined ? schema : resolveRef(member, root, depth + 1);
}

function typeOf(node: JsonRecord): string {
  const declared = node['type'];
  if (typeof declared === 'string') return declared;
  const first = listAt(node, 'type').find((name) => name !== 'null');
  if (typeof first === 'string') return first;
  return 'properties' in node ? 'object' : 'items' in node || 'prefixItems' in node ? 'array' : 'string';
}

function sampleObject(node: JsonRecord, root: unknown, depth: number): JsonRecord {
  const properties = Object.entries(recordAt(node, 'properties'));
  return Object.fromEntries(properties.map(([key, value]) => [key, sampleOf(value, root, depth + 1)]));
}

function sampleArray(node: JsonRecord, root: unknown, depth: number): unknown[] {
  const tuple = listAt(node, 'prefixItems');
  if (tuple.length > 0) return tuple.map((item) => sampleOf(item, root, depth + 1));
  const count = numberAt(node, 'minItems') ?? 0;
  return Array.from({ length: count }, () => sampleOf(node['items'], root, depth + 1));
}
