import { ParleyError } from './parley-error.js';

/**
 * Marks a branch that no value can reach: a new member of a union then fails to compile here.
 *
 * @throws ParleyError `internal` when data from outside the type system gets here all the same
 */
export function assertNever(value: never, what: string): never {
  throw new ParleyError('internal', `unexpected ${what}: ${JSON.stringify(value)}`);
}
