import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ArgumentStream } from './argument-stream.js';

function decode(text: string, cuts: readonly number[] = []): string {
  const stream = new ArgumentStream();
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return at.slice(1).reduce((out, end, index) => out + stream.push(text.slice(at[index], end)), '');
}

describe('ArgumentStream', () => {
  it('decodes the argument however the object is cut, spaced or escaped', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('a "quoted" \\ line\n🙂 é \u2028'));
    fc.assert(
      fc.property(value, fc.array(fc.nat(400)), fc.boolean(), fc.nat(3), (argument, cuts, ascii, indent) => {
        const object = {
          action_type: 'speak',
          note: '"argument": "not this"',
          list: ['argument', { argument: 'nor this' }],
          argument,
          to: ['Bob'],
        };
        let text = JSON.stringify(object, null, indent);
        if (ascii)
          text = text.replaceAll(
            /[\u0080-\uffff]/g,
            (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0'),
          );
        expect(decode(text, cuts)).toBe(argument);
      }),
      { numRuns: 500 },
    );
  });

  it('skips prose and fences before the object, and stops at the end of the value', () => {
    expect(decode('Sure!\n```json\n{"argument": "Hi", "argument": "twice"}\n```')).toBe('Hi');
  });

  it('shows nothing where the value is no string, nested, or missing', () => {
    for (const text of ['{"argument": 7}', '{"x": {"argument": "deep"}}', '["argument", "x"]', 'just prose', '']) {
      expect(decode(text)).toBe('');
    }
  });
});
