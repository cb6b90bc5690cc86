import { expect, it } from '@jest/globals';
import { ParleyError } from '../core/kernel/parley-error.js';
import { RunCollector } from './run-collector.js';

it('a run that cannot be read to its end says why; one that was left behind is not over', async () => {
  const unread = new RunCollector();
  unread.sink.cut(new ParleyError('storage_unavailable', 'the store is down'));
  await expect(unread.completed()).rejects.toMatchObject({ code: 'storage_unavailable' });
  const left = new RunCollector();
  left.sink.end();
  await expect(left.completed()).rejects.toMatchObject({ code: 'draining' });
});
