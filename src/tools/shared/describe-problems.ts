import { cut } from '../../core/kernel/cut.js';
import type { OutputUnit } from '@cfworker/json-schema';
import { isRecord } from './is-record.js';

/** Sentences of one check. */
const MAX_PROBLEMS = 8;

/** Characters of a value that a sentence shows. */
const SHOWN = 80;

/** Where the values of keywords are found: the schema, and what its references point to. */
export interface SchemaPlaces {
  readonly schema: unknown;
  readonly lookup: Readonly<Record<string, unknown>>;
}

interface Problem {
  readonly error: OutputUnit;
  /** JSON pointer of the value; empty: the arguments as a whole. */
  readonly pointer: string;
  readonly value: unknown;
  /** The schema that has the keyword. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** They only say that something below them is wrong, and what is wrong below them is said as well. */
const WRAPPERS: ReadonlySet<string> = new Set(
  (
    '$ref properties patternProperties items prefixItems additionalItems unevaluatedItems allOf if dependentSchemas ' +
    'propertyNames additionalProperties unevaluatedProperties'
  ).split(' '),
);

/** Problems as sentences that a model can act on, each with its place as a JSON pointer. */
export function describeProblems(
  errors: readonly OutputUnit[],
  args: unknown,
  places: SchemaPlaces,
): readonly string[] {
  const sentences = new Set<string>();
  for (const error of errors) {
    const pointer = pointerOf(error.instanceLocation);
    const value = valueAt(args, pointer);
    const sentence = sentenceOf({ error, pointer, value, schema: schemaOf(error, places) });
    if (sentence !== undefined) sentences.add(sentence);
    if (sentences.size > MAX_PROBLEMS) break;
  }
  if (sentences.size === 0 && errors.length > 0) return ['the arguments do not fit the schema of this tool'];
  return sentences.size <= MAX_PROBLEMS ? [...sentences] : [...[...sentences].slice(0, MAX_PROBLEMS), 'and more'];
}

function sentenceOf(problem: Problem): string | undefined {
  const { keyword } = problem.error;
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') return unknownProperty(problem);
  // A property that is not allowed was told above, with those that are.
  if (WRAPPERS.has(keyword) || keyword === 'false') return undefined;
  if (keyword === 'required') return `${problem.pointer}/${quotedIn(problem.error.error)} is required`;
  const at = problem.pointer === '' ? 'the arguments' : problem.pointer;
  const rule = RULES[keyword];
  if (rule !== undefined) return `${at} ${rule(problem.schema[keyword], problem)}`;
  return `${at}: ${problem.error.error.replace(/^Instance /, '').replace(/\.$/, '')}`;
}

const RULES: Readonly<Record<string, (limit: unknown, problem: Problem) => string>> = {
  type: (types, { value }) => `must be ${typeNames(types)} (got ${shown(value)})`,
  enum: (allowed, { value }) => `must be one of ${listed(allowed)} (got ${shown(value)})`,
  const: (only, { value }) => `must be ${shown(only)} (got ${shown(value)})`,
  minimum: (limit, { value }) => `must be at least ${String(limit)} (got ${shown(value)})`,
  maximum: (limit, { value }) => `must be at most ${String(limit)} (got ${shown(value)})`,
  exclusiveMinimum: (limit, { value }) => `must be more than ${String(limit)} (got ${shown(value)})`,
  exclusiveMaximum: (limit, { value }) => `must be less than ${String(limit)} (got ${shown(value)})`,
  multipleOf: (factor, { value }) => `must be a multiple of ${String(factor)} (got ${shown(value)})`,
  minLength: (limit) => `must have at least ${counted(limit, 'character')}`,
  maxLength: (limit) => `must have at most ${counted(limit, 'character')}`,
  minItems: (limit) => `must have at least ${counted(limit, 'item')}`,
  maxItems: (limit) => `must have at most ${counted(limit, 'item')}`,
  uniqueItems: () => 'must not have the same item twice',
  minProperties: (limit) => `must have at least ${String(limit)} properties`,
  maxProperties: (limit) => `must have at most ${String(limit)} properties`,
  pattern: (pattern, { value }) => `must match the pattern ${String(pattern)} (got ${shown(value)})`,
  format: (format, { value }) => `must be a valid ${String(format)} (got ${shown(value)})`,
  anyOf: () => 'fits none of the forms that are allowed',
  oneOf: () => 'must fit exactly one of the forms that are allowed',
  not: () => 'has a form that is not allowed',
  contains: () => 'has no item of the form that is needed',
};

function unknownProperty({ error, pointer, schema }: Problem): string | undefined {
  if (schema[error.keyword] !== false) return undefined;
  const known = isRecord(schema['properties']) ? Object.keys(schema['properties']) : [];
  const there =
    known.length === 0 ? '' : ` (${known.length === 1 ? 'there is' : 'there are'} ${cut(known.join(', '), 200)})`;
  return `${pointer}/${quotedIn(error.error)} is not a property of this tool${there}`;
}

/** The schema that holds the keyword of an error, through references. */
function schemaOf({ keywordLocation }: OutputUnit, places: SchemaPlaces): Readonly<Record<string, unknown>> {
  const steps = keywordLocation.split('/').slice(1, -1);
  let node: unknown = places.schema;
  for (const step of steps) {
    if (typeof node !== 'object' || node === null) return {};
    const members = node as Readonly<Record<string, unknown>>;
    node = step === '$ref' ? places.lookup[String(members['__absolute_ref__'])] : members[unescape(step)];
  }
  return isRecord(node) ? node : {};
}

function pointerOf(location: string): string {
  return location.replace(/^#/, '');
}

function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const step of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, unescape(step))) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[unescape(step)];
  }
  return value;
}

function unescape(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The name that an error's text quotes first, as a step of a pointer. */
function quotedIn(text: string): string {
  const name = /"(.*)"/s.exec(text)?.[1] ?? '';
  return cut(name.replaceAll('~', '~0').replaceAll('/', '~1'), SHOWN);
}

function typeNames(types: unknown): string {
  const names = (Array.isArray(types) ? types : [types]).map((type) => {
    if (type === 'null') return 'null';
    return `${/^[aio]/.test(String(type)) ? 'an' : 'a'} ${String(type)}`;
  });
  return names.join(' or ');
}

function listed(values: unknown): string {
  return cut((Array.isArray(values) ? values : []).map(shown).join(', '), 400);
}

function counted(limit: unknown, noun: string): string {
  return `${String(limit)} ${noun}${limit === 1 ? '' : 's'}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length > 5 ? `a list of ${value.length}` : cut(JSON.stringify(value), SHOWN);
  if (typeof value === 'string') return cut(JSON.stringify(value.slice(0, SHOWN + 1)), SHOWN);
  if (isRecord(value)) return `an object with ${cut(Object.keys(value).slice(0, 10).join(', '), SHOWN) || 'nothing'}`;
  return String(value);
}
