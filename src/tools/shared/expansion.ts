import { isRecord } from './is-record.js';
import { SchemaFault } from './read-schema.js';

/** Schemas that one value is checked against at most. */
const MAX_EXPANDED = 500;

/** Keywords whose schemas are for the same value, and no part of it. */
const LISTS = ['allOf', 'anyOf', 'oneOf'] as const;
const MAPS = ['dependentSchemas', 'dependencies'] as const;
const SINGLE = ['not', 'if', 'then', 'else'] as const;

type Node = Readonly<Record<string, unknown>>;
type Lookup = Readonly<Record<string, unknown>>;

/**
 * Refuses schemas whose references lead one value through too many schemas: forty that each refer twice to the next are
 * small, and would take days. Found by adding up, without checking anything.
 *
 * @param lookup all schemas in a schema, by their addresses, with references resolved to addresses
 * @throws SchemaFault
 */
export function requireBounded(lookup: Lookup): void {
  const sizes = new Map<Node, number>();
  for (const schema of Object.values(lookup)) {
    const size = sizeOf(schema, lookup, sizes);
    if (size === Infinity) throw new SchemaFault('refers to itself without end');
    if (size > MAX_EXPANDED) throw new SchemaFault(`has references that lead to more than ${MAX_EXPANDED} schemas`);
  }
}

/** Schemas that one value is checked against; infinite for one that comes back to itself without a step into the value. */
function sizeOf(schema: unknown, lookup: Lookup, sizes: Map<Node, number>): number {
  if (!isRecord(schema)) return 1;
  const known = sizes.get(schema);
  if (known !== undefined) return known;
  // Until it is known: whoever gets back here goes round for ever.
  sizes.set(schema, Infinity);
  let size = 1;
  for (const next of sameValue(schema, lookup)) size += sizeOf(next, lookup, sizes);
  sizes.set(schema, size);
  return size;
}

function sameValue(schema: Node, lookup: Lookup): unknown[] {
  const lists = LISTS.flatMap((name) => (Array.isArray(schema[name]) ? (schema[name] as unknown[]) : []));
  const maps = MAPS.flatMap((name) => (isRecord(schema[name]) ? Object.values(schema[name]) : []));
  const single = SINGLE.flatMap((name) => (schema[name] === undefined ? [] : [schema[name]]));
  const references = [schema['__absolute_ref__'], schema['__absolute_recursive_ref__']];
  const targets = references.flatMap((address) => (typeof address === 'string' ? [lookup[address]] : []));
  return [...lists, ...maps, ...single, ...targets];
}
