import { dereference, validate, type OutputUnit, type Schema } from '@cfworker/json-schema';
import type { CheckArguments } from '../../core/ports/tool.js';
import { describeProblems } from './describe-problems.js';
import { requireBounded } from './expansion.js';
import { readSchema, SchemaFault, type ReadableSchema } from './read-schema.js';
import { TookTooLong, within } from './time-guard.js';

/** Of one check, ms: patterns, and references that go into the arguments, can take exponential time. */
const TIME_LIMIT_MS = 100;

type Instance = Readonly<Record<string, unknown>>;

/** A schema made ready once. */
class PreparedSchema {
  readonly #read: ReadableSchema;
  readonly #lookup: Record<string, Schema | boolean>;

  /** @throws SchemaFault, and what the validator throws of references that cannot be */
  constructor(source: unknown) {
    this.#read = readSchema(source);
    this.#lookup = dereference(this.#read.schema);
    requireBounded(this.#lookup);
  }

  /** @throws TookTooLong, and what the validator throws of references that cannot be followed */
  check(args: Instance): readonly string[] {
    const errors = twice(() => within(TIME_LIMIT_MS, () => this.#errors(args)));
    return describeProblems(errors, args, { schema: this.#read.schema, lookup: this.#lookup });
  }

  /** All errors; the first ones only where there are too many of them to be put together. */
  #errors(args: Instance): readonly OutputUnit[] {
    try {
      return this.#validate(args, false);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#validate(args, true);
    }
  }

  #validate(args: Instance, first: boolean): readonly OutputUnit[] {
    const { schema, draft } = this.#read;
    return validate(args, schema, draft, this.#lookup, first).errors;
  }
}

/** By schema object: a tool's is the same for all its calls. A fault is kept as well. */
const prepared = new WeakMap<object, PreparedSchema | SchemaFault>();

function prepare(schema: object): PreparedSchema | SchemaFault {
  const known = prepared.get(schema);
  if (known !== undefined) return known;
  const made = tryPrepare(schema);
  prepared.set(schema, made);
  return made;
}

function tryPrepare(schema: unknown): PreparedSchema | SchemaFault {
  try {
    return new PreparedSchema(schema);
  } catch (error) {
    return error instanceof SchemaFault ? error : new SchemaFault('has references that cannot be followed');
  }
}

/**
 * What is wrong with a schema for arguments itself; undefined: it can be checked against.
 *
 * @returns a sentence without subject, such as `/properties must be schemas by name`
 */
export function schemaProblem(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return 'must be an object';
  const made = prepare(schema);
  if (made instanceof SchemaFault) return made.message;
  try {
    made.check({});
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/**
 * Checks arguments by interpreting the schema: nothing of it becomes code. Schemas may come from clients: their size and
 * depth and the time of a check are bounded. What cannot be checked is a problem, never a pass.
 */
export const checkArguments: CheckArguments = (schema, args) => {
  const made = prepare(schema);
  if (made instanceof SchemaFault) return [`the schema of this tool cannot be used: it ${made.message}`];
  try {
    return made.check(args);
  } catch (error) {
    return [`the arguments cannot be checked against the schema of this tool: it ${reasonOf(error)}`];
  }
};

/** The clock also runs while the machine does something else: who was too slow once may try again. */
function twice<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    return run();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof TookTooLong) return error.message;
  if (error instanceof RangeError) return 'refers to itself without end';
  return 'has references that cannot be followed, or keywords of the wrong kind';
}
