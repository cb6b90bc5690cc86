import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut } from './tool-call.js';

describe('cut', () => {
  it('leaves what is short enough, and says how much it left out of what is not', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abcdef', 4)).toBe('abcd\n[cut: 2 of 6 characters left out]');
  });

  it('never cuts within a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(40), (text, most) => {
        const [kept = ''] = cut(text, most).split('\n[cut:');
        expect(text.startsWith(kept)).toBe(true);
        expect(kept.isWellFormed()).toBe(true);
        expect(kept.length).toBeLessThanOrEqual(Math.max(most, text.length));
      }),
    );
  });
});
