import { expect, it } from '@jest/globals';
import { ManualClock, settle } from '../../test/runs/fakes.js';
import type { ModelHealth, ModelProvider } from '../core/ports/model-provider.js';
import { HealthChecks } from './health-checks.js';

/** A model that is as it is set, and counts who asks. */
function modelOf(name: string, healthy: boolean, hangs = false): ModelProvider & { asked: number; aborted: boolean } {
  let health: ModelHealth = { healthy };
  return {
    name,
    asked: 0,
    aborted: false,
    stream: () => Promise.reject(new Error('nothing is generated')),
    health: () => health,
    async check(signal) {
      this.asked++;
      if (hangs) {
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        this.aborted = true;
        throw new Error('too late');
      }
      health = { healthy: true };
      return health;
    },
  };
}

it('asks those that are not well often, the others seldom, and goes on when one does not answer', async () => {
  const clock = new ManualClock();
  const [well, down, stuck] = [modelOf('well', true), modelOf('down', false), modelOf('stuck', false, true)];
  const models = new Map<string, ModelProvider>([well, down, stuck].map((model) => [model.name, model]));
  const checks = new HealthChecks({ names: () => [...models.keys()], get: (name) => models.get(name) }, clock);
  checks.start();
  clock.advance(59_000);
  expect([well.asked, down.asked]).toEqual([0, 0]);
  for (let round = 0; round < 5; round++) {
    clock.advance(60_000);
    await settle();
    clock.advance(20_000);
    await settle();
  }
  expect(down.asked).toBe(2);
  expect(down.health().healthy).toBe(true);
  expect(well.asked).toBe(1);
  expect([stuck.asked, stuck.aborted]).toEqual([5, true]);
  checks.stop();
  clock.advance(600_000);
  await settle();
  expect(stuck.asked).toBe(5);
});
