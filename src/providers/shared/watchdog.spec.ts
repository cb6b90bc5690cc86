import { expect, it } from '@jest/globals';
import type { Clock } from '../../core/ports/clock.js';
import { Watchdog } from './watchdog.js';

class StepClock implements Clock {
  waiting: (() => void)[] = [];

  now(): number {
    return 0;
  }

  after(_ms: number, callback: () => void): () => void {
    this.waiting.push(callback);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== callback);
    };
  }

  step(): void {
    for (const callback of this.waiting.splice(0)) callback();
  }
}

it('has one timer for all, and none when there is nothing to watch', () => {
  const clock = new StepClock();
  const watchdog = new Watchdog(clock, 250);
  const ticks: string[] = [];
  const first = { tick: (ms: number) => ticks.push(`first ${ms}`) };
  const second = { tick: () => watchdog.remove(second) };
  watchdog.add(first);
  watchdog.add(second);
  expect(clock.waiting).toHaveLength(1);
  clock.step();
  expect(clock.waiting).toHaveLength(1);
  watchdog.remove(first);
  clock.step();
  expect(clock.waiting).toHaveLength(0);
  watchdog.add(first);
  expect(clock.waiting).toHaveLength(1);
  watchdog.stop();
  expect(clock.waiting).toHaveLength(0);
  expect(ticks).toEqual(['first 250']);
});
