/** A JSON object as it comes from outside. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schemas under `properties`, by name. */
export function propertiesOf(schema: unknown): JsonObject {
  const properties = isRecord(schema) ? schema['properties'] : undefined;
  return isRecord(properties) ? properties : {};
}

/** The texts of a schema's `enum` (or its `const`). */
export function enumOf(schema: unknown): readonly string[] {
  if (!isRecord(schema)) return [];
  const values: readonly unknown[] = Array.isArray(schema['enum']) ? schema['enum'] : [schema['const']];
  return values.filter((value) => typeof value === 'string');
}

/** Follows a local `$ref` (`#/$defs/…`); anything else is returned as it is. */
export function resolve(schema: unknown, root: JsonObject): unknown {
  const reference = isRecord(schema) ? schema['$ref'] : undefined;
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema;
  let found: unknown = root;
  for (const part of reference.slice(2).split('/')) found = isRecord(found) ? found[part] : undefined;
  return found;
}

const DEEPEST = 8;

/**
 * A small value that follows a schema: the first of an enum, the least number, required properties only. `text` is what
 * free strings hold. Covers the everyday keywords, not all of JSON Schema.
 */
export function sampleOf(
  schema: unknown,
  text: string,
  root: JsonObject = isRecord(schema) ? schema : {},
  depth = 0,
): unknown {
  const node = resolve(schema, root);
  if (!isRecord(node) || depth > DEEPEST) return null;
  if ('const' in node) return node['const'];
  if (Array.isArray(node['enum'])) return node['enum'][0];
  const choice = [node['anyOf'], node['oneOf'], node['allOf']].find((list) => Array.isArray(list));
  if (choice !== undefined) return sampleOf(choice[0], text, root, depth + 1);
  const type: unknown = Array.isArray(node['type']) ? node['type'][0] : node['type'];
  if (type === 'object' || (type === undefined && 'properties' in node)) return sampleObject(node, text, root, depth);
  if (type === 'array') return sampleArray(node, text, root, depth);
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'number') return sampleNumber(node, type);
  return type === 'null' ? null : sampleText(node, text);
}

function sampleObject(node: JsonObject, text: string, root: JsonObject, depth: number): JsonObject {
  const properties = propertiesOf(node);
  const required: readonly unknown[] = Array.isArray(node['required']) ? node['required'] : [];
  const names = required.filter((name) => typeof name === 'string');
  return Object.fromEntries(names.map((name) => [name, sampleOf(properties[name] ?? {}, text, root, depth + 1)]));
}

function sampleArray(node: JsonObject, text: string, root: JsonObject, depth: number): readonly unknown[] {
  const prefix: readonly unknown[] = Array.isArray(node['prefixItems']) ? node['prefixItems'] : [];
  const least = typeof node['minItems'] === 'number' ? Math.min(node['minItems'], 100) : 0;
  const length = Math.max(least, prefix.length);
  return Array.from({ length }, (_, i) => sampleOf(prefix[i] ?? node['items'] ?? {}, text, root, depth + 1));
}

function sampleNumber(node: JsonObject, type: 'integer' | 'number'): number {
  const { minimum, maximum, exclusiveMinimum } = node;
  if (typeof minimum === 'number') return type === 'integer' ? Math.ceil(minimum) : minimum;
  if (typeof exclusiveMinimum === 'number') return Math.floor(exclusiveMinimum) + 1;
  return typeof maximum === 'number' ? Math.min(0, Math.floor(maximum)) : 0;
}

function sampleText(node: JsonObject, text: string): string {
  const least = typeof node['minLength'] === 'number' ? Math.min(node['minLength'], 10_000) : 0;
  const most = typeof node['maxLength'] === 'number' ? node['maxLength'] : Infinity;
  return text.slice(0, most).padEnd(Math.min(least, most), '.');
}
