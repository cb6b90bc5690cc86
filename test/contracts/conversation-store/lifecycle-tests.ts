import { describe, expect } from '@jest/globals';
import {
  AGENT,
  batch,
  claim,
  create,
  expectRefusal,
  newRef,
  newRun,
  readAll,
  runOf,
  T0,
  tenant,
  turns,
} from './samples.js';
import type { StoreSuite } from './store-suite.js';

export function describeIdempotency(suite: StoreSuite): void {
  describe('idempotency', () => {
    suite.test('finds what a key stands for, until it expires', async (store) => {
      const ref = newRef();
      const record = claim(ref, { run_id: newRun() });
      await create(store, ref, 1, { idempotency: record });
      const find = (route: string, key: string, now: number) => store.idempotency.find(ref.tenant, route, key, now);
      expect(await find(record.route, record.key, T0)).toEqual(record);
      expect(await find(record.route, record.key, record.expires_at - 1)).toEqual(record);
      expect(await find(record.route, record.key, record.expires_at)).toBeUndefined();
      expect(await find(record.route, 'key-2', T0)).toBeUndefined();
      expect(await find('POST /v1/other', record.key, T0)).toBeUndefined();
    });

    suite.test('of two batches that claim a key one is refused: conflict', async (store) => {
      const [one, two] = [newRef(), newRef()];
      const results = await Promise.allSettled([
        create(store, one, 1, { idempotency: claim(one) }),
        create(store, two, 1, { idempotency: claim(two) }),
      ]);
      expect(results.map((result) => (result.status === 'fulfilled' ? 'ok' : result.reason.code))).toEqual([
        'ok',
        'conflict',
      ]);
      expect(await store.catalogue.get(two)).toBeUndefined();
      expect((await store.idempotency.find(one.tenant, claim(one).route, 'key-1', T0))?.conversation_id).toBe(
        one.conversation_id,
      );
    });

    suite.test('who loses a key in the same conversation is told conflict, not seq_conflict', async (store) => {
      const ref = newRef();
      await create(store, ref, 1);
      const next = batch(ref, turns(ref, 2, 1), { idempotency: claim(ref) });
      const results = await Promise.allSettled([store.log.append(next), store.log.append(next)]);
      expect(results.map((result) => (result.status === 'fulfilled' ? 'ok' : result.reason.code))).toEqual([
        'ok',
        'conflict',
      ]);
    });

    suite.test('an expired key can be claimed again, and is purged', async (store) => {
      const [one, two] = [newRef(), newRef()];
      await create(store, one, 1, { idempotency: claim(one) });
      const summary = { status: 'running', turn_count: 0, updated_at: T0 + 5_000 } as const;
      const again = claim(two, { expires_at: T0 + 9_000 });
      await create(store, two, 1, { summary, idempotency: again });
      expect(await store.idempotency.find(two.tenant, again.route, again.key, T0 + 5_000)).toEqual(again);
      expect(await store.idempotency.purge(T0 + 8_999)).toBe(0);
      expect(await store.idempotency.purge(T0 + 9_000)).toBe(1);
      expect(await store.idempotency.find(two.tenant, again.route, again.key, T0)).toBeUndefined();
    });
  });
}

export function describeLifecycle(suite: StoreSuite): void {
  describe('start and stop', () => {
    suite.test('writes out what was accepted before it stops', async (store) => {
      const ref = newRef();
      const written = [create(store, ref, 1), store.log.append(batch(ref, turns(ref, 2, 3)))];
      await store.stop();
      expect((await Promise.allSettled(written)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    });

    suite.test('refuses every call after it stopped: storage_unavailable', async (store) => {
      const ref = newRef();
      await create(store, ref, 1);
      await store.stop();
      await expectRefusal(store.log.append(batch(ref, turns(ref, 2, 1))), 'storage_unavailable');
      await expectRefusal(readAll(store, ref), 'storage_unavailable');
      await expectRefusal(store.catalogue.list(tenant('alice'), { limit: 1 }), 'storage_unavailable');
      await expectRefusal(store.runs.orphans(T0, 'me'), 'storage_unavailable');
      await expectRefusal(store.idempotency.purge(T0), 'storage_unavailable');
      await expectRefusal(store.expiry.oldest({ limit: 1 }), 'storage_unavailable');
      await expectRefusal(store.expiry.expiredAt(ref), 'storage_unavailable');
      await expectRefusal(store.space.size(), 'storage_unavailable');
      await expectRefusal(store.space.reclaim(), 'storage_unavailable');
      await expectRefusal(store.check(AbortSignal.timeout(1_000)), 'storage_unavailable');
      await store.stop();
    });

    suite.test('refuses calls before it started', async (_store, harness) => {
      await expectRefusal(harness.open().catalogue.get(newRef()), 'storage_unavailable');
    });

    suite.test('can write, as far as a check tells', async (store) => {
      await expect(store.check(AbortSignal.timeout(30_000))).resolves.toBeUndefined();
    });

    suite.test('has everything again after a stop and a start', async (store, harness) => {
      const ref = newRef();
      const run = runOf(ref);
      await create(store, ref, 5, { run, idempotency: claim(ref) });
      await store.agents.create(ref.tenant, AGENT, 9);
      const before = [await readAll(store, ref), await store.catalogue.get(ref)];
      await store.stop();
      const again = harness.open();
      await again.start();
      expect([await readAll(again, ref), await again.catalogue.get(ref)]).toEqual(before);
      expect(await again.runs.orphans(T0, 'server-1')).toEqual([run]);
      expect(await again.idempotency.find(ref.tenant, claim(ref).route, 'key-1', T0)).toEqual(claim(ref));
      expect(await again.agents.get(ref.tenant, AGENT.key)).toEqual(AGENT);
      await again.log.append(batch(ref, turns(ref, 6, 1)));
      await again.stop();
    });
  });
}
