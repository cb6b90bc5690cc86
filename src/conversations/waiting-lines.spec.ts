import { describe, expect, it } from '@jest/globals';
import type { ConversationId } from '../core/kernel/ids.js';
import { WaitingLines } from './waiting-lines.js';

const A = 'conv_a' as ConversationId;
const B = 'conv_b' as ConversationId;

describe('waiting lines', () => {
  it('let in one after the other, in order, however the one before fared', async () => {
    const lines = new WaitingLines();
    const seen: string[] = [];
    const enter =
      (name: string, fails = false) =>
      async (): Promise<string> => {
        seen.push(`${name} in`);
        await Promise.resolve();
        seen.push(`${name} out`);
        if (fails) throw new Error(name);
        return name;
      };
    const all = await Promise.allSettled([
      lines.join(A, enter('1')),
      lines.join(A, enter('2', true)),
      lines.join(A, enter('3')),
    ]);
    expect(seen).toEqual(['1 in', '1 out', '2 in', '2 out', '3 in', '3 out']);
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('are one for each conversation, and nobody waits where nobody is', async () => {
    const lines = new WaitingLines();
    const held = Promise.withResolvers<string>();
    const first = lines.join(A, () => held.promise);
    expect(await lines.join(B, () => Promise.resolve('at once'))).toBe('at once');
    held.resolve('later');
    expect(await first).toBe('later');
    expect(await lines.join(A, () => Promise.resolve('again'))).toBe('again');
  });
});
