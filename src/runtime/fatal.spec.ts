import { expect, test } from '@jest/globals';
import { exitOn } from './fatal.js';

test('writes one line, then ends the process with code 1, once', () => {
  const done: unknown[] = [];
  const onFailed = exitOn({ fatal: (about, message) => done.push([about, message]) }, 'the disk failed', (code) =>
    done.push(code),
  );
  const error = new Error('EIO');
  onFailed(error);
  onFailed(new Error('again'));
  expect(done).toEqual([[{ err: error }, 'the disk failed'], 1]);
});
