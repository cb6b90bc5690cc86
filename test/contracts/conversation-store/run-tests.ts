import { describe, expect } from '@jest/globals';
import type { RunRecord } from '../../../src/core/ports/conversation-store.js';
import { batch, create, expectRefusal, newRef, readAll, runOf, T0, turns } from './samples.js';
import type { StoreSuite } from './store-suite.js';

export function describeRuns(suite: StoreSuite): void {
  describe('runs', () => {
    describeRecord(suite);
    describeFencing(suite);
    describeLeases(suite);
  });
}

function describeRecord(suite: StoreSuite): void {
  suite.test('keeps the run of the last batch, waiting_until only while it is given', async (store) => {
    const ref = newRef();
    const run = runOf(ref);
    await create(store, ref, 1, { run });
    expect(await store.runs.get(ref, run.run_id)).toEqual(run);
    const waiting: RunRecord = { ...run, state: 'waiting', waiting_until: T0 + 60_000 };
    await store.log.append(batch(ref, turns(ref, 2, 1), { run: waiting }));
    expect(await store.runs.get(ref, run.run_id)).toEqual(waiting);
    await store.log.append(batch(ref, turns(ref, 3, 1), { run: { ...run, state: 'ended' } }));
    expect(await store.runs.get(ref, run.run_id)).toEqual({ ...run, state: 'ended' });
    expect(await store.runs.get(ref, runOf(ref).run_id)).toBeUndefined();
  });
}

function describeFencing(suite: StoreSuite): void {
  suite.test('of two that take a run over one wins', async (store) => {
    const ref = newRef();
    const run = runOf(ref);
    await create(store, ref, 1, { run });
    const taken = await Promise.all([
      store.runs.takeOver(run, 'server-2', T0 + 90_000),
      store.runs.takeOver(run, 'server-3', T0 + 90_000),
    ]);
    const winner = { ...run, fence: 2, lease_owner: 'server-2', lease_until: T0 + 90_000 };
    expect(taken).toEqual([winner, undefined]);
    expect(await store.runs.get(ref, run.run_id)).toEqual(winner);
  });

  suite.test('a batch of the earlier owner is refused: fenced', async (store) => {
    const ref = newRef();
    const run = runOf(ref);
    await create(store, ref, 1, { run });
    const taken = await store.runs.takeOver(run, 'server-2', T0 + 90_000);
    await expectRefusal(store.log.append(batch(ref, turns(ref, 2, 1), { run })), 'fenced');
    expect(await readAll(store, ref)).toHaveLength(1);
    if (taken === undefined) throw new Error('not taken');
    await store.log.append(batch(ref, turns(ref, 2, 1), { run: taken }));
    await expectRefusal(store.log.append(batch(ref, turns(ref, 2, 1), { run })), 'fenced');
    expect(await store.runs.get(ref, run.run_id)).toEqual(taken);
  });

  suite.test('an ended or unknown run is not taken over', async (store) => {
    const ref = newRef();
    const run = runOf(ref, { state: 'ended' });
    await create(store, ref, 1, { run });
    expect(await store.runs.takeOver(run, 'server-2', T0)).toBeUndefined();
    expect(await store.runs.takeOver(runOf(ref), 'server-2', T0)).toBeUndefined();
    expect(await store.runs.takeOver(runOf(newRef()), 'server-2', T0)).toBeUndefined();
  });
}

function describeLeases(suite: StoreSuite): void {
  suite.test('orphans are the runs not ended whose lease ran out, or that are mine', async (store) => {
    const late = runOf(newRef('alice'), { lease_until: T0 - 1, started_at: T0 + 1 });
    const mine = runOf(newRef('bob'), {
      lease_owner: 'me',
      started_at: T0 + 2,
      state: 'waiting',
      waiting_until: T0 + 5,
    });
    const others = runOf(newRef('alice'), { lease_until: T0 + 1 });
    const ended = runOf(newRef('bob'), { lease_owner: 'me', lease_until: T0 - 1, state: 'ended' });
    for (const run of [mine, late, others, ended]) {
      await create(store, { tenant: run.tenant, conversation_id: run.conversation_id }, 1, { run });
    }
    expect(await store.runs.orphans(T0, 'me')).toEqual([late, mine]);
    expect(await store.runs.orphans(T0, 'nobody')).toEqual([late]);
    expect(await store.runs.orphans(T0 + 1e9, 'nobody')).toHaveLength(3);
  });

  suite.test('renew extends the leases of one owner', async (store) => {
    const refs = [newRef('alice'), newRef('bob'), newRef(), newRef()];
    const [one, two, foreign, ended] = refs.map((ref) => runOf(ref));
    if (!one || !two || !foreign || !ended) throw new Error('no runs');
    const runs = [one, two, { ...foreign, lease_owner: 'server-2' }, { ...ended, state: 'ended' as const }];
    for (const [index, run] of runs.entries()) await create(store, refs[index] ?? newRef(), 1, { run });
    expect(await store.runs.renew('server-1', T0 + 99_000)).toBe(2);
    expect(await store.runs.renew('nobody', T0 + 99_000)).toBe(0);
    const stored = await Promise.all(runs.map((run, index) => store.runs.get(refs[index] ?? newRef(), run.run_id)));
    expect(stored.map((run) => (run?.lease_until ?? 0) - T0)).toEqual([99_000, 99_000, 30_000, 30_000]);
  });

  suite.test('a batch does not shorten a lease that was renewed', async (store) => {
    const ref = newRef();
    const run = runOf(ref);
    await create(store, ref, 1, { run });
    await store.runs.renew('server-1', T0 + 99_000);
    await store.log.append(batch(ref, turns(ref, 2, 1), { run }));
    expect((await store.runs.get(ref, run.run_id))?.lease_until).toBe(T0 + 99_000);
    await store.log.append(batch(ref, turns(ref, 3, 1), { run: { ...run, lease_until: T0 + 120_000 } }));
    expect((await store.runs.get(ref, run.run_id))?.lease_until).toBe(T0 + 120_000);
  });
}
