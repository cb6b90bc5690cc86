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

/** Where samples take values from. */
export interface SampleValues {
  /** What a free text under that name holds. */
  text(name: string, node: JsonObject): string;
  /** The next number that was given and fits; without one the least that the schema allows. */
  number?(fits: (value: number) => boolean): number | undefined;
  /** Whether a text was said: of several that are allowed, it is the one. */
  said?(text: string): boolean;
}

interface Place {
  readonly values: SampleValues;
  readonly root: JsonObject;
  readonly depth: number;
  /** Of the property, empty outside objects. */
  readonly name: string;
}

const DEEPEST = 8;
/** Items of a list whose length is free. */
const MOST_ITEMS = 20;

/**
 * A small value that follows a schema: the first of an enum, the least number, required properties only. Covers the everyday
 * keywords, not all of JSON Schema.
 *
 * @param values what free texts hold, or where values come from
 */
export function sampleOf(schema: unknown, values: SampleValues | string): unknown {
  const root = isRecord(schema) ? schema : {};
  return sample(schema, {
    values: typeof values === 'string' ? { text: () => values } : values,
    root,
    depth: 0,
    name: '',
  });
}

function sample(schema: unknown, place: Place): unknown {
  const node = withAllOf(resolve(schema, place.root), place.root);
  if (!isRecord(node) || place.depth > DEEPEST) return null;
  if ('const' in node) return node['const'];
  if (Array.isArray(node['enum'])) return oneOf(node['enum'], place.values);
  const choice = [node['anyOf'], node['oneOf']].find((list) => Array.isArray(list));
  if (choice !== undefined) return sample(choice[0], { ...place, depth: place.depth + 1 });
  const type: unknown = Array.isArray(node['type']) ? node['type'][0] : node['type'];
  if (type === 'object' || (type === undefined && 'properties' in node)) return sampleObject(node, place);
  if (type === 'array') return sampleArray(node, place);
  if (type === 'boolean') return typeof node['default'] === 'boolean' ? node['default'] : false;
  if (type === 'integer' || type === 'number') return sampleNumber(node, type, place.values);
  return type === 'null' ? null : sampleText(node, place);
}

/** The parts of an `allOf` as one schema; of other keywords the last one stands. */
function withAllOf(node: unknown, root: JsonObject): unknown {
  if (!isRecord(node) || !Array.isArray(node['allOf'])) return node;
  const { allOf, ...own } = node;
  const parts = [...(allOf as readonly unknown[]).map((part) => resolve(part, root)), own].filter(isRecord);
  const required = parts.flatMap((part) => (Array.isArray(part['required']) ? (part['required'] as unknown[]) : []));
  const properties = Object.assign({}, ...parts.map(propertiesOf)) as JsonObject;
  return {
    ...(Object.assign({}, ...parts) as JsonObject),
    ...(required.length === 0 ? {} : { required }),
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
  };
}

function oneOf(allowed: readonly unknown[], values: SampleValues): unknown {
  return allowed.find((one) => typeof one === 'string' && values.said?.(one) === true) ?? allowed[0];
}

function sampleObject(node: JsonObject, { depth, ...place }: Place): JsonObject {
  const properties = propertiesOf(node);
  const required: readonly unknown[] = Array.isArray(node['required']) ? node['required'] : [];
  const names = required.filter((name) => typeof name === 'string');
  return Object.fromEntries(
    names.map((name) => [name, sample(properties[name] ?? {}, { ...place, depth: depth + 1, name })]),
  );
}

/** As long as it has to be; a list of numbers has all that were given. */
function sampleArray(node: JsonObject, { depth, ...place }: Place): readonly unknown[] {
  const prefix: readonly unknown[] = Array.isArray(node['prefixItems']) ? node['prefixItems'] : [];
  const least = Math.max(typeof node['minItems'] === 'number' ? Math.min(node['minItems'], 100) : 0, prefix.length);
  const most = typeof node['maxItems'] === 'number' ? node['maxItems'] : MOST_ITEMS;
  const items = resolve(node['items'], place.root);
  const given: unknown[] = [];
  if (prefix.length === 0 && isRecord(items) && (items['type'] === 'number' || items['type'] === 'integer')) {
    const fits = fitting(items, items['type']);
    for (let next = place.values.number?.(fits); next !== undefined; next = place.values.number?.(fits))
      given.push(next);
  }
  const rest = Array.from({ length: Math.max(0, least - given.length) }, (_, i) =>
    sample(prefix[i] ?? items ?? {}, { ...place, depth: depth + 1 }),
  );
  return [...given.slice(0, Math.max(most, least)), ...rest];
}

function sampleNumber(node: JsonObject, type: 'integer' | 'number', values: SampleValues): number {
  const fits = fitting(node, type);
  const given = values.number?.(fits);
  if (given !== undefined) return given;
  const { minimum, maximum, exclusiveMinimum, multipleOf, default: usual } = node;
  if (typeof usual === 'number' && fits(usual)) return usual;
  const step = typeof multipleOf === 'number' && multipleOf > 0 ? multipleOf : undefined;
  const upTo = (least: number): number =>
    step === undefined ? (type === 'integer' ? Math.ceil(least) : least) : Math.ceil(least / step) * step;
  if (typeof minimum === 'number') return upTo(minimum);
  if (typeof exclusiveMinimum === 'number') return upTo(Math.floor(exclusiveMinimum) + 1);
  return typeof maximum === 'number' ? Math.min(0, Math.floor(maximum)) : 0;
}

function fitting(node: JsonObject, type: 'integer' | 'number'): (value: number) => boolean {
  const bound = (key: string, otherwise: number): number => (typeof node[key] === 'number' ? node[key] : otherwise);
  const step = bound('multipleOf', 0);
  return (value) =>
    (type === 'number' || Number.isInteger(value)) &&
    value >= bound('minimum', -Infinity) &&
    value <= bound('maximum', Infinity) &&
    value > bound('exclusiveMinimum', -Infinity) &&
    value < bound('exclusiveMaximum', Infinity) &&
    (step <= 0 || Number.isInteger(value / step));
}

/** Texts of a form that a checker looks at. */
const FORMATS: Readonly<Record<string, readonly [form: RegExp, sample: string]>> = {
  date: [/^\d{4}-\d\d-\d\d$/, '2026-01-01'],
  'date-time': [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/, '2026-01-01T12:00:00Z'],
  time: [/^\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/, '12:00:00Z'],
  duration: [/^P\d+[DWMY]$/, 'P1D'],
  email: [/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'ann@example.com'],
  uri: [/^[a-z][a-z\d+.-]*:\/\/[^\s]+$/i, 'https://example.com/'],
  url: [/^[a-z][a-z\d+.-]*:\/\/[^\s]+$/i, 'https://example.com/'],
  hostname: [/^[a-z\d-]+(?:\.[a-z\d-]+)+$/i, 'example.com'],
  ipv4: [/^\d{1,3}(?:\.\d{1,3}){3}$/, '192.0.2.1'],
  ipv6: [/^[\da-f:]+:[\da-f:]*$/i, '2001:db8::1'],
  uuid: [/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, '00000000-0000-4000-8000-000000000000'],
};

function sampleText(node: JsonObject, { values, name }: Place): string {
  const text = values.text(name, node);
  const [form, usual] = FORMATS[String(node['format'])] ?? [];
  if (form !== undefined && usual !== undefined) return form.test(text) ? text : usual;
  const examples: readonly unknown[] = Array.isArray(node['examples']) ? node['examples'] : [];
  // What a pattern allows is not worked out: whoever wrote the schema may have told it.
  const told = [...examples, node['default']].find((one) => typeof one === 'string');
  if (typeof node['pattern'] === 'string' && told !== undefined) return told;
  const least = typeof node['minLength'] === 'number' ? Math.min(node['minLength'], 10_000) : 0;
  const most = typeof node['maxLength'] === 'number' ? node['maxLength'] : Infinity;
  return text.slice(0, most).padEnd(Math.min(least, most), '.');
}
