import { describe, expect } from '@jest/globals';
import type { AppendBatch } from '../../../src/core/ports/conversation-store.js';
import {
  batch,
  CHAT,
  claim,
  create,
  expectRefusal,
  facts,
  foldAt,
  newMessage,
  newRef,
  readAll,
  runOf,
  T0,
  turns,
} from './samples.js';
import type { StoreSuite } from './store-suite.js';

export function describeAppend(suite: StoreSuite): void {
  describe('append', () => {
    describeSequence(suite);
    describeAtomicity(suite);
    describeCreation(suite);
    describeConcurrency(suite);
  });
}

function describeSequence(suite: StoreSuite): void {
  suite.test('gives back facts equal and in order', async (store) => {
    const ref = newRef();
    const run = runOf(ref);
    const first = turns(ref, 1, 3);
    const [named] = facts(
      ref,
      4,
      [{ type: 'action', turn: 1, action_type: 'speak', argument: 'hi', to: ['bob'] }],
      run.run_id,
    );
    if (named === undefined) throw new Error('no fact');
    await store.log.append(batch(ref, first, { create: CHAT }));
    await store.log.append(batch(ref, [{ ...named, agent: 'bob' }], { run }));
    expect(await readAll(store, ref)).toEqual([...first, { ...named, agent: 'bob' }]);
    expect((await store.catalogue.get(ref))?.head_seq).toBe(4);
  });

  suite.test('refuses a batch that is not next: seq_conflict', async (store) => {
    const ref = newRef();
    await create(store, ref, 2);
    for (const from of [1, 2, 4])
      await expectRefusal(store.log.append(batch(ref, turns(ref, from, 1))), 'seq_conflict');
    await expectRefusal(store.log.append(batch(ref, [], { expected_seq: 9 })), 'seq_conflict');
    expect(await readAll(store, ref)).toHaveLength(2);
  });

  suite.test('refuses a batch with a gap inside: seq_conflict', async (store) => {
    const ref = newRef();
    await create(store, ref, 1);
    await expectRefusal(store.log.append(batch(ref, [...turns(ref, 2, 1), ...turns(ref, 4, 1)])), 'seq_conflict');
    expect(await readAll(store, ref)).toHaveLength(1);
  });

  suite.test('takes a batch without facts', async (store) => {
    const ref = newRef();
    const run = runOf(ref);
    await create(store, ref, 2);
    await store.log.append(batch(ref, [], { expected_seq: 3, run }));
    expect(await store.runs.get(ref, run.run_id)).toEqual(run);
    await store.log.append(batch(ref, turns(ref, 3, 1)));
    expect(await readAll(store, ref)).toHaveLength(3);
  });

  suite.test('keeps nothing of what the caller changes later', async (store) => {
    const ref = newRef();
    const settings = { list: ['a'] };
    const list = turns(ref, 1, 1);
    const written = store.log.append(batch(ref, list, { create: { ...CHAT, settings } }));
    settings.list.push('b');
    list.push(...turns(ref, 2, 1));
    await written;
    expect((await store.catalogue.get(ref))?.settings).toEqual({ list: ['a'] });
    expect(await readAll(store, ref)).toHaveLength(1);
  });
}

function describeAtomicity(suite: StoreSuite): void {
  suite.test('a refused batch leaves nothing', async (store) => {
    const ref = newRef();
    await create(store, ref, 1);
    const before = await store.catalogue.get(ref);
    const run = runOf(ref);
    const message_id = newMessage();
    const refused: AppendBatch = batch(ref, facts(ref, 7, [{ type: 'message_start', message_id, role: 'user' }]), {
      run,
      summary: { status: 'failed', turn_count: 9, updated_at: T0 + 9 },
      snapshot: { seq: 7, fold: foldAt(7) },
      idempotency: claim(ref),
    });
    await expectRefusal(store.log.append(refused), 'seq_conflict');
    expect(await store.catalogue.get(ref)).toEqual(before);
    expect(await readAll(store, ref)).toHaveLength(1);
    expect(await store.log.findMessage(ref, message_id)).toBeUndefined();
    expect(await store.runs.get(ref, run.run_id)).toBeUndefined();
    expect(await store.log.snapshot(ref, 100)).toBeUndefined();
    expect(await store.idempotency.find(ref.tenant, claim(ref).route, claim(ref).key, T0)).toBeUndefined();
  });

  suite.test('a refused batch does not hinder those sent with it', async (store) => {
    const [one, two, gone] = [newRef(), newRef(), newRef()];
    const results = await Promise.allSettled([
      create(store, one, 1),
      store.log.append(batch(gone, turns(gone, 1, 1))),
      store.log.append(batch(one, turns(one, 5, 1))),
      store.log.append(batch(one, turns(one, 2, 1))),
      create(store, two, 2),
    ]);
    const codes = results.map((result) => (result.status === 'fulfilled' ? 'ok' : result.reason.code));
    expect(codes).toEqual(['ok', 'not_found', 'seq_conflict', 'ok', 'ok']);
    expect(await readAll(store, one)).toHaveLength(2);
    expect(await readAll(store, two)).toHaveLength(2);
  });
}

function describeCreation(suite: StoreSuite): void {
  suite.test('refuses an id that exists: seq_conflict', async (store) => {
    const ref = newRef();
    await create(store, ref, 2);
    await expectRefusal(create(store, ref, 1), 'seq_conflict');
    expect(await readAll(store, ref)).toHaveLength(2);
  });

  suite.test('of two that create the same id one wins', async (store) => {
    const ref = newRef();
    const results = await Promise.allSettled([create(store, ref, 1), create(store, ref, 2)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await readAll(store, ref)).toHaveLength(1);
  });

  suite.test('refuses a new conversation that does not start at 1: seq_conflict', async (store) => {
    const ref = newRef();
    await expectRefusal(store.log.append(batch(ref, turns(ref, 2, 1), { create: CHAT })), 'seq_conflict');
    expect(await store.catalogue.get(ref)).toBeUndefined();
  });

  suite.test('refuses a batch for a conversation that is not there: not_found', async (store) => {
    const ref = newRef();
    await expectRefusal(store.log.append(batch(ref, turns(ref, 1, 1))), 'not_found');
    await create(store, ref, 1);
    await store.catalogue.delete(ref);
    await expectRefusal(store.log.append(batch(ref, turns(ref, 2, 1))), 'not_found');
  });
}

function describeConcurrency(suite: StoreSuite): void {
  suite.test('1,000 concurrent batches of 100 conversations keep their order', async (store) => {
    const refs = Array.from({ length: 100 }, () => newRef());
    const written: Promise<void>[] = [];
    const acknowledged: string[] = [];
    for (let round = 0; round < 10; round++) {
      for (const ref of refs) {
        const append = store.log.append(batch(ref, turns(ref, 1 + round * 2, 2), round === 0 ? { create: CHAT } : {}));
        written.push(append.then(() => void acknowledged.push(`${ref.conversation_id} ${round}`)));
      }
    }
    await Promise.all(written);
    for (const ref of refs) {
      expect((await readAll(store, ref)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      const rounds = acknowledged
        .filter((text) => text.startsWith(ref.conversation_id))
        .map((text) => Number(text.at(-1)));
      expect(rounds).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  suite.test('a read sees the batches that were sent before it', async (store) => {
    const ref = newRef();
    const written = [create(store, ref, 1), store.log.append(batch(ref, turns(ref, 2, 1)))];
    expect(await readAll(store, ref)).toHaveLength(2);
    await Promise.all(written);
  });
}
