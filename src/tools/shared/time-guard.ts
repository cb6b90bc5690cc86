import { createContext, Script, type Context } from 'node:vm';

/** Code that took longer than it may. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** Constant: nothing but a call of the host's function. */
const CALL = new Script('run()');

let shared: Context | undefined;

/**
 * Calls something synchronous, and ends it after `ms` wherever it stands, also in the middle of a regular expression.
 * It must leave nothing half done that is used afterwards. Costs about 60 µs.
 *
 * @throws TookTooLong, and what it throws
 */
export function within<T>(ms: number, run: () => T): T {
  const context = (shared ??= createContext(Object.create(null) as Context));
  context['run'] = run;
  try {
    return CALL.runInContext(context, { timeout: ms }) as T;
  } catch (error) {
    if (isTimeout(error)) throw new TookTooLong(`took longer than ${ms} ms`);
    throw error;
  } finally {
    context['run'] = undefined;
  }
}

function isTimeout(error: unknown): boolean {
  // Made in the other context: no instance of this one's Error.
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
