/**
 * Keys are read again up to so much earlier, as a share of the time: several servers do not ask a vault at the same moment.
 * Never later: a key is gone within the time that was promised.
 */
const JITTER = 0.1;

/** When to read again what is to be read every `refresh_ms`, ms from now. */
export function nextRefresh(refresh_ms: number): number {
  return refresh_ms * (1 - JITTER * Math.random());
}
