import { describe, expect } from '@jest/globals';
import type { ConversationRef } from '../../../src/core/kernel/ids.js';
import type {
  ConversationRecord,
  ConversationStore,
  ListQuery,
  NewConversation,
} from '../../../src/core/ports/conversation-store.js';
import {
  batch,
  CHAT,
  claim,
  create,
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

export function describeCatalogue(suite: StoreSuite): void {
  describe('catalogue', () => {
    describeSummary(suite);
    describeList(suite);
    describeTenants(suite);
    describeDelete(suite);
  });
}

function describeSummary(suite: StoreSuite): void {
  suite.test('shows the summary of the last batch', async (store) => {
    const ref = newRef();
    const created: NewConversation = {
      kind: 'multi_agent',
      created_at: T0,
      owner: 'web',
      settings: { n: [1, { a: null }] },
    };
    await create(store, ref, 2, { create: created, summary: { status: 'queued', turn_count: 0, updated_at: T0 + 1 } });
    const record: ConversationRecord = {
      ...created,
      ...ref,
      status: 'queued',
      turn_count: 0,
      updated_at: T0 + 1,
      head_seq: 2,
    };
    expect(await store.catalogue.get(ref)).toEqual(record);
    const summary = { status: 'waiting', turn_count: 5, updated_at: T0 + 7 } as const;
    await store.log.append(batch(ref, turns(ref, 3, 1), { summary }));
    expect(await store.catalogue.get(ref)).toEqual({ ...record, ...summary, head_seq: 3 });
    expect(await store.catalogue.list(ref.tenant, { limit: 5 })).toEqual([{ ...record, ...summary, head_seq: 3 }]);
    expect(await store.catalogue.get(newRef())).toBeUndefined();
  });
}

/** Twelve conversations, by twos of the same age, of two kinds, three states and two owners; newest first. */
async function twelve(store: ConversationStore): Promise<ConversationRef[]> {
  const refs = Array.from({ length: 12 }, () => newRef()).toSorted((left, right) =>
    left.conversation_id < right.conversation_id ? -1 : 1,
  );
  await Promise.all(
    refs.map((ref, index) =>
      create(store, ref, 1, {
        create: {
          kind: index % 2 === 0 ? 'chat' : 'session',
          created_at: T0 + Math.floor(index / 2),
          ...(index % 4 === 0 ? {} : { owner: index % 4 === 1 ? 'one' : 'two' }),
          settings: {},
        },
        summary: {
          status: (['running', 'completed', 'failed'] as const)[index % 3] ?? 'queued',
          turn_count: 0,
          updated_at: T0,
        },
      }),
    ),
  );
  return refs.toReversed();
}

function describeList(suite: StoreSuite): void {
  suite.test('lists the newest first, equal ages by id', async (store) => {
    const refs = await twelve(store);
    const listed = await store.catalogue.list(tenant('alice'), { limit: 100 });
    expect(idsOf(listed)).toEqual(idsOf(refs));
    expect(idsOf(await store.catalogue.list(tenant('alice'), { limit: 5 }))).toEqual(idsOf(refs.slice(0, 5)));
    expect(await store.catalogue.list(tenant('alice'), { limit: 0 })).toEqual([]);
  });

  suite.test('stops at max_chars of settings, after at least one record', async (store) => {
    const refs = Array.from({ length: 3 }, () => newRef());
    for (const [index, ref] of refs.entries()) {
      const settings = { text: 'x'.repeat(1_000) };
      await create(store, ref, 1, { create: { kind: 'session', created_at: T0 + index, settings } });
    }
    const count = async (max_chars?: number): Promise<number> =>
      (await store.catalogue.list(tenant('alice'), { limit: 9, ...(max_chars === undefined ? {} : { max_chars }) }))
        .length;
    expect([await count(1), await count(1_999), await count(2_100), await count(9_999), await count()]).toEqual([
      1, 1, 2, 3, 3,
    ]);
  });

  const filters: Pick<ListQuery, 'status' | 'kind' | 'owner'>[] = [
    {},
    { status: 'completed' },
    { kind: 'session' },
    { owner: 'two' },
    { status: 'failed', kind: 'chat' },
    { owner: 'two', kind: 'chat' },
    { owner: 'one', status: 'running' },
    { owner: 'two', kind: 'session', status: 'failed' },
    { status: 'cancelled' },
  ];
  suite.test('pages through what a filter leaves, without a gap or a repeat', async (store) => {
    await twelve(store);
    const all = await store.catalogue.list(tenant('alice'), { limit: 100 });
    for (const filter of filters) {
      const wanted = all.filter((record) =>
        Object.entries(filter).every(([key, value]) =>
          Object.entries(record).some(([k, v]) => k === key && v === value),
        ),
      );
      const paged: ConversationRecord[] = [];
      for (let more = true; more;) {
        const last = paged.at(-1);
        const page = await store.catalogue.list(tenant('alice'), {
          ...filter,
          limit: 1,
          ...(last === undefined ? {} : { before: last }),
        });
        paged.push(...page);
        more = page.length > 0;
      }
      expect(paged).toEqual(wanted);
    }
  });
}

function describeTenants(suite: StoreSuite): void {
  suite.test("another tenant's data is not there, in any call", async (store) => {
    const mine = newRef('alice');
    const theirs: ConversationRef = { ...mine, tenant: tenant('bob') };
    const run = runOf(mine);
    const message_id = newMessage();
    await store.log.append(
      batch(mine, facts(mine, 1, [{ type: 'message_start', message_id, role: 'user' }]), {
        create: CHAT,
        run,
        snapshot: { seq: 1, fold: foldAt(1) },
        idempotency: claim(mine),
      }),
    );
    expect(await readAll(store, theirs)).toEqual([]);
    expect(await store.log.snapshot(theirs, 9)).toBeUndefined();
    expect(await store.log.findMessage(theirs, message_id)).toBeUndefined();
    expect(await store.catalogue.get(theirs)).toBeUndefined();
    expect(await store.catalogue.list(theirs.tenant, { limit: 9 })).toEqual([]);
    expect(await store.catalogue.delete(theirs)).toBe(false);
    expect(await store.runs.get(theirs, run.run_id)).toBeUndefined();
    expect(await store.runs.takeOver({ ...run, tenant: theirs.tenant }, 'x', T0)).toBeUndefined();
    expect(await store.idempotency.find(theirs.tenant, claim(mine).route, claim(mine).key, T0)).toBeUndefined();
    await create(store, theirs, 3, { idempotency: claim(theirs) });
    expect(await readAll(store, mine)).toHaveLength(1);
    expect(await readAll(store, theirs)).toHaveLength(3);
    expect(await store.catalogue.delete(theirs)).toBe(true);
    expect(await store.catalogue.get(mine)).toBeDefined();
    expect(await store.idempotency.find(mine.tenant, claim(mine).route, claim(mine).key, T0)).toEqual(claim(mine));
  });
}

function describeDelete(suite: StoreSuite): void {
  suite.test('delete removes all that belongs to a conversation, and nothing else', async (store) => {
    const [ref, other] = [newRef(), newRef()];
    const run = runOf(ref);
    const message_id = newMessage();
    const full = batch(ref, facts(ref, 1, [{ type: 'message_start', message_id, role: 'user' }]), {
      create: CHAT,
      run,
      snapshot: { seq: 1, fold: foldAt(1) },
      idempotency: claim(ref),
    });
    await create(store, other, 2);
    await store.log.append(full);
    expect(await store.catalogue.delete(ref)).toBe(true);
    expect(await store.catalogue.delete(ref)).toBe(false);
    expect(await readAll(store, ref)).toEqual([]);
    expect(await store.log.snapshot(ref, 9)).toBeUndefined();
    expect(await store.log.findMessage(ref, message_id)).toBeUndefined();
    expect(await store.catalogue.get(ref)).toBeUndefined();
    expect(await store.runs.get(ref, run.run_id)).toBeUndefined();
    expect(await store.runs.orphans(T0 + 1e9, 'x')).toEqual([]);
    expect(await store.idempotency.find(ref.tenant, claim(ref).route, claim(ref).key, T0)).toBeUndefined();
    expect(idsOf(await store.catalogue.list(ref.tenant, { limit: 9 }))).toEqual([other.conversation_id]);
    expect(await readAll(store, other)).toHaveLength(2);
    await store.log.append(full);
    expect(await readAll(store, ref)).toEqual(full.facts);
  });
}
