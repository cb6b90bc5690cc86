type TypeName = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null';

/** A value that JSON can hold. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

/** The part of JSON Schema 2020-12 that the API document uses; the check in `test/support/json-schema.ts` knows the same. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: TypeName | readonly TypeName[];
  readonly const?: string | number | boolean | null;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly format?: 'date-time' | 'uri' | 'uuid' | 'binary';
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: JsonValue;
  readonly examples?: readonly JsonValue[];
}

type Properties = Readonly<Record<string, JsonSchema>>;
type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T] & string;
type RequiredKeys<T> = Exclude<keyof T & string, OptionalKeys<T>>;

/** One schema per key of a type: those that are always there, and those that may be missing. */
export interface Shape<T, Without extends string = never> {
  readonly always: Readonly<Record<Exclude<RequiredKeys<T>, Without>, JsonSchema>>;
  readonly maybe: Readonly<Record<Exclude<OptionalKeys<T>, Without>, JsonSchema>>;
}

/** Schema of an object. Keys that are not named may come with a later version. */
export function object(always: Properties, maybe: Properties = {}, description?: string): JsonSchema {
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    required: Object.keys(always),
    properties: { ...always, ...maybe },
  };
}

/** Schema of an object of a TypeScript type: a key that the type gains and the schema lacks does not compile. */
export function objectOf<T>(shape: Shape<T>, description?: string): JsonSchema {
  return object(shape.always, shape.maybe, description);
}

/** Points at a schema of the document's components. */
export function schemaRef(name: string, description?: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}`, ...(description === undefined ? {} : { description }) };
}

/** A string, with what it means. */
export function text(description: string, more: JsonSchema = {}): JsonSchema {
  return { type: 'string', description, ...more };
}

/** A whole number from 0 on. */
export function count(description: string): JsonSchema {
  return { type: 'integer', minimum: 0, description };
}

/** A number, with what it means. */
export function number(description: string): JsonSchema {
  return { type: 'number', description };
}

/** A list of one kind of thing. */
export function listOf(items: JsonSchema, description?: string): JsonSchema {
  return { type: 'array', items, ...(description === undefined ? {} : { description }) };
}

/** One of some words. */
export function oneOfWords(words: readonly string[], description: string): JsonSchema {
  return { type: 'string', enum: words, description };
}

/** Describes words with what each of them means. */
export function explain(what: string, words: Readonly<Record<string, string>>): string {
  const lines = Object.entries(words).map(([word, meaning]) => `\`${word}\` (${meaning})`);
  return `${what}: ${lines.join(', ')}.`;
}

/** RFC 3339 in UTC with milliseconds. */
export function time(description: string): JsonSchema {
  return { type: 'string', format: 'date-time', description };
}

/** The same, or null. */
export function orNull(schema: JsonSchema): JsonSchema {
  if (schema.$ref !== undefined || schema.oneOf !== undefined || schema.anyOf !== undefined) {
    const { description, ...rest } = schema;
    return { ...(description === undefined ? {} : { description }), anyOf: [rest, { type: 'null' }] };
  }
  if (schema.type === undefined && schema.enum === undefined) return schema;
  const types = schema.type === undefined ? undefined : [schema.type].flat();
  return {
    ...schema,
    ...(types === undefined || types.includes('null') ? {} : { type: [...types, 'null'] }),
    ...(schema.enum === undefined || schema.enum.includes(null) ? {} : { enum: [...schema.enum, null] }),
  };
}
