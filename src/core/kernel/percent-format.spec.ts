import { describe, expect, it } from '@jest/globals';
import { parsePercentFormat, writePart } from './percent-format.js';

function write(format: string, values: Readonly<Record<string, string | number>>): string | undefined {
  return parsePercentFormat(format)
    ?.map((part) => (typeof part === 'string' ? part : writePart(part, values[part.field] ?? '?')))
    .join('');
}

describe("a format of Python's logging", () => {
  it.each([
    ['%(levelname)s: %(message)s', { levelname: 'INFO', message: 'hi' }, 'INFO: hi'],
    ['[%(levelname)-8s]', { levelname: 'INFO' }, '[INFO    ]'],
    ['[%(levelname)8s]', { levelname: 'INFO' }, '[    INFO]'],
    ['%(levelname).1s', { levelname: 'INFO' }, 'I'],
    ['%(process)07d', { process: 42 }, '0000042'],
    ['%(msecs)03d', { msecs: 7.9 }, '007'],
    ['%(created)f', { created: 1.5 }, '1.500000'],
    ['%(created).2f', { created: 1.5 }, '1.50'],
    ['100%% %(message)s%%', { message: 'x' }, '100% x%'],
  ])('%s', (format, values, expected) => {
    expect(write(format, values)).toBe(expected);
  });

  it.each(['', 'plain', '%', '100%', '%(message)', '%(nothing)s', '%(message)k', '%s', '%(message)s 5%', '%%'])(
    'refuses %j',
    (format) => {
      expect(parsePercentFormat(format)).toBeUndefined();
    },
  );

  it('reads a hostile one in no time', () => {
    expect(parsePercentFormat(`${'%('.repeat(50_000)}message)s`)).toBeUndefined();
  });
});
