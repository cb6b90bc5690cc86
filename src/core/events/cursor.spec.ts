import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatCursor, parseCursor, START } from './cursor.js';

describe('cursor', () => {
  it('reads what it wrote, trailing zeros apart', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.array(fc.nat(1e6), { maxLength: 8 }), (seq, offsets) => {
        const cursor = parseCursor(formatCursor(seq, offsets));
        const last = offsets.findLastIndex((offset) => offset !== 0);
        expect(cursor).toEqual({ seq, offsets: offsets.slice(0, last + 1) });
      }),
    );
  });

  it.each([undefined, '', '0', 0])('takes %p for the start of the log', (text) => {
    expect(parseCursor(text)).toEqual(START);
  });

  it.each(['x', '-1', '1/', '/1', '1//2', '1.5', '1 ', '9'.repeat(16), '1\r\nid: 2', NaN, 1e300])(
    'refuses %p',
    (text) => {
      expect(() => parseCursor(text)).toThrow(expect.objectContaining({ code: 'cursor_malformed' }));
    },
  );
});
