/**
 * The outcome of some work, or a rejection with `reason()` as soon as the signal aborts, whether or not the work heeds it.
 * What becomes of the work afterwards is ignored.
 */
export async function unlessAborted<T>(work: T | Promise<T>, signal: AbortSignal, reason: () => Error): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(reason());
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
