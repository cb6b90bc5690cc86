import type { JsonSchema } from '../../src/doors/docs/json-schema.js';
import { SseParser } from './sse.js';

export interface CheckOptions {
  /** The document that `$ref`s point into. */
  readonly document: unknown;
  /** Whether keys that a schema does not name are wrong, also where it leaves them open. */
  readonly closed?: boolean;
}

interface Place {
  readonly pointer: string;
  readonly options: CheckOptions;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    '$ref type const enum format pattern minLength maxLength minimum maximum exclusiveMinimum items prefixItems minItems ' +
    'maxItems uniqueItems properties required additionalProperties oneOf anyOf title description default examples'
  ).split(' '),
);

const FORMATS: Readonly<Record<NonNullable<JsonSchema['format']>, RegExp>> = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  uri: /^[a-z][a-z0-9+.-]*:/i,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  binary: /^/,
};

/** What a JSON pointer of a `$ref` names. */
export function resolveRef(document: unknown, ref: string): unknown {
  if (!ref.startsWith('#/')) throw new Error(`a reference out of the document: ${ref}`);
  let at = document;
  for (const step of ref.slice(2).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  if (at === undefined) throw new Error(`a reference to nothing: ${ref}`);
  return at;
}

/** The JSON values in a text of server-sent events, or of a line each. */
export function itemsOf(mediaType: string, content: string): readonly unknown[] {
  const texts =
    mediaType === 'text/event-stream'
      ? new SseParser()
          .push(content)
          .map((frame) => frame.data)
          // The end mark of OpenAI's streams.
          .filter((data) => data !== '[DONE]')
      : content.split('\n').filter((line) => line !== '');
  return texts.map((one): unknown => JSON.parse(one));
}

/**
 * What is wrong with a value, by JSON pointer; empty: nothing. Knows the part of JSON Schema 2020-12 that the API
 * document uses, and throws for any other keyword.
 */
export function checkJson(value: unknown, schema: JsonSchema, options: CheckOptions): readonly string[] {
  return check(value, schema, { pointer: '', options });
}

function check(value: unknown, schema: JsonSchema, place: Place): readonly string[] {
  for (const keyword of Object.keys(schema)) {
    if (!KEYWORDS.has(keyword)) throw new Error(`the keyword "${keyword}" is not known to this check`);
  }
  if (schema.$ref !== undefined)
    return check(value, resolveRef(place.options.document, schema.$ref) as JsonSchema, place);
  return [
    ...checkScalar(value, schema).map((problem) => `${place.pointer || '/'}: ${problem}`),
    ...checkList(value, schema, place),
    ...checkObject(value, schema, place),
    ...checkChoice(value, schema, place),
  ];
}

function checkScalar(value: unknown, schema: JsonSchema): readonly string[] {
  const types = [schema.type ?? []].flat();
  const shown = JSON.stringify(value)?.slice(0, 100);
  const isText = typeof value === 'string';
  const isNumber = typeof value === 'number';
  const rules: readonly (readonly [boolean, string])[] = [
    [types.length === 0 || types.some((type) => isOfType(value, type)), `${shown} is no ${types.join(' or ')}`],
    [schema.const === undefined || schema.const === value, `${shown} is not ${String(schema.const)}`],
    [schema.enum === undefined || schema.enum.some((word) => word === value), `${shown} is not in the enum`],
    [!isText || schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value), `${shown} does not match`],
    [!isText || schema.format === undefined || FORMATS[schema.format].test(value), `${shown} is no ${schema.format}`],
    [!isText || value.length >= (schema.minLength ?? 0), `${shown} is too short`],
    [!isText || value.length <= (schema.maxLength ?? Infinity), `${shown} is too long`],
    [!isNumber || value >= (schema.minimum ?? -Infinity), `${shown} is too small`],
    [!isNumber || value > (schema.exclusiveMinimum ?? -Infinity), `${shown} is too small`],
    [!isNumber || value <= (schema.maximum ?? Infinity), `${shown} is too large`],
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isRecord(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function checkList(value: unknown, schema: JsonSchema, { pointer, options }: Place): readonly string[] {
  if (!Array.isArray(value)) return [];
  const problems: string[] = [];
  if (value.length < (schema.minItems ?? 0) || value.length > (schema.maxItems ?? Infinity)) {
    problems.push(`${pointer}: has ${value.length} items`);
  }
  const different = new Set(value.map((item) => JSON.stringify(item)));
  if (schema.uniqueItems === true && different.size < value.length) problems.push(`${pointer}: an item is there twice`);
  for (const [index, item] of value.entries()) {
    const own = schema.prefixItems?.[index] ?? schema.items;
    if (own === false) problems.push(`${pointer}/${index}: is not expected`);
    else if (own !== undefined) problems.push(...check(item, own, { pointer: `${pointer}/${index}`, options }));
  }
  return problems;
}

function checkObject(value: unknown, schema: JsonSchema, { pointer, options }: Place): readonly string[] {
  if (!isRecord(value)) return [];
  const missing = (schema.required ?? []).filter((key) => value[key] === undefined);
  const open = options.closed !== true || schema.properties === undefined;
  const others = schema.additionalProperties ?? (open || undefined);
  const problems = missing.map((key) => `${pointer}/${key}: is missing`);
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const at = { pointer: `${pointer}/${key}`, options };
    const own = schema.properties?.[key] ?? (typeof others === 'object' ? others : undefined);
    if (own !== undefined) problems.push(...check(item, own, at));
    else if (others !== true && isClosed(schema)) problems.push(`${at.pointer}: is not documented`);
  }
  return problems;
}

/** A schema that says nothing of objects (a choice, or no type at all) does not close them. */
function isClosed(schema: JsonSchema): boolean {
  return schema.properties !== undefined || schema.additionalProperties === false;
}

function checkChoice(value: unknown, schema: JsonSchema, place: Place): readonly string[] {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices === undefined) return [];
  const outcomes = choices.map((choice) => check(value, choice, place));
  const fitting = outcomes.filter((problems) => problems.length === 0).length;
  if (fitting === 1 || (fitting > 1 && schema.oneOf === undefined)) return [];
  if (fitting > 1) return [`${place.pointer || '/'}: fits ${fitting} of the choices, not one`];
  const nearest = outcomes.toSorted((left, right) => left.length - right.length)[0] ?? [];
  return [`${place.pointer || '/'}: fits none of the choices`, ...nearest];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
