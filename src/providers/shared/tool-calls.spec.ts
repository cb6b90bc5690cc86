import { describe, expect, it } from '@jest/globals';
import type { JsonRecord } from './json.js';
import { ToolCallCollector } from './tool-calls.js';
import type { CollectedCalls } from './tool-calls.js';

function collect(fragments: readonly JsonRecord[], cut = false): CollectedCalls {
  let ids = 0;
  const collector = new ToolCallCollector(() => `new_${++ids}`);
  for (const fragment of fragments) collector.add(fragment);
  return collector.finish(cut);
}

function call(index: number | undefined, id: string | undefined, name: string, json: unknown): JsonRecord {
  return {
    ...(index === undefined ? {} : { index }),
    ...(id === undefined ? {} : { id }),
    function: { name, arguments: json },
  };
}

describe('ToolCallCollector', () => {
  it.each([
    ['', {}],
    ['  ', {}],
    ['{"a":1}', { a: 1 }],
    ['{"a":1}{"a":1}', { a: 1 }],
    [{ a: 1 }, { a: 1 }],
  ])('reads the arguments %j', (json, expected) => {
    expect(collect([call(0, 'c', 'f', json)])).toEqual({
      good: [{ id: 'c', name: 'f', arguments: expected }],
      bad: [],
    });
  });

  it.each([
    ['{"a": oops}', 'the arguments are not valid JSON'],
    ['{"a":', 'the arguments are not valid JSON'],
    ['null', 'the arguments are not a JSON object'],
    ['[1,2]', 'the arguments are not a JSON object'],
    ['{"a":{"__proto__":{}}}', 'the arguments have a key that is not allowed'],
    ['{"a":[{"\\u005f_proto__":1}]}', 'the arguments have a key that is not allowed'],
    [`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'the arguments are nested too deeply'],
  ])('gives %.30s back', (json, error) => {
    expect(collect([call(0, 'c', 'f', json)])).toEqual({ good: [], bad: [{ id: 'c', name: 'f', error }] });
  });

  it('gives a call without a name back', () => {
    expect(collect([call(0, 'c', '', '{}')]).bad).toEqual([{ id: 'c', name: '', error: 'the call has no name' }]);
  });

  it('never takes what was cut off for arguments', () => {
    expect(collect([call(0, 'c', 'f', '')], true).good).toEqual([]);
    expect(collect([call(0, 'c', 'f', '{"a":1')], true).bad).toHaveLength(1);
    expect(collect([call(0, 'c', 'f', '{"a":1}')], true).good).toHaveLength(1);
  });

  it('gives an id to calls without one', () => {
    expect(collect([call(0, undefined, 'f', '{}')]).good[0]?.id).toBe('new_1');
  });

  it('tells calls apart by index, by new ids under one index, and by id alone', () => {
    const expected = ['a', 'b'];
    for (const [first, second] of [
      [0, 1],
      [0, 0],
      [undefined, undefined],
    ]) {
      const { good } = collect([call(first, 'a', 'f', '{"x":1}'), call(second, 'b', 'f', '{"x":2}')]);
      expect(good.map(({ id }) => id)).toEqual(expected);
    }
  });

  it('takes a call that was sent twice once', () => {
    expect(collect([call(0, 'a', 'f', '{}'), call(1, 'a', 'f', '{}')]).good).toHaveLength(1);
    expect(collect([call(0, 'a', 'f', '{"x":1}'), call(0, 'a', 'f', '{"x":1}')]).good).toHaveLength(1);
  });

  it('gives another call under a used id back, with an id of its own', () => {
    const { good, bad } = collect([call(0, 'a', 'f', '{}'), call(1, 'a', 'g', '{}')]);
    expect(good.map(({ id }) => id)).toEqual(['a']);
    expect(bad).toEqual([{ id: 'new_1', name: 'g', error: 'the id of this call is that of another call' }]);
  });

  it('says to which call a fragment belongs', () => {
    const collector = new ToolCallCollector(() => 'x');
    expect(collector.add(call(5, 'a', 'f', ''))).toEqual({ ordinal: 0, text: '' });
    expect(collector.add(call(9, 'b', 'f', '{'))).toEqual({ ordinal: 1, text: '{' });
    expect(collector.add({ index: 5, function: { arguments: '{}' } })).toEqual({ ordinal: 0, text: '{}' });
  });
});
