import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../test/runs/fakes.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { failure, invalid, timedOut, truncated, type Failure } from './failure.js';

const DOWN = failure('upstream_unavailable', 'is down', { unhealthy: true });
const MILD: readonly Failure[] = [
  failure('upstream_rate_limited', 'has too many requests', { unhealthy: true }),
  failure('upstream_auth', 'refused the key', { unhealthy: true }),
  failure('upstream_rejected', 'rejected it'),
];

function fail(breaker: CircuitBreaker, times: number, reason = DOWN): void {
  for (let i = 0; i < times; i++) breaker.failed(reason);
}

describe('CircuitBreaker', () => {
  it('U04: opens after five failures in a row within ten seconds', () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker(clock);
    fail(breaker, 4);
    expect(breaker.admit()).toBe(true);
    clock.advance(10_000);
    fail(breaker, 4, timedOut('first_byte', 1));
    expect(breaker.admit()).toBe(true);
    breaker.failed(DOWN);
    expect(breaker.admit()).toBe(false);
    expect(breaker.refusal()).toMatchObject({ code: 'upstream_unavailable', retryable: true, retryAfterMs: 100 });
  });

  it('U04: lets one call a pause through, and closes when one is answered', () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker(clock);
    fail(breaker, 5);
    clock.advance(100);
    expect([breaker.admit(), breaker.admit()]).toEqual([true, false]);
    breaker.failed(DOWN);
    expect(breaker.admit()).toBe(false);
    clock.advance(100);
    expect(breaker.admit()).toBe(true);
    breaker.answered();
    expect([breaker.admit(), breaker.admit()]).toEqual([true, true]);
    fail(breaker, 4);
    expect(breaker.admit()).toBe(true);
  });

  it('pauses for a twentieth of the outage, within bounds, and as long as the upstream asks', () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker(clock);
    fail(breaker, 5);
    const pauses = [20_000, 60_000, 600_000].map((ms) => {
      clock.advance(ms);
      breaker.admit();
      return breaker.refusal().retryAfterMs;
    });
    expect(pauses).toEqual([1000, 4000, 5000]);
    breaker.failed({ ...DOWN, retryAfterMs: 20_000 });
    expect(breaker.refusal().retryAfterMs).toBe(20_000);
    breaker.failed({ ...DOWN, retryAfterMs: 86_400_000 });
    expect(breaker.refusal().retryAfterMs).toBe(30_000);
    breaker.failed(DOWN);
    expect(breaker.refusal().retryAfterMs).toBe(30_000);
  });

  it.each(MILD)('takes $code for an answer', (reason) => {
    const breaker = new CircuitBreaker(new ManualClock());
    fail(breaker, 4);
    fail(breaker, 9, reason);
    fail(breaker, 4);
    expect(breaker.admit()).toBe(true);
  });

  it.each([truncated('cut it'), invalid('sent a web page'), timedOut('total', 1)])(
    'learns nothing from $what',
    (reason) => {
      const breaker = new CircuitBreaker(new ManualClock());
      fail(breaker, 9, reason);
      expect(breaker.admit()).toBe(true);
      fail(breaker, 4);
      fail(breaker, 1, reason);
      fail(breaker, 1);
      expect(breaker.admit()).toBe(false);
    },
  );

  it('lets a call through when the clock is set back', () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker(clock);
    fail(breaker, 5);
    clock.advance(-3_600_000);
    expect(breaker.admit()).toBe(true);
  });
});
