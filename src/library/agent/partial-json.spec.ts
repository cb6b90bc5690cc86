import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPartialJson } from './partial-json.js';

describe('readPartialJson', () => {
  it.each([
    ['', undefined],
    ['{', {}],
    ['{"a', {}],
    ['{"a"', {}],
    ['{"a":', {}],
    ['{"a": 1', { a: 1 }],
    ['{"a": 1, "b', { a: 1 }],
    ['{"a": 1, "b": tr', { a: 1 }],
    ['{"a": "some te', { a: 'some te' }],
    ['{"a": "x\\', { a: 'x' }],
    ['{"a": "x\\u00', { a: 'x' }],
    ['{"a": [1, {"b": "c', { a: [1, { b: 'c' }] }],
    ['{"a": {"b": 1}, ', { a: { b: 1 } }],
    ['[1', undefined],
    ['nonsense', undefined],
  ])('%s', (text, expected) => {
    expect(readPartialJson(text)).toEqual(expected);
  });

  it('reads every beginning of an object, and never a key that is not in it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (value, at) => {
        const text = JSON.stringify(value);
        const read = readPartialJson(text.slice(0, 1 + (at % text.length)));
        expect(Object.keys(read ?? {}).every((key) => Object.hasOwn(value, key))).toBe(true);
      }),
    );
  });
});
