import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ToolBatch } from './tool-batch.js';

function batchOf(
  ids: readonly string[],
  together = true,
): { readonly batch: ToolBatch<number>; readonly told: string[] } {
  const told: string[] = [];
  const report = {
    started: (id: string): void => void told.push(`start ${id}`),
    ended: (id: string, result: number): void => void told.push(`end ${id} ${result}`),
  };
  return { batch: new ToolBatch(ids, together, report), told };
}

describe('ToolBatch', () => {
  it('puts starts before ends, both as the model asked, whatever the order in which they come', () => {
    const ids = ['a', 'b', 'c'];
    const steps = ids.flatMap((id) => [`start ${id}`, `end ${id}`]);
    fc.assert(
      fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), (order) => {
        const { batch, told } = batchOf(ids);
        for (const step of order) {
          const [what = '', id = ''] = step.split(' ');
          if (what === 'start') batch.start(id);
          else batch.end(id, 1);
        }
        expect(told).toEqual([...ids.map((id) => `start ${id}`), ...ids.map((id) => `end ${id} 1`)]);
      }),
    );
  });

  it('lets an end go before later starts where not all run at once', () => {
    const { batch, told } = batchOf(['a', 'b'], false);
    batch.start('a');
    batch.end('a', 1);
    batch.start('b');
    batch.end('b', 2);
    expect(told).toEqual(['start a', 'end a 1', 'start b', 'end b 2']);
  });

  it('ends all that is open, each once', () => {
    const { batch, told } = batchOf(['a', 'b', 'c']);
    batch.start('a');
    batch.start('b');
    batch.end('b', 5);
    batch.closeWith(() => 0);
    batch.closeWith(() => 9);
    expect(told).toEqual(['start a', 'start b', 'start c', 'end a 0', 'end b 5', 'end c 0']);
  });
});
