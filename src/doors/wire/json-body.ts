import { ParleyError } from '../../core/kernel/parley-error.js';

/**
 * Refuses JSON that nests too deeply before it is parsed: parsing and, later, writing it would exhaust the stack.
 *
 * @param limit levels of objects and arrays
 * @throws ParleyError `invalid_request`
 */
export function checkDepth(bytes: Uint8Array, limit: number): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limit) throw new ParleyError('invalid_request', `the body nests deeper than ${limit} levels`);
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}
