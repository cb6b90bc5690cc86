import { describe, expect } from '@jest/globals';
import * as fc from 'fast-check';
import type { Fact, FactBody } from '../../../src/core/events/conversation-event.js';
import type { FactQuery } from '../../../src/core/ports/conversation-store.js';
import {
  batch,
  CHAT,
  create,
  facts,
  foldAt,
  newMessage,
  newRef,
  newRun,
  readAll,
  runOf,
  tenant,
  turns,
} from './samples.js';
import type { StoreSuite } from './store-suite.js';

export function describeRead(suite: StoreSuite): void {
  describe('read', () => {
    describeFilters(suite);
    describeText(suite);
    describeAnyText(suite);
    describeMessages(suite);
    describeSnapshots(suite);
  });
}

function describeFilters(suite: StoreSuite): void {
  suite.test('filters by position, count, type and run', async (store) => {
    const ref = newRef();
    const [one, two] = [newRun(), newRun()];
    await store.log.append(batch(ref, turns(ref, 1, 4, one), { create: CHAT }));
    await store.log.append(batch(ref, facts(ref, 5, [{ type: 'agent_start' }, { type: 'agent_end' }], two)));
    await store.log.append(batch(ref, turns(ref, 7, 2)));
    const seqs = async (query: FactQuery): Promise<number[]> =>
      (await store.log.read(ref, query)).map(({ seq }) => seq);
    expect(await seqs({ after: 0, limit: 100 })).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await seqs({ after: 6, limit: 100 })).toEqual([7, 8]);
    expect(await seqs({ after: 8, limit: 100 })).toEqual([]);
    expect(await seqs({ after: 2, until: 4, limit: 100 })).toEqual([3, 4]);
    expect(await seqs({ after: 2, until: 99, limit: 2 })).toEqual([3, 4]);
    expect(await seqs({ after: 0, limit: 0 })).toEqual([]);
    expect(await seqs({ after: 0, limit: 100, run_id: one })).toEqual([1, 2, 3, 4]);
    expect(await seqs({ after: 0, limit: 100, types: ['agent_end', 'agent_start'] })).toEqual([5, 6]);
    expect(await seqs({ after: 0, limit: 100, types: [] })).toEqual([]);
    expect(await seqs({ after: 1, limit: 2, types: ['turn_start'], run_id: one })).toEqual([2, 3]);
    expect(await seqs({ after: 0, limit: Infinity, until: Infinity })).toHaveLength(8);
    expect(await seqs({ after: 0, limit: 3, newest_first: true })).toEqual([8, 7, 6]);
    expect(await seqs({ after: 2, until: 5, limit: 100, newest_first: true })).toEqual([5, 4, 3]);
    expect(await seqs({ after: 0, until: 0, limit: 100, newest_first: true })).toEqual([]);
    expect(await seqs({ after: 1, limit: 2, types: ['turn_start'], run_id: one, newest_first: true })).toEqual([4, 3]);
  });

  suite.test('is empty for an unknown conversation', async (store) => {
    expect(await readAll(store, newRef())).toEqual([]);
  });

  suite.test('stops at max_chars, after at least one fact', async (store) => {
    const ref = newRef();
    const list = facts(
      ref,
      1,
      Array.from({ length: 5 }, (): FactBody => ({ type: 'warning', code: 'c', detail: 'x'.repeat(100) })),
    );
    await store.log.append(batch(ref, list, { create: CHAT }));
    const one = JSON.stringify(list[0]?.body).length;
    const count = async (max_chars: number): Promise<number> =>
      (await store.log.read(ref, { after: 1, limit: 100, max_chars })).length;
    expect(await count(1)).toBe(1);
    expect(await count(one)).toBe(1);
    expect(await count(2 * one - 1)).toBe(1);
    expect(await count(2 * one)).toBe(2);
    expect(await count(100 * one)).toBe(4);
    const newest = await store.log.read(ref, { after: 0, limit: 100, max_chars: 2 * one, newest_first: true });
    expect(newest.map(({ seq }) => seq)).toEqual([5, 4]);
  });
}

function describeText(suite: StoreSuite): void {
  suite.test('keeps a text of 8 MiB', async (store) => {
    const ref = newRef();
    const text = 'ä€🙂x'.repeat((8 * 1024 * 1024) / 5);
    const body: FactBody = {
      type: 'message_end',
      message_id: newMessage(),
      role: 'assistant',
      text,
      stop_reason: 'stop',
    };
    await store.log.append(batch(ref, facts(ref, 1, [body]), { create: CHAT }));
    const [fact] = await readAll(store, ref);
    expect(fact?.body.type === 'message_end' && fact.body.text === text).toBe(true);
  });

  suite.test('keeps long texts as they are, with all that stands beside them', async (store) => {
    const ref = newRef();
    const beside = JSON.parse('{"__proto__":{"text":""},"result":"","text":"\\ud800"}');
    const call = { tool_call_id: 'call', tool_name: 'tool' };
    const bodies = ['plain ', 'ä€', '🙂', 'q"\\\n\u0000\u2028', '\ud800', '\udc00\ud800x'].flatMap(
      (some): FactBody[] => {
        const text = some.repeat(30_000);
        return [
          {
            type: 'message_end',
            message_id: newMessage(),
            role: 'assistant',
            text,
            blocks: [['thinking', 7]],
            stop_reason: 'stop',
            tool_calls: [{ id: 'call', name: 'tool', arguments: beside }],
          },
          { type: 'tool_execution_end', ...call, status: 'failed', result: text, details: beside, duration_ms: 7 },
          { type: 'tool_result_received', ...call, is_error: true, result: text },
        ];
      },
    );
    await store.log.append(batch(ref, facts(ref, 1, bodies), { create: CHAT }));
    const stored = await readAll(store, ref);
    expect(stored.length).toBe(bodies.length);
    for (const [index, { body }] of stored.entries())
      expect(JSON.stringify(body) === JSON.stringify(bodies[index])).toBe(true);
  });
}

function describeAnyText(suite: StoreSuite): void {
  suite.test('keeps every text, in every place, as it is', async (store) => {
    const anyUnit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 0x22, 0x5c, 0xd800, 0xdc00, 0xfeff),
    );
    const text = fc.array(anyUnit, { maxLength: 12 }).map((units) => String.fromCharCode(...units));
    await fc.assert(
      fc.asyncProperty(text, fc.jsonValue(), text, async (weird, json, other) => {
        const ref = { ...newRef(), tenant: tenant(weird) };
        const args = { [weird]: json };
        const run = runOf(ref, { lease_owner: weird });
        const body: FactBody = { type: 'tool_execution_start', tool_call_id: weird, tool_name: weird, arguments: args };
        const list: Fact[] = facts(ref, 1, [body], run.run_id).map((fact) => ({ ...fact, agent: weird }));
        const created = { ...CHAT, owner: weird, settings: args };
        await store.log.append(batch(ref, list, { create: created, run }));
        expect(await readAll(store, ref)).toEqual(asJson(list));
        const [listed] = await store.catalogue.list(ref.tenant, { limit: 1, owner: weird });
        expect(listed).toMatchObject(asJson({ ...ref, ...created }));
        expect(await store.runs.get(ref, run.run_id)).toEqual(run);
        if (other !== weird) expect(await store.catalogue.list(tenant(other), { limit: 1, owner: weird })).toEqual([]);
        await store.catalogue.delete(ref);
      }),
      { numRuns: 60 },
    );
  });
}

/** Values are plain JSON: what JSON cannot say (−0) is not asked for. */
function asJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}

function describeMessages(suite: StoreSuite): void {
  suite.test('finds where a message starts and ends', async (store) => {
    const ref = newRef();
    const [ended, discarded, open] = [newMessage(), newMessage(), newMessage()];
    const bodies: FactBody[] = [
      { type: 'message_start', message_id: ended, role: 'user' },
      { type: 'message_end', message_id: ended, role: 'user', text: 'hi', stop_reason: 'stop' },
      { type: 'message_start', message_id: discarded, role: 'assistant' },
      { type: 'message_start', message_id: open, role: 'assistant' },
    ];
    await store.log.append(batch(ref, facts(ref, 1, bodies), { create: CHAT }));
    expect(await store.log.findMessage(ref, discarded)).toEqual({ start_seq: 3 });
    const gone: FactBody = { type: 'message_discarded', message_id: discarded, reason: 'repaired' };
    await store.log.append(batch(ref, facts(ref, 5, [gone])));
    expect(await store.log.findMessage(ref, ended)).toEqual({ start_seq: 1, end_seq: 2 });
    expect(await store.log.findMessage(ref, discarded)).toEqual({ start_seq: 3, end_seq: 5 });
    expect(await store.log.findMessage(ref, open)).toEqual({ start_seq: 4 });
    expect(await store.log.findMessage(ref, newMessage())).toBeUndefined();
    expect(await store.log.findMessage(newRef(), ended)).toBeUndefined();
  });
}

function describeSnapshots(suite: StoreSuite): void {
  suite.test('gives the latest snapshot at or before a seq, however old', async (store) => {
    const ref = newRef();
    await create(store, ref, 10);
    for (let from = 11; from <= 91; from += 10) {
      const seq = from + 9;
      await store.log.append(batch(ref, turns(ref, from, 10), { snapshot: { seq, fold: foldAt(seq) } }));
    }
    expect(await store.log.snapshot(ref, 19)).toBeUndefined();
    expect(await store.log.snapshot(ref, 20)).toEqual({ seq: 20, fold: foldAt(20) });
    expect(await store.log.snapshot(ref, 55)).toEqual({ seq: 50, fold: foldAt(50) });
    expect(await store.log.snapshot(ref, 1_000_000)).toEqual({ seq: 100, fold: foldAt(100) });
    expect(await store.log.snapshot(newRef(), 55)).toBeUndefined();
  });
}
