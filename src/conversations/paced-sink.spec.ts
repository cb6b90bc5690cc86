import { describe, expect, it } from '@jest/globals';
import { SharedFrames } from '../core/events/shared-frames.js';
import { PacedSink } from './paced-sink.js';
import type { WatcherSink } from './watcher.js';
import { WritePacer } from './write-pacer.js';

/** More than half of what a turn may write: the second of them still is written, the third is not. */
const LARGE = new SharedFrames('x'.repeat(40 * 1024));

class Turns {
  #next: (() => void)[] = [];
  readonly pacer = new WritePacer((callback) => this.#next.push(callback));

  get armed(): boolean {
    return this.#next.length > 0;
  }

  pass(): void {
    for (const callback of this.#next.splice(0)) callback();
  }
}

/** Keeps what reaches the connection, large frames as `L`. */
function connection(): WatcherSink & { readonly got: string[] } {
  const got: string[] = [];
  return {
    got,
    write: (frames) => void got.push(frames),
    writeShared: (frames) => void got.push(frames === LARGE ? 'L' : frames.text),
    queued: () => 0,
    onDrained: (callback) => callback(),
    end: () => void got.push('end'),
    cut: () => void got.push('cut'),
  };
}

function world(count: number): { turns: Turns; ends: ReturnType<typeof connection>[]; sinks: PacedSink[] } {
  const turns = new Turns();
  const ends = Array.from({ length: count }, connection);
  return { turns, ends, sinks: ends.map((end) => new PacedSink(end, turns.pacer)) };
}

const gotOf = (ends: readonly ReturnType<typeof connection>[]): string[] => ends.map(({ got }) => got.join(''));

describe('PacedSink', () => {
  it('spreads one event for many over turns, in their order', () => {
    const { turns, ends, sinks } = world(5);
    for (const sink of sinks) sink.writeShared(LARGE);
    expect(gotOf(ends)).toEqual(['L', 'L', '', '', '']);
    turns.pass();
    expect(gotOf(ends)).toEqual(['L', 'L', 'L', 'L', '']);
    turns.pass();
    expect(gotOf(ends)).toEqual(['L', 'L', 'L', 'L', 'L']);
    turns.pass();
    expect(turns.armed).toBe(false);
  });

  it('keeps the order of what one watcher is given, and its end behind it', () => {
    const { turns, ends, sinks } = world(3);
    for (const sink of sinks) {
      sink.writeShared(LARGE);
      sink.write('s');
      sink.writeShared(LARGE);
      sink.end();
    }
    expect(gotOf(ends)[2]).toBe('');
    for (let turn = 0; turn < 10; turn++) turns.pass();
    expect(gotOf(ends)).toEqual(['LsLend', 'LsLend', 'LsLend']);
  });

  it('lets small events of others pass', () => {
    const { ends, sinks } = world(4);
    for (const sink of sinks.slice(0, 3)) sink.writeShared(LARGE);
    sinks[3]?.write('s');
    expect(gotOf(ends)).toEqual(['L', 'L', '', 's']);
  });

  it('counts what waits as queued, and is drained once nothing does', () => {
    const { turns, sinks } = world(3);
    for (const sink of sinks) sink.writeShared(LARGE);
    const last = sinks[2];
    expect(last?.queued()).toBe(LARGE.text.length);
    let drained = false;
    last?.onDrained(() => (drained = true));
    expect(drained).toBe(false);
    turns.pass();
    expect(drained).toBe(true);
    expect(last?.queued()).toBe(0);
  });

  it('gives what waits before it is cut, and nothing once its connection is gone', () => {
    const { turns, ends, sinks } = world(4);
    for (const sink of sinks) sink.writeShared(LARGE);
    sinks[2]?.cut();
    sinks[3]?.discard();
    for (let turn = 0; turn < 3; turn++) turns.pass();
    expect(gotOf(ends)).toEqual(['L', 'L', 'Lcut', '']);
  });
});

describe('WritePacer', () => {
  it('gives a turn at once while there is room, and later ones in order', async () => {
    const turns = new Turns();
    let granted = 0;
    const ask = (): Promise<number> => turns.pacer.turn(20 * 1024).then(() => granted++);
    await Promise.all([ask(), ask(), ask()]);
    const waiting = [ask(), ask(), ask(), ask()];
    await Promise.resolve();
    expect(granted).toBe(3);
    turns.pass();
    await Promise.all(waiting.slice(0, 3));
    expect(granted).toBe(6);
    turns.pass();
    await waiting[3];
    expect(granted).toBe(7);
  });
});
