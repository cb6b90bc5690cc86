import { describe, expect, it } from '@jest/globals';
import { EventStream } from './event-stream.js';

describe('EventStream', () => {
  it('gives what is ready at once, and waits for the rest', async () => {
    const stream = new EventStream<number>();
    stream.push(1);
    stream.push(2);
    expect(await stream.nextEvent()).toBe(1);
    expect(await stream.nextEvents()).toEqual([2]);
    const waiting = stream.nextEvents();
    stream.push(3);
    stream.push(4);
    expect(await waiting).toEqual([3, 4]);
    stream.close();
    stream.push(5);
    expect([await stream.nextEvent(), await stream.nextEvents()]).toEqual([undefined, undefined]);
  });

  it('ends for whoever waits, and gives all that came before', async () => {
    const stream = new EventStream<number>();
    const all = (async () => {
      const seen: number[] = [];
      for await (const event of stream) seen.push(event);
      return seen;
    })();
    await Promise.resolve();
    stream.push(1);
    stream.push(2);
    stream.close();
    expect(await all).toEqual([1, 2]);
  });

  it('tells an error after the last event, once', async () => {
    const stream = new EventStream<number>();
    stream.push(1);
    stream.fail(new Error('broke'));
    expect(await stream.nextEvent()).toBe(1);
    await expect(stream.nextEvent()).rejects.toThrow('broke');
    expect(await stream.nextEvent()).toBeUndefined();
  });

  it('says that its reader left, unless it was over', async () => {
    let left = 0;
    const stream = new EventStream<number>(() => left++);
    stream.push(1);
    for await (const event of stream) if (event === 1) break;
    stream.leave();
    stream.push(2);
    expect([left, await stream.nextEvent()]).toEqual([1, undefined]);
    const over = new EventStream<number>(() => left++);
    over.close();
    over.leave();
    expect(left).toBe(1);
  });
});
