import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import { orNull, schemaRef, type JsonSchema, type JsonValue } from './json-schema.js';

type Scalar = string | number | boolean | null;
type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** A class whose class-validator decorators describe a request body or query. */
export type DtoClass = new () => object;

/** What a reader has to know of a field beside what its validators say. */
export interface FieldNote {
  readonly description: string;
  readonly default?: JsonValue;
  readonly examples?: readonly JsonValue[];
  /** Words the application takes, where the validators leave them open. */
  readonly enum?: readonly string[];
  /** Instead of what the validators say: for validators of our own. */
  readonly schema?: JsonSchema;
}

/** A DTO with a note on each of its fields. */
export interface DescribedDto {
  readonly dto: DtoClass;
  readonly fields: Readonly<Record<string, string | FieldNote>>;
}

/** The notes by class. */
export type DtoNotes = ReadonlyMap<DtoClass, DescribedDto>;

/** Puts a note on each field of a DTO: a field without one does not compile. */
export function describeDto<T extends object>(
  dto: new () => T,
  fields: { readonly [K in keyof Required<T> & string]: string | FieldNote },
): DescribedDto {
  return { dto, fields };
}

/** One field of a DTO as a schema. */
export interface DtoField {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
  /** Classes its schema points at. */
  readonly nested: readonly DtoClass[];
}

/** Name of a DTO among the document's schemas. */
export function schemaName(dto: DtoClass): string {
  return dto.name.replace(/Dto$/, '');
}

/**
 * The schemas of a DTO and of all DTOs in it, by name. `null` stands for "not given" in bodies; unknown fields are refused.
 *
 * @throws Error for a validator that it does not know: the document would promise less or more than the server keeps
 */
export function schemasOf(dto: DtoClass, notes: DtoNotes): Readonly<Record<string, JsonSchema>> {
  const schemas = new Map<DtoClass, JsonSchema>();
  const open = [dto];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (schemas.has(next)) continue;
    const fields = fieldsOf(next, notes);
    schemas.set(next, {
      type: 'object',
      required: fields.filter((field) => field.required).map((field) => field.name),
      properties: Object.fromEntries(
        fields.map((field) => [field.name, field.required ? field.schema : orNull(field.schema)]),
      ),
      additionalProperties: false,
    });
    open.push(...fields.flatMap((field) => field.nested));
  }
  return Object.fromEntries([...schemas].map(([one, schema]) => [schemaName(one), schema]));
}

/** The fields of a DTO, in the order of its decorators. */
export function fieldsOf(dto: DtoClass, notes: DtoNotes): readonly DtoField[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const byField = Map.groupBy(rules, (rule) => rule.propertyName);
  return [...byField].map(([name, own]) => toField(dto, name, own, noteOn(dto, name, notes)));
}

/** A field without a note does not compile, and fails a test; it does not keep a server from starting. */
function noteOn(dto: DtoClass, field: string, notes: DtoNotes): Partial<FieldNote> {
  const note = notes.get(dto)?.fields[field];
  return typeof note === 'string' ? { description: note } : (note ?? {});
}

function toField(dto: DtoClass, name: string, rules: readonly Rule[], note: Partial<FieldNote>): DtoField {
  const required = !rules.some((rule) => rule.name === 'isOptional');
  const { schema: instead, ...words } = note;
  if (instead !== undefined) return { name, required, schema: { ...instead, ...words }, nested: [] };
  const checks = rules.filter((rule) => rule.name !== 'isOptional' && rule.name !== 'isDefined');
  const where = `${dto.name}.${name}`;
  const nested = checks.some((rule) => rule.type === 'nestedValidation') ? [nestedClass(dto, name)] : [];
  const plain = checks.filter((rule) => rule.type !== 'nestedValidation');
  const whole = merge(
    where,
    plain.filter((rule) => !rule.each).map((rule) => keywordsOf(rule, where)),
  );
  const each = merge(
    where,
    plain.filter((rule) => rule.each).map((rule) => keywordsOf(rule, where)),
  );
  const [inner] = nested;
  const pointed = inner === undefined ? each : schemaRef(schemaName(inner));
  const isList = whole.type === 'array' || plain.some((rule) => rule.each);
  const schema = isList ? { ...whole, type: 'array' as const, items: pointed } : { ...whole, ...pointed };
  if (!isTyped(schema) && !plain.some((rule) => rule.type === 'whitelistValidation')) {
    throw new Error(`${where}: its validators name no type`);
  }
  const { type, ...rest } = schema;
  return { name, required, schema: { ...(type === undefined ? {} : { type }), ...rest, ...words }, nested };
}

function isTyped(schema: JsonSchema): boolean {
  return schema.type !== undefined || schema.$ref !== undefined || schema.enum !== undefined;
}

/** The class that `@Type` names, as class-transformer itself applies it to a list or a single object. */
function nestedClass(dto: DtoClass, field: string): DtoClass {
  const made: unknown = Reflect.get(plainToInstance(dto, { [field]: [{}] }), field);
  const first: unknown = Array.isArray(made) ? made[0] : made;
  const found = typeof first === 'object' && first !== null ? first.constructor : Object;
  if (found === Object) throw new Error(`${dto.name}.${field}: @ValidateNested without @Type`);
  return found as DtoClass;
}

function merge(where: string, parts: readonly JsonSchema[]): JsonSchema {
  let merged: JsonSchema = {};
  for (const part of parts) {
    if (merged.type !== undefined && part.type !== undefined && merged.type !== part.type) {
      throw new Error(`${where}: is both ${String(merged.type)} and ${String(part.type)}`);
    }
    merged = { ...merged, ...part };
  }
  // Not empty means something for text only.
  const { minLength, ...rest } = merged;
  return minLength === undefined || merged.type === 'string' ? merged : rest;
}

const KEYWORDS: Readonly<Record<string, (constraints: readonly unknown[]) => JsonSchema>> = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isBoolean: () => ({ type: 'boolean' }),
  isBooleanString: () => ({ type: 'string', enum: ['true', 'false', '1', '0'] }),
  isObject: () => ({ type: 'object' }),
  isArray: () => ({ type: 'array' }),
  isUrl: () => ({ type: 'string', format: 'uri' }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isIn: ([words]) => oneOf(asWords(words)),
  equals: ([word]) => oneOf(asWords([word])),
  isNotEmpty: () => ({ minLength: 1 }),
  minLength: ([limit]) => ({ minLength: asNumber(limit) }),
  maxLength: ([limit]) => ({ maxLength: asNumber(limit) }),
  isLength: ([least, most]) => ({
    minLength: asNumber(least),
    ...(most === undefined ? {} : { maxLength: asNumber(most) }),
  }),
  matches: ([pattern]) => ({ pattern: asPattern(pattern) }),
  min: ([limit]) => ({ minimum: asNumber(limit) }),
  max: ([limit]) => ({ maximum: asNumber(limit) }),
  isPositive: () => ({ exclusiveMinimum: 0 }),
  arrayNotEmpty: () => ({ type: 'array', minItems: 1 }),
  arrayMinSize: ([limit]) => ({ type: 'array', minItems: asNumber(limit) }),
  arrayMaxSize: ([limit]) => ({ type: 'array', maxItems: asNumber(limit) }),
  arrayUnique: () => ({ type: 'array', uniqueItems: true }),
};

function keywordsOf(rule: Rule, where: string): JsonSchema {
  if (rule.type === 'whitelistValidation') return {};
  const keywords = KEYWORDS[rule.name ?? ''];
  if (keywords === undefined) {
    throw new Error(`${where}: no schema for the validator "${rule.name ?? rule.type}"; give its note a schema`);
  }
  const constraints: readonly unknown[] = rule.constraints ?? [];
  return keywords(constraints);
}

function oneOf(words: readonly Scalar[]): JsonSchema {
  const isText = words.every((word) => typeof word === 'string');
  return { ...(isText ? { type: 'string' as const } : {}), enum: words };
}

function asNumber(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`a limit is ${typeof value}, not a number`);
  return value;
}

function asPattern(value: unknown): string {
  if (!(value instanceof RegExp) || value.flags.replace('u', '') !== '') throw new TypeError('a pattern has flags');
  return value.source;
}

function asWords(value: unknown): readonly Scalar[] {
  if (!Array.isArray(value)) throw new TypeError('the allowed values are no list');
  return value.map((word: unknown) => {
    if (word === null || ['string', 'number', 'boolean'].includes(typeof word)) return word as Scalar;
    throw new TypeError('an allowed value is no JSON scalar');
  });
}
