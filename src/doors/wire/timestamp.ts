let lastMs = Number.NaN;
let lastText = '';

/** RFC 3339 in UTC with milliseconds. The last one is kept: deltas of one millisecond share it. */
export function timestamp(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}
