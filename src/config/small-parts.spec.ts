import { expect, test } from '@jest/globals';
import { isLoopbackHost } from './address.js';
import { formatKeyPath } from './problems.js';
import { nearest } from './schema/nearest.js';
import { requestsPerMinute } from './schema/server.section.js';
import { parseSize } from './schema/size.js';

test.each<[unknown, number | undefined]>([
  [0, 0],
  [1024, 1024],
  ['1024', 1024],
  ['10MB', 10_000_000],
  ['10 MiB', 10_485_760],
  ['1.5 kib', 1536],
  ['2G', 2_147_483_648],
  ['5 B', 5],
  [-1, undefined],
  [1.5, undefined],
  ['', undefined],
  ['MB', undefined],
  ['1 mile', undefined],
  ['1e3', undefined],
  [null, undefined],
])('the size %j is %j bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  ['prot', 'port'],
  ['hots', 'host'],
  ['Port', 'port'],
  ['base-path', 'base_path'],
  ['zzz', undefined],
  ['x'.repeat(100), undefined],
])('the word nearest to %s is %s', (word, expected) => {
  expect(nearest(word, ['host', 'port', 'base_path'])).toBe(expected);
});

test.each([
  ['100/minute', 100],
  ['10/second', 600],
  ['90 / hour', 2],
  ['5/m', 5],
  ['0/minute', undefined],
  ['100', undefined],
])('the rate %s is %s a minute', (rate, expected) => {
  expect(requestsPerMinute(rate)).toBe(expected);
});

test('key paths', () => {
  expect(formatKeyPath([])).toBe('(root)');
  expect(formatKeyPath(['models', 'gpt-4', 'headers', 'X-A'])).toBe('models.gpt-4.headers.X-A');
  expect(formatKeyPath(['models', 'gpt-4.1', 'name'])).toBe('models["gpt-4.1"].name');
  expect(formatKeyPath(['evaluators', 1, 'type'])).toBe('evaluators[1].type');
});

test('loopback', () => {
  expect(
    ['localhost', 'LOCALHOST', '127.9.9.9', '[::1]', '::1', '::ffff:127.0.0.1', 'a.localhost', 'localhost.'].filter(
      (host) => !isLoopbackHost(host),
    ),
  ).toEqual([]);
  expect(['0.0.0.0', '10.0.0.1', 'example.org', '127.0.0.1.example.org', '::'].filter(isLoopbackHost)).toEqual([]);
});
