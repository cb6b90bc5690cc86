import { describe, expect } from '@jest/globals';
import type { ConversationStatus } from '../../../src/core/events/fold.js';
import type { ConversationRef } from '../../../src/core/kernel/ids.js';
import type { ConversationStore, IdleConversation, RunRecord } from '../../../src/core/ports/conversation-store.js';
import {
  batch,
  CHAT,
  claim,
  create,
  expectRefusal,
  facts,
  foldAt,
  idsOf,
  newMessage,
  newRef,
  readAll,
  runOf,
  T0,
  tenant,
  turns,
} from './samples.js';
import type { StoreSuite } from './store-suite.js';

interface Made {
  readonly status?: ConversationStatus;
  readonly age?: number;
  readonly of?: string;
  readonly run?: Partial<RunRecord>;
}

/** A conversation last changed `age` ms after `T0`. */
async function make(store: ConversationStore, made: Made): Promise<IdleConversation> {
  const ref = newRef(made.of);
  const updated_at = T0 + (made.age ?? 0);
  await create(store, ref, 1, {
    summary: { status: made.status ?? 'completed', turn_count: 0, updated_at },
    ...(made.run === undefined ? {} : { run: runOf(ref, made.run) }),
  });
  return { ...ref, updated_at };
}

async function reclaimAll(store: ConversationStore): Promise<number> {
  let calls = 1;
  while (await store.space.reclaim()) calls += 1;
  return calls;
}

export function describeExpiry(suite: StoreSuite): void {
  describe('expiry', () => {
    describeOldest(suite);
    describeExpire(suite);
    describeMemory(suite);
  });
}

function describeOldest(suite: StoreSuite): void {
  suite.test('finds the longest unchanged first, of all tenants', async (store) => {
    const third = await make(store, { age: 3, of: 'bob' });
    const first = await make(store, { age: 1, of: 'bob' });
    const second = await make(store, { age: 2, of: '"odd\u0000 \ud800' });
    expect(await store.expiry.oldest({ limit: 9 })).toEqual([first, second, third]);
    expect(await store.expiry.oldest({ limit: 2 })).toEqual([first, second]);
    expect(await store.expiry.oldest({ limit: 9, updated_before: T0 + 3 })).toEqual([first, second]);
    expect(await store.expiry.oldest({ limit: 0 })).toEqual([]);
    await store.log.append(
      batch(first, turns(first, 2, 1), { summary: { status: 'failed', turn_count: 0, updated_at: T0 + 9 } }),
    );
    expect(idsOf(await store.expiry.oldest({ limit: 9 }))).toEqual(idsOf([second, third, first]));
  });

  suite.test('creates a conversation in which nothing has happened yet', async (store) => {
    const ref = newRef();
    const summary = { status: 'queued', turn_count: 0, updated_at: T0 } as const;
    await create(store, ref, 0, { summary });
    expect(await store.catalogue.get(ref)).toEqual({ ...ref, ...CHAT, ...summary, head_seq: 0 });
    expect(await readAll(store, ref)).toEqual([]);
    expect(idsOf(await store.expiry.oldest({ limit: 9 }))).toEqual([ref.conversation_id]);
    await store.log.append(batch(ref, turns(ref, 1, 1), { run: runOf(ref) }));
    expect(await readAll(store, ref)).toHaveLength(1);
  });

  suite.test('finds those of a kind alone', async (store) => {
    await make(store, { age: 1 });
    const session = newRef();
    const updated_at = T0 + 2;
    await create(store, session, 0, {
      create: { ...CHAT, kind: 'session' },
      summary: { status: 'queued', turn_count: 0, updated_at },
    });
    expect(await store.expiry.oldest({ kind: 'session', limit: 9 })).toEqual([{ ...session, updated_at }]);
    expect(await store.expiry.oldest({ kind: 'session', limit: 9, updated_before: updated_at })).toEqual([]);
    expect(await store.expiry.oldest({ limit: 9 })).toHaveLength(2);
  });

  suite.test('finds none with an open run', async (store) => {
    await make(store, { status: 'running' });
    await make(store, { status: 'waiting', run: { state: 'waiting' } });
    await make(store, { status: 'queued', run: {} });
    const idle = [
      await make(store, { age: 1, status: 'queued' }),
      await make(store, { age: 2, status: 'failed', run: { state: 'ended' } }),
      await make(store, { age: 3, status: 'cancelled' }),
    ];
    expect(await store.expiry.oldest({ limit: 9 })).toEqual(idle);
  });
}

function describeExpire(suite: StoreSuite): void {
  suite.test('removes all that belongs to a conversation, and nothing else', async (store) => {
    const [ref, other] = [newRef(), newRef()];
    const run = runOf(ref, { state: 'ended' });
    const message_id = newMessage();
    const summary = { status: 'completed', turn_count: 0, updated_at: T0 } as const;
    const full = batch(ref, facts(ref, 1, [{ type: 'message_start', message_id, role: 'user' }]), {
      create: CHAT,
      summary,
      run,
      snapshot: { seq: 1, fold: foldAt(1) },
      idempotency: claim(ref),
    });
    await create(store, other, 2, { summary });
    await store.log.append(full);
    expect(await store.expiry.expire({ ...ref, updated_at: T0 }, T0 + 5)).toBe(true);
    const check = async (): Promise<void> => {
      expect(await readAll(store, ref)).toEqual([]);
      expect(await store.log.snapshot(ref, 9)).toBeUndefined();
      expect(await store.log.findMessage(ref, message_id)).toBeUndefined();
      expect(await store.catalogue.get(ref)).toBeUndefined();
      expect(await store.runs.get(ref, run.run_id)).toBeUndefined();
      expect(await store.idempotency.find(ref.tenant, claim(ref).route, claim(ref).key, T0)).toBeUndefined();
      expect(idsOf(await store.catalogue.list(ref.tenant, { limit: 9 }))).toEqual([other.conversation_id]);
      expect(idsOf(await store.expiry.oldest({ limit: 9 }))).toEqual([other.conversation_id]);
      expect(await readAll(store, other)).toHaveLength(2);
    };
    await check();
    await reclaimAll(store);
    await check();
    await expectRefusal(store.log.append(batch(ref, turns(ref, 2, 1))), 'not_found');
  });

  suite.test('leaves alone what was changed or deleted since, and what a run began in', async (store) => {
    const changed = await make(store, {});
    const summary = { status: 'completed', turn_count: 1, updated_at: T0 + 1 } as const;
    await store.log.append(batch(changed, turns(changed, 2, 1), { summary }));
    const begun = await make(store, {});
    // In the same ms as it was found.
    await store.log.append(
      batch(begun, turns(begun, 2, 1), {
        run: runOf(begun),
        summary: { ...summary, status: 'running', updated_at: T0 },
      }),
    );
    const deleted = await make(store, {});
    await store.catalogue.delete(deleted);
    for (const conversation of [changed, begun, deleted]) {
      expect(await store.expiry.expire(conversation, T0 + 5)).toBe(false);
      expect(await store.expiry.expiredAt(conversation)).toBeUndefined();
    }
    expect(await readAll(store, changed)).toHaveLength(2);
    expect(await readAll(store, begun)).toHaveLength(2);
  });
}

function describeMemory(suite: StoreSuite): void {
  suite.test('remembers what it removed, per tenant, until it is to forget it', async (store) => {
    const [early, late, deleted] = [await make(store, {}), await make(store, {}), await make(store, {})];
    expect(await store.expiry.expire(early, T0 + 10)).toBe(true);
    expect(await store.expiry.expire(early, T0 + 11)).toBe(false);
    expect(await store.expiry.expire(late, T0 + 20)).toBe(true);
    await store.catalogue.delete(deleted);
    const theirs: ConversationRef = { ...early, tenant: tenant('bob') };
    expect(await store.expiry.expiredAt(early)).toBe(T0 + 10);
    expect(await store.expiry.expiredAt(late)).toBe(T0 + 20);
    expect(await store.expiry.expiredAt(theirs)).toBeUndefined();
    expect(await store.expiry.expiredAt(deleted)).toBeUndefined();
    expect(await store.expiry.forget(T0 + 10)).toBe(0);
    expect(await store.expiry.forget(T0 + 11)).toBe(1);
    expect(await store.expiry.expiredAt(early)).toBeUndefined();
    expect(await store.expiry.expiredAt(late)).toBe(T0 + 20);
  });
}

export function describeSpace(suite: StoreSuite): void {
  describe('space', () => {
    suite.test('grows with what is stored, and shrinks with what is removed and reclaimed', async (store) => {
      const empty = await store.space.size();
      const refs = Array.from({ length: 4 }, () => newRef());
      for (const ref of refs) {
        const big = facts(
          ref,
          1,
          Array.from({ length: 40 }, (_, n) => ({
            type: 'warning' as const,
            code: 'big',
            detail: `${n} ${'x'.repeat(n * 700)}`,
          })),
        );
        await store.log.append(
          batch(ref, big, { create: CHAT, summary: { status: 'completed', turn_count: 0, updated_at: T0 } }),
        );
      }
      const full = await store.space.size();
      expect(full - empty).toBeGreaterThan(2_000_000);
      for (const [index, ref] of refs.entries()) {
        if (index % 2 === 0) await store.catalogue.delete(ref);
        else await store.expiry.expire({ ...ref, updated_at: T0 }, T0);
        await reclaimAll(store);
        expect(await store.space.size()).toBeLessThan(full - (index + 0.5) * ((full - empty) / 4));
      }
      expect((await store.space.size()) - empty).toBeLessThan(20_000);
      expect(await store.space.reclaim()).toBe(false);
    });

    suite.test('an id whose rows are not reclaimed yet can be taken again', async (store) => {
      const ref = newRef();
      await create(store, ref, 700);
      await store.catalogue.delete(ref);
      await create(store, ref, 3);
      await reclaimAll(store);
      expect(await readAll(store, ref)).toHaveLength(3);
    });
  });
}
