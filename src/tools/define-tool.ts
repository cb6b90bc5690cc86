import type { ToolContext } from '../core/ports/tool.js';
import type { ToolPlugin } from './tool-plugin.js';

type TypeName = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';

/** A JSON Schema as a literal. Keywords that say nothing about types are allowed, and checked when the tool is called. */
export interface JsonSchema {
  readonly type?: TypeName | readonly TypeName[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** The schema of a tool's arguments, which are always an object. */
export type ParametersSchema = JsonSchema & { readonly type: 'object' };

/**
 * The type of what fits a schema literal: `const`, `enum`, `anyOf`, `oneOf`, `type` (also a list, as for `null`),
 * `properties` with `required`, `additionalProperties`, `items`. What says nothing of these is `unknown`.
 */
export type FromSchema<S> = S extends { readonly const: infer Value }
  ? Value
  : S extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : S extends { readonly anyOf: readonly (infer Form)[] } | { readonly oneOf: readonly (infer Form)[] }
      ? FromSchema<Form>
      : S extends { readonly type: infer Type }
        ? OfType<Type extends readonly (infer One)[] ? One : Type, S>
        : unknown;

type OfType<Type, S> = Type extends 'array'
  ? readonly FromItems<S>[]
  : Type extends 'object'
    ? FromProperties<S>
    : Type extends keyof Primitives
      ? Primitives[Type]
      : unknown;

interface Primitives {
  readonly string: string;
  readonly number: number;
  readonly integer: number;
  readonly boolean: boolean;
  readonly null: null;
}

type FromItems<S> = S extends { readonly items: infer Item } ? FromSchema<Item> : unknown;

type FromProperties<S> = S extends { readonly properties: infer P }
  ? Flat<
      { readonly [K in keyof P & RequiredOf<S>]: FromSchema<P[K]> } & {
        readonly [K in Exclude<keyof P, RequiredOf<S>>]?: FromSchema<P[K]>;
      }
    >
  : Readonly<Record<string, S extends { readonly additionalProperties: infer A } ? FromSchema<A> : unknown>>;

type RequiredOf<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never;

/** One object type instead of an intersection, for messages and hints. */
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** A tool with arguments of the type that its schema says. */
export interface ToolDefinition<S extends ParametersSchema> extends Omit<ToolPlugin, 'parameters' | 'execute'> {
  readonly parameters: S;
  /** @param args checked against `parameters` */
  execute(args: FromSchema<S>, context: ToolContext): unknown;
}

/**
 * Defines a tool whose `execute` has its arguments typed by the schema literal in `parameters`.
 *
 * @example
 * const add = defineTool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: {
 *     type: 'object',
 *     properties: { a: { type: 'number' }, b: { type: 'number' } },
 *     required: ['a', 'b'],
 *   },
 *   execute: ({ a, b }) => `${a + b}`,
 * });
 */
export function defineTool<const S extends ParametersSchema>(tool: ToolDefinition<S>): ToolPlugin {
  // Whoever calls a tool has checked the arguments against its schema: that is what the type says.
  return { ...tool, execute: (args, context) => tool.execute(args as FromSchema<S>, context) };
}
