import type { Request, Response } from 'express';
import type { Authenticator } from './authenticator.js';
import { callerOf } from './caller.js';

const farewells = new WeakMap<object, () => void>();

/**
 * Binds every response to the key its request came with: one still open when the key is gone is cut, whatever door it is
 * of. A stream that has more to say than a cut sets its own end by `onKeyGone`.
 */
export function boundToKey(authenticator: Authenticator): (request: Request, response: Response) => void {
  return (request, response) => {
    const caller = callerOf(request);
    if (caller?.key_id === undefined) return;
    const release = authenticator.whenGone(caller, () => {
      const farewell = farewells.get(request);
      if (farewell === undefined) response.destroy();
      else farewell();
    });
    response.once('close', release);
  };
}

/** Sets how the response to a request ends when the key it came with is gone; `end` has to end it soon, whatever the reader takes. */
export function onKeyGone(request: object, end: () => void): void {
  farewells.set(request, end);
}
