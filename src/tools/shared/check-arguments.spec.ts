import { describe, expect, it } from '@jest/globals';
import { checkArguments, schemaProblem } from './check-arguments.js';
import { processorTime } from '../../../test/support/processor-time.js';

type Json = Readonly<Record<string, unknown>>;

/** What is wrong with `args`, for a schema of properties of which nothing else is allowed. */
function problems(properties: Json, args: Json, more: Json = {}): readonly string[] {
  return checkArguments({ type: 'object', properties, additionalProperties: false, ...more }, args);
}

describe('checkArguments', () => {
  it.each<[string, Json, Json, string]>([
    ['a wrong type', { city: { type: 'string' } }, { city: 3 }, '/city must be a string (got 3)'],
    [
      'one of several types',
      { n: { type: ['integer', 'null'] } },
      { n: 1.5 },
      '/n must be an integer or null (got 1.5)',
    ],
    ['a value out of a list', { u: { enum: ['C', 'F'] } }, { u: 'K' }, '/u must be one of "C", "F" (got "K")'],
    ['a wrong constant', { u: { const: 1 } }, { u: '1' }, '/u must be 1 (got "1")'],
    ['a number too small', { n: { minimum: 3 } }, { n: 2 }, '/n must be at least 3 (got 2)'],
    ['a number too large', { n: { exclusiveMaximum: 3 } }, { n: 3 }, '/n must be less than 3 (got 3)'],
    ['a short text', { t: { minLength: 1 } }, { t: '' }, '/t must have at least 1 character'],
    ['a pattern', { t: { pattern: '^a+$' } }, { t: 'b' }, '/t must match the pattern ^a+$ (got "b")'],
    ['a format', { t: { format: 'date' } }, { t: 'today' }, '/t must be a valid date (got "today")'],
    ['too many items', { l: { type: 'array', maxItems: 1 } }, { l: [1, 2] }, '/l must have at most 1 item'],
    ['the same item twice', { l: { uniqueItems: true } }, { l: [1, 1] }, '/l must not have the same item twice'],
    [
      'an item',
      { l: { items: { type: 'string' } } },
      { l: ['a', {}] },
      '/l/1 must be a string (got an object with nothing)',
    ],
    ['a property nobody knows', { a: true, b: true }, { c: 1 }, '/c is not a property of this tool (there are a, b)'],
    [
      '__proto__',
      { a: true },
      JSON.parse('{"__proto__": {}}') as Json,
      '/__proto__ is not a property of this tool (there is a)',
    ],
    ['no form that fits', { v: { anyOf: [{ type: 'null' }] } }, { v: 1 }, '/v fits none of the forms that are allowed'],
    ['a name with slashes', { 'a/b~c': { type: 'string' } }, { 'a/b~c': 1 }, '/a~1b~0c must be a string (got 1)'],
  ])('tells of %s', (_what, properties, args, sentence) => {
    expect(problems(properties, args)).toContain(sentence);
  });

  it('tells what is missing, and all problems at once', () => {
    const schema = { required: ['city', 'unit'] };
    expect(problems({ city: {}, unit: {}, n: { type: 'number' } }, { n: 'x' }, schema)).toEqual([
      '/city is required',
      '/unit is required',
      '/n must be a number (got "x")',
    ]);
  });

  it('follows references, and names what they ask for', () => {
    const $defs = { unit: { enum: ['C', 'F'] } };
    expect(problems({ u: { $ref: '#/$defs/unit' } }, { u: 1 }, { $defs })).toEqual([
      '/u must be one of "C", "F" (got 1)',
    ]);
  });

  it('lets through what fits, with prototypes out of the way', () => {
    expect(problems({ constructor: { type: 'string' } }, { constructor: 'x' })).toEqual([]);
    expect(checkArguments({ type: 'object', required: ['toString'] }, {})).toEqual(['/toString is required']);
    expect(checkArguments({}, { any: 'thing' })).toEqual([]);
  });

  it('reads older drafts by their $schema', () => {
    const $schema = 'http://json-schema.org/draft-07/schema#';
    const pair = { items: [{ type: 'string' }], additionalItems: false };
    expect(problems({ pair }, { pair: [1] }, { $schema })).toEqual(['/pair/0 must be a string (got 1)']);
  });

  it('bounds the number and the length of its sentences', () => {
    const args = Object.fromEntries(Array.from({ length: 500 }, (_none, index) => [`k${index}`.repeat(100), index]));
    const found = problems({}, args);
    expect(found).toHaveLength(9);
    expect(found.at(-1)).toBe('and more');
    expect(Math.max(...found.map((sentence) => sentence.length))).toBeLessThan(300);
  });
});

describe('hostile schemas and arguments', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_none, index) => {
      const next = { $ref: `#/$defs/d${index + 1}` };
      return [`d${index}`, index === 39 ? { type: 'null' } : { anyOf: [next, next] }];
    }),
  );
  const many = Array.from({ length: 20_000 }, (_none, index) => ({ index }));

  it.each<[string, Json, Json]>([
    ['a pattern that backtracks', { properties: { t: { pattern: '^(a+)+$' } } }, { t: `${'a'.repeat(50)}!` }],
    ['a pattern for names that backtracks', { patternProperties: { '^(a|a)*$': true } }, { [`${'a'.repeat(60)}!`]: 1 }],
    ['references that double', { $ref: '#/$defs/d0', $defs: doubling }, {}],
    ['a reference to itself', { $ref: '#' }, {}],
    ['many items to compare', { properties: { l: { uniqueItems: true } } }, { l: many }],
    ['many wrong items', { properties: { l: { items: { type: 'string' } } } }, { l: Array(200_000).fill(1) }],
  ])('are told as problems in bounded time: %s', (_what, schema, args) => {
    const before = processorTime();
    expect(checkArguments(schema, args)).not.toEqual([]);
    expect(processorTime() - before).toBeLessThan(4_000);
  });

  it.each<[string, unknown, string]>([
    ['no object', [], 'must be an object'],
    ['a type nobody knows', { type: 'strng' }, '/type must be a JSON type, or a list of them'],
    ['properties that are none', { properties: { a: 5 } }, '/properties must be schemas by name'],
    ['a broken pattern', { properties: { a: { pattern: '(' } } }, '/properties/a/pattern must be a regular expression'],
    ['an unknown reference', { $ref: '#/$defs/none' }, 'has references that cannot be followed'],
    ['a reference to itself', { $ref: '#' }, 'refers to itself without end'],
    [
      'a reference that comes back',
      { properties: { a: { $ref: '#/$defs/b' } }, $defs: { b: { not: { $ref: '#/$defs/b' } } } },
      'refers to itself without end',
    ],
    ['depth', JSON.parse(`${'{"not":'.repeat(100)}{}${'}'.repeat(100)}`), 'is nested more than 32 deep'],
    ['size', { enum: Array(10_000).fill(1) }, 'has more than 5000 parts'],
  ])('a schema with %s is refused by name', (_what, schema, problem) => {
    expect(schemaProblem(schema)).toContain(problem);
  });

  // Not by the clock: each would block all that the process does for as long as a check may take.
  it.each<[string, Json]>([
    ['', { $ref: '#/$defs/d0', $defs: doubling }],
    [' in a property that is not there', { properties: { a: { items: { $ref: '#/$defs/d0' } } }, $defs: doubling }],
  ])('references that double are refused before they are followed%s', (_where, schema) => {
    expect(schemaProblem(schema)).toBe('has references that lead to more than 500 schemas');
  });

  it('takes schemas that contain themselves, and definitions that are used often', () => {
    const tree = { type: 'object', properties: { name: { type: 'string' }, children: { items: { $ref: '#' } } } };
    expect(schemaProblem(tree)).toBeUndefined();
    expect(checkArguments(tree, { children: [{ children: [{ name: 1 }] }] })).toEqual([
      '/children/0/children/0/name must be a string (got 1)',
    ]);
    const $defs = { point: { type: 'object', allOf: [{ properties: { x: { type: 'number' } } }] } };
    const anyOf = Array.from({ length: 100 }, () => ({ $ref: '#/$defs/point' }));
    expect(schemaProblem({ anyOf, $defs })).toBeUndefined();
  });

  it('takes properties that are called like keywords', () => {
    const properties = { type: { type: 'string' }, pattern: { type: 'number' }, items: { type: 'null' }, $ref: {} };
    expect(schemaProblem({ type: 'object', properties })).toBeUndefined();
    expect(problems(properties, { pattern: 'x' })).toEqual(['/pattern must be a number (got "x")']);
  });
});
