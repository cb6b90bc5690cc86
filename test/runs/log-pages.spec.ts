import { describe, expect, it } from '@jest/globals';
import { LogPages } from '../../src/conversations/log-pages.js';
import type { Fact } from '../../src/core/events/conversation-event.js';
import type { ConversationRef } from '../../src/core/kernel/ids.js';
import { ManualClock } from './fakes.js';

const REF = { tenant: 't', conversation_id: 'conv_a' } as ConversationRef;
const MANY = 10 * 1024 * 1024;

/** Counts what is read of a log whose pages are one message of so many characters. */
function world(chars: number): { pages: LogPages; clock: ManualClock; reads: number[] } {
  const reads: number[] = [];
  const clock = new ManualClock();
  const fact = (seq: number): Fact =>
    ({ seq, body: { type: 'message_end', text: 'x'.repeat(chars) } }) as unknown as Fact;
  const read = (_ref: ConversationRef, { after }: { readonly after: number }): Promise<Fact[]> => {
    reads.push(after);
    return after === 13 ? Promise.reject(new Error('no such page')) : Promise.resolve([fact(after + 1)]);
  };
  return { pages: new LogPages({ read }, clock), clock, reads };
}

describe('pages of a log', () => {
  it('are read once for all who want them at the same time, and again for nobody soon after', async () => {
    const { pages, reads } = world(MANY);
    const [first, second] = await Promise.all([pages.read(REF, 1, 2), pages.read(REF, 1, 2)]);
    expect(first).toBe(second);
    expect(await pages.read(REF, 1, 2)).toBe(first);
    expect(reads).toEqual([1]);
  });

  it('of another conversation are other pages', async () => {
    const { pages, reads } = world(MANY);
    await pages.read(REF, 1, 2);
    await pages.read({ ...REF, tenant: 'u' } as ConversationRef, 1, 2);
    expect(reads).toEqual([1, 1]);
  });

  it('are forgotten when they are short, when others are asked for, and after a while', async () => {
    const short = world(10);
    await short.pages.read(REF, 1, 2);
    await short.pages.read(REF, 1, 2);
    expect(short.reads).toEqual([1, 1]);

    const { pages, clock, reads } = world(MANY);
    await pages.read(REF, 1, 2);
    await pages.read(REF, 2, 3);
    await pages.read(REF, 1, 2);
    expect(reads).toEqual([1, 2, 1]);
    clock.advance(2_500);
    await pages.read(REF, 1, 2);
    expect(reads).toEqual([1, 2, 1, 1]);
  });

  it('that could not be read are read again', async () => {
    const { pages, reads } = world(MANY);
    await expect(pages.read(REF, 13, 14)).rejects.toThrow('no such page');
    await expect(pages.read(REF, 13, 14)).rejects.toThrow('no such page');
    expect(reads).toEqual([13, 13]);
  });
});
