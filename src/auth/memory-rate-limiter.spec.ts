import { expect, it } from '@jest/globals';
import { MemoryRateLimiter } from './memory-rate-limiter.js';

function limiterAt(most?: number): { limiter: MemoryRateLimiter; move: (ms: number) => void } {
  let now = 1_000_000;
  const clock = { now: () => now, after: () => () => undefined };
  return { limiter: new MemoryRateLimiter(clock, most), move: (ms) => (now += ms) };
}

it('gives so many at once, then as many as a minute brings', async () => {
  const { limiter, move } = limiterAt();
  for (let left = 5; left > 0; left--) {
    expect(await limiter.take('a', 6)).toMatchObject({ allowed: true, remaining: left, retry_seconds: 0 });
  }
  expect(await limiter.take('a', 6)).toMatchObject({
    allowed: true,
    remaining: 0,
    retry_seconds: 10,
    reset_seconds: 60,
  });
  expect(await limiter.take('a', 6)).toMatchObject({ allowed: false, remaining: 0, retry_seconds: 10 });
  move(9_000);
  expect(await limiter.take('a', 6)).toMatchObject({ allowed: false, retry_seconds: 1 });
  move(1_000);
  expect(await limiter.take('a', 6)).toMatchObject({ allowed: true, remaining: 0 });
  move(3_600_000);
  expect(await limiter.take('a', 6)).toMatchObject({ allowed: true, remaining: 5, limit: 6 });
});

it('counts each bucket for itself, and nothing twice when the clock is set back', async () => {
  const { limiter, move } = limiterAt();
  await limiter.take('a', 2);
  await limiter.take('a', 2);
  move(-3_600_000);
  expect((await limiter.take('a', 2)).allowed).toBe(false);
  expect((await limiter.take('b', 2)).allowed).toBe(true);
  move(30_000);
  expect((await limiter.take('a', 2)).allowed).toBe(true);
});

it('keeps a bounded number of buckets, the last used ones', async () => {
  const { limiter } = limiterAt(100);
  await limiter.take('kept', 1);
  for (let index = 0; index < 10_000; index++) {
    await limiter.take(`address ${index}`, 1);
    expect((await limiter.take('kept', 1)).allowed).toBe(false);
  }
  expect(limiter.size).toBe(100);
});
