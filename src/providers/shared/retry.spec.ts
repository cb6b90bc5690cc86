import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../../core/ports/clock.js';
import { failure } from './failure.js';
import { DEFAULT_RETRY, RetryBudget, retryWait } from './retry.js';
import { failureOf, retryAfterMs } from './upstream-errors.js';

class SetClock implements Clock {
  time = 1_760_000_000_000;

  now(): number {
    return this.time;
  }

  after(): () => void {
    throw new Error('no timer is needed');
  }
}

function waitFor(n: number, random: number, retryAfter?: number): number | undefined {
  const reason = failure('upstream_unavailable', '', retryAfter === undefined ? {} : { retryAfterMs: retryAfter });
  return retryWait(reason, n, DEFAULT_RETRY, () => random);
}

describe('retryWait', () => {
  it('is full jitter that doubles up to a cap', () => {
    expect([waitFor(1, 0), waitFor(1, 0.5), waitFor(2, 0.5), waitFor(3, 1), waitFor(9, 1)]).toEqual([
      0, 500, 1000, 4000, 8000,
    ]);
  });

  it('is at least what the upstream asks, unless that is too long', () => {
    expect(waitFor(1, 0, 3000)).toBe(3000);
    expect(waitFor(2, 1, 3000)).toBe(3500);
    expect(waitFor(1, 0, 30_000)).toBe(30_000);
    expect(waitFor(1, 0, 30_001)).toBeUndefined();
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': ['3', '4'] }, 3000],
    [{ 'retry-after-ms': '50', 'retry-after': '9' }, 50],
    [{ 'retry-after-ms': 'x', 'retry-after': '9' }, 9000],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:07 GMT' }, 7000],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT' }, undefined],
    [{ 'retry-after': '86400' }, 86_400_000],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': 'NaN' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ])('%j', (headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected);
  });
});

describe('failureOf', () => {
  it.each([
    [301, 'upstream_invalid', false],
    [307, 'upstream_invalid', false],
    [400, 'upstream_rejected', false],
    [401, 'upstream_auth', false],
    [402, 'upstream_rejected', false],
    [403, 'upstream_auth', false],
    [404, 'upstream_rejected', false],
    [408, 'upstream_unavailable', true],
    [409, 'upstream_unavailable', true],
    [413, 'upstream_rejected', false],
    [422, 'upstream_rejected', false],
    [429, 'upstream_rate_limited', true],
    [500, 'upstream_unavailable', true],
    [504, 'upstream_unavailable', true],
    [529, 'upstream_unavailable', true],
  ])('%d is %s', (status, code, repeatable) => {
    const found = failureOf({ status, headers: {}, body: 'the upstream said' }, 0);
    expect(found).toMatchObject({ code, repeatable, retryable: repeatable });
    expect(found.what).not.toContain('said');
  });

  it('does not repeat what money is missing for', () => {
    const body = JSON.stringify({ error: { code: 'insufficient_quota' } });
    expect(failureOf({ status: 429, headers: {}, body }, 0)).toMatchObject({
      code: 'upstream_rate_limited',
      repeatable: false,
    });
  });
});

describe('RetryBudget', () => {
  it('allows a few repetitions, then a fifth of the calls', () => {
    const budget = new RetryBudget(new SetClock());
    let repeated = 0;
    for (let i = 0; i < 1000; i++) {
      budget.count();
      if (budget.take()) repeated++;
    }
    expect(repeated).toBe(200);
  });

  it('begins anew every minute, and when the clock jumps', () => {
    const clock = new SetClock();
    const budget = new RetryBudget(clock);
    const left = (): number => {
      let taken = 0;
      while (budget.take()) taken++;
      return taken;
    };
    budget.count();
    expect(left()).toBe(10);
    budget.count();
    expect(left()).toBe(0);
    clock.time += 61_000;
    budget.count();
    expect(left()).toBe(10);
    clock.time -= 3_600_000;
    budget.count();
    expect(left()).toBe(10);
  });
});
