import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Tenant } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { Scope } from '../core/ports/key-source.js';

/** Who makes a request. */
export interface Caller {
  readonly tenant: Tenant;
  readonly scopes: readonly Scope[];
  /** Tells the very key apart, within this process only; it says nothing of the key. Absent: came without one. */
  readonly key_id?: string;
}

const callers = new WeakMap<object, Caller>();

/** Notes who makes a request; done once, by whoever authenticated it. */
export function setCaller(request: object, caller: Caller): void {
  callers.set(request, caller);
}

/** Who makes a request, if that is known. */
export function callerOf(request: object): Caller | undefined {
  return callers.get(request);
}

/** Injects the caller into a handler. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<object>());
  if (caller === undefined) throw new ParleyError('unauthenticated', 'nobody is known to make this request');
  return caller;
});
