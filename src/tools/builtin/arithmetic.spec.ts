import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evaluateArithmetic } from './arithmetic.js';
import { processorTime } from '../../../test/support/processor-time.js';

describe('evaluateArithmetic', () => {
  it.each<[string, number]>([
    ['2^3+1', 9],
    ['7/2', 3.5],
    ['7//2', 3],
    ['-7 % 3', 2],
    ['2**3**2', 512],
    ['-2^2', -4],
    ['2^-1', 0.5],
    ['2*-3', -6],
    ['(1+2)*(3-.5)', 7.5],
    ['1.5e3', 1500],
    ['6 × 7 − 8 ÷ 4', 40],
    ['sqrt(16) + max(1, 2, 3)', 7],
    ['round(2.345, 2)', 2.35],
    ['log(8, 2)', 3],
    ['cos(pi)', -1],
    [' + + 1 ', 1],
  ])('%s is %d', (expression, value) => {
    expect(evaluateArithmetic(expression)).toBeCloseTo(value, 12);
  });

  it.each(
    [
      ['', ' ', '1+', '(1', '1)', '1 2', '2e', '1..2', 'sqrt', 'sqrt()', 'pow(1)', 'min()', '1,2', '()', '*1'],
      ['1/0', '1%0', '1//0', 'sqrt(-1)', '9^9^9^9', '1e999', 'ln(0)', 'round(1, 99)', 'nan', 'Infinity'],
      ['constructor', '__proto__', 'constructor(1)', 'toString()', 'import("fs")', 'Function("1")()', 'a=1', '\\u0031'],
      ['process.exit()', '[1]', '{}', '`1`', '1;2', '1&&2', '1?2:3', '"a"', "'a'", '1#2', '0x10', '1_000', '\0'],
      ['('.repeat(1_000_000), '-'.repeat(1_000_000), '1+'.repeat(500_000), `${'('.repeat(130)}1${')'.repeat(125)}`],
    ].flat(),
  )('has no value for %s', (expression) => {
    const before = processorTime();
    expect(evaluateArithmetic(expression)).toBeUndefined();
    expect(processorTime() - before).toBeLessThan(1_000);
  });

  it('gives a finite number or nothing for any text, and reads no property', () => {
    const parts = [
      '1',
      '9',
      '.',
      'e',
      '+',
      '-',
      '*',
      '/',
      '%',
      '^',
      '(',
      ')',
      ',',
      ' ',
      'sqrt',
      'min',
      'pow',
      'pi',
      '__proto__',
    ];
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(fc.constantFrom(...parts)).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (expression) => {
        const value = evaluateArithmetic(expression);
        expect(value === undefined || Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});
