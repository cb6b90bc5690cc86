import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../test/runs/fakes.js';
import { Authenticator } from './authenticator.js';

function given(options: { open?: boolean; allow_anonymous?: boolean } = {}): {
  clock: ManualClock;
  authenticator: Authenticator;
} {
  const clock = new ManualClock();
  return { clock, authenticator: new Authenticator({ clock, open: false, allow_anonymous: false, ...options }) };
}

describe('a caller', () => {
  it('is current as long as its very key is there, under its name and with its scopes', () => {
    const { authenticator } = given();
    authenticator.replace([{ name: 'team', key: 'first', scopes: ['chat'] }]);
    const caller = authenticator.authenticate('first');
    authenticator.replace([
      { name: 'team', key: 'first' },
      { name: 'team', key: 'second' },
    ]);
    expect(authenticator.isCurrent(caller)).toBe(true);
    const ruler = authenticator.authenticate('second');
    authenticator.replace([{ name: 'team', key: 'second', scopes: ['chat'] }]);
    expect(authenticator.isCurrent(caller)).toBe(false);
    expect(authenticator.isCurrent(ruler)).toBe(false);
    authenticator.replace([{ name: 'other', key: 'first' }]);
    expect(authenticator.isCurrent(caller)).toBe(false);
  });

  it('without a key stays', () => {
    const { authenticator } = given({ allow_anonymous: true });
    const caller = authenticator.authenticate(undefined);
    authenticator.replace([{ name: 'team', key: 'first' }]);
    expect(authenticator.isCurrent(caller)).toBe(true);
  });
});

describe('an open connection', () => {
  it('is told once when its key is revoked, and not when it closed before', () => {
    const { authenticator } = given();
    authenticator.replace([{ name: 'team', key: 'first' }]);
    const told: string[] = [];
    const caller = authenticator.authenticate('first');
    authenticator.whenGone(caller, () => told.push('open'));
    authenticator.whenGone(caller, () => told.push('closed'))();
    authenticator.replace([{ name: 'team', key: 'first', scopes: ['chat', 'admin'] }]);
    expect(told).toEqual([]);
    authenticator.replace([{ name: 'team', key: 'second' }]);
    authenticator.replace([]);
    expect(told).toEqual(['open']);
  });

  it('is told when its key expires', () => {
    const { authenticator, clock } = given();
    authenticator.replace([{ name: 'team', key: 'first', expires_at: clock.now() + 60_000 }]);
    let gone = false;
    authenticator.whenGone(authenticator.authenticate('first'), () => {
      gone = true;
    });
    for (let second = 0; second < 50; second += 10) clock.advance(10_000);
    expect(gone).toBe(false);
    clock.advance(10_000);
    expect(gone).toBe(true);
  });
});

describe('S05: how long a refusal takes', () => {
  const KEY = 'a-key-of-some-length-0123456789';
  const WRONG = { near: `${KEY.slice(0, -1)}_`, far: '_'.repeat(KEY.length) };
  const SAMPLES = 20_000;

  /** Welch's t of two kinds of wrong keys, tried in random order; the slowest tenth is the machine's own business. */
  function welch(authenticator: Authenticator): number {
    const times: Record<keyof typeof WRONG, number[]> = { near: [], far: [] };
    for (let n = 0; n < 2 * SAMPLES; n++) {
      const kind = Math.random() < 0.5 ? 'near' : 'far';
      const began = process.hrtime.bigint();
      try {
        authenticator.authenticate(WRONG[kind]);
      } catch {
        times[kind].push(Number(process.hrtime.bigint() - began));
      }
    }
    const [near, far] = [momentsOf(times.near), momentsOf(times.far)];
    return Math.abs(near.mean - far.mean) / Math.sqrt(near.variance / near.count + far.variance / far.count);
  }

  it('says nothing about how much of the key was right', () => {
    const { authenticator } = given();
    authenticator.replace([{ name: 'team', key: KEY }]);
    const { stackTraceLimit } = Error;
    // Stacks would be most of the time that a refusal takes here.
    Error.stackTraceLimit = 0;
    try {
      // What leaks, leaks every time; what disturbs does not.
      let t = welch(authenticator);
      for (let again = 0; again < 3 && t >= 4.5; again++) t = welch(authenticator);
      expect(t).toBeLessThan(4.5);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  });
});

function momentsOf(times: readonly number[]): {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
} {
  const kept = times.toSorted((a, b) => a - b).slice(0, Math.floor(times.length * 0.9));
  const mean = kept.reduce((sum, time) => sum + time, 0) / kept.length;
  const variance = kept.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (kept.length - 1);
  return { count: kept.length, mean, variance };
}
