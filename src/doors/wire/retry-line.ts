/** A reader whose stream broke off comes back after so long at the soonest, and so much later at most, ms. */
const SOONEST_MS = 1_000;
const SPREAD_MS = 4_000;

/**
 * When the reader of an event stream is to come back if that breaks off (WHATWG HTML, 9.2.6: `retry`). Drawn for each:
 * readers that were cut off together must not come back together.
 */
export function retryLine(): string {
  return `retry: ${SOONEST_MS + Math.floor(Math.random() * SPREAD_MS)}\n`;
}
