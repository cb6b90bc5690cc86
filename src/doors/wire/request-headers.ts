import { createHash } from 'node:crypto';
import { ParleyError } from '../../core/kernel/parley-error.js';

/** The longest a request may wait for an end, seconds. */
const LONGEST_WAIT = 300;
const LONGEST_KEY = 255;

/** Seconds of `Prefer: wait=N` (RFC 7240), bounded; undefined where that is not preferred. */
export function preferredWait(header: string | undefined): number | undefined {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(header ?? '')?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_WAIT);
}

/**
 * The `Idempotency-Key` of a request, with the hash of the body it came with: the same JSON hashes the same, whatever
 * the order of its keys.
 *
 * @throws ParleyError `invalid_request` for a key that is empty, too long or not printable ASCII
 */
export function repeatKey(
  header: string | undefined,
  body: unknown,
): { readonly key: string; readonly body_hash: string } | undefined {
  if (header === undefined) return undefined;
  const key = header.trim();
  if (key.length > LONGEST_KEY || !/^[\x21-\x7e]+$/.test(key)) {
    throw new ParleyError(
      'invalid_request',
      `Idempotency-Key must be 1 to ${LONGEST_KEY} printable ASCII characters without spaces`,
    );
  }
  return {
    key,
    body_hash: createHash('sha256')
      .update(JSON.stringify(sorted(body)) ?? '')
      .digest('hex'),
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, entry]) => [key, sorted(entry)]);
}
