import { ParleyError } from '../kernel/parley-error.js';

/**
 * "I have everything up to here": the last fact's `seq`, then the offset reached in each message open at that point, in
 * order of their start. Opaque to clients; on the wire `19`, `19/240`, `19/240/90`. Trailing zeros are left out.
 */
export interface Cursor {
  readonly seq: number;
  readonly offsets: readonly number[];
}

/** The start of the log. */
export const START: Cursor = { seq: 0, offsets: [] };

const FORM = /^\d{1,15}(\/\d{1,15}){0,64}$/;

/**
 * Reads a cursor a client sent. Absent, empty and `0` are the start of the log.
 *
 * @throws ParleyError `cursor_malformed` (400)
 */
export function parseCursor(text: string | number | undefined): Cursor {
  if (text === undefined || text === '') return START;
  const raw = String(text);
  if (!FORM.test(raw)) {
    throw new ParleyError(
      'cursor_malformed',
      'the cursor is malformed: send back the last "id" or "cursor" you were given, or 0',
    );
  }
  const [seq = 0, ...offsets] = raw.split('/').map(Number);
  return { seq, offsets };
}

/** Writes a cursor from a seq and the offsets of the open messages in order of their start. */
export function formatCursor(seq: number, offsets: Iterable<number>): string {
  let text = String(seq);
  let zeros = '';
  for (const offset of offsets) {
    if (offset === 0) {
      zeros += '/0';
    } else {
      text += `${zeros}/${offset}`;
      zeros = '';
    }
  }
  return text;
}
