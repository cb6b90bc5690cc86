import { describe, expect, it } from '@jest/globals';
import { thereIs } from './there-is.js';

describe('what there is, in an error text', () => {
  it.each([
    ['nothing', [], 'there is none'],
    ['one', ['a'], 'there is a'],
    ['several', ['a', 'b'], 'there are a, b'],
    ['many', Array.from({ length: 23 }, (_, n) => `n${n}`), /^there are n0, .*n19 and 3 more$/],
    ['long ones', ['x'.repeat(600), 'y'.repeat(600), 'z'], /^there are x{600} and 2 more$/],
    ['one that is too long', ['x'.repeat(2_000)], 'there is one'],
    ['too long ones', ['x'.repeat(2_000), 'y'], 'there are 2'],
  ])('%s', (_title, names, text) => {
    if (typeof text === 'string') expect(thereIs(names)).toBe(text);
    else expect(thereIs(names)).toMatch(text);
  });
});
