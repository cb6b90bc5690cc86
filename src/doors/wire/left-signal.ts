import type { Response } from 'express';

/** Aborts when the client leaves before it was given its whole answer. */
export function leftSignal(response: Response): AbortSignal {
  const left = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) left.abort();
  });
  return left.signal;
}
