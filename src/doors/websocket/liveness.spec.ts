import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../test/runs/fakes.js';
import { Liveness } from './liveness.js';

const SECOND = 1_000;

let clock: ManualClock;
let pings: number;
let lostAt: number | undefined;
let peer: { queued: number; progress: number };
let liveness: Liveness;

beforeEach(() => {
  clock = new ManualClock(0);
  pings = 0;
  lostAt = undefined;
  peer = { queued: 0, progress: 0 };
  liveness = new Liveness(clock, {
    ping: () => pings++,
    queued: () => peer.queued,
    progress: () => peer.progress,
    lost: () => (lostAt ??= clock.now()),
  });
});

function pass(seconds: number, each: () => void = () => undefined): void {
  for (let second = 0; second < seconds; second++) {
    clock.advance(SECOND);
    each();
  }
}

describe('a peer', () => {
  it('that answers stays', () => {
    pass(600, () => liveness.heard());
    expect([pings, lostAt]).toEqual([30, undefined]);
  });

  it('that is gone without a word is lost within 45 s', () => {
    pass(19);
    liveness.heard();
    pass(100);
    expect(lostAt).toBeLessThanOrEqual(64 * SECOND);
  });

  it('that is gone while a little is sent to it too', () => {
    pass(100, () => (peer.progress += 500));
    expect(lostAt).toBe(40 * SECOND);
  });

  it('that reads much, and slowly, stays while its queue gets shorter', () => {
    peer.queued = 1_000_000;
    pass(600, () => {
      peer.progress += 1_000;
      peer.queued -= 1_000;
    });
    expect(lostAt).toBeUndefined();
  });

  it('that has much to read and takes nothing is lost after longer than a watcher waits', () => {
    peer.queued = 200_000;
    pass(200);
    expect(lostAt).toBe(80 * SECOND);
  });

  it('that left by itself is asked nothing more', () => {
    liveness.stop();
    pass(100);
    expect([pings, lostAt]).toEqual([0, undefined]);
  });
});
