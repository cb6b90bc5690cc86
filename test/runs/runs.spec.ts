import { describe, expect, it } from '@jest/globals';
import { ParleyError } from '../../src/core/kernel/parley-error.js';
import type { MessageId } from '../../src/core/kernel/ids.js';
import type { AppendBatch, ConversationStore } from '../../src/core/ports/conversation-store.js';
import { SNAPSHOT_EVERY } from '../../src/conversations/log-writer.js';
import type { LoopInput } from '../../src/conversations/run-loop.js';
import { QUEUE_BYTES, STALLED_MS } from '../../src/conversations/watcher.js';
import { MemoryStore } from '../../src/stores/memory/memory-store.js';
import { CanonicalReader } from '../support/sse.js';
import { bench, ENCODER, ManualSink, settle, type Bench } from './fakes.js';

const DONE = { outcome: 'completed', code: 'answered' } as const;
const M1 = 'msg_1' as MessageId;

function start(message_id: MessageId): Parameters<LoopInput['log']['append']>[0][number] {
  return { body: { type: 'message_start', message_id, role: 'assistant' } };
}

function end(message_id: MessageId, text: string): Parameters<LoopInput['log']['append']>[0][number] {
  return { body: { type: 'message_end', message_id, role: 'assistant', text, stop_reason: 'stop' } };
}

/** A store whose appends wait until they are let through, or fail. */
class GatedStore extends MemoryStore {
  readonly waiting: { batch: AppendBatch; pass: () => void; fail: (error: ParleyError) => void }[] = [];
  gated = false;
  override readonly log: ConversationStore['log'] = this.#gate(this.log);

  #gate(log: ConversationStore['log']): ConversationStore['log'] {
    const append = (batch: AppendBatch): Promise<void> =>
      this.gated
        ? new Promise((resolve, reject) => {
            this.waiting.push({ batch, pass: () => resolve(log.append(batch)), fail: reject });
          })
        : log.append(batch);
    return {
      append,
      read: (...args) => log.read(...args),
      snapshot: (...args) => log.snapshot(...args),
      findMessage: (...args) => log.findMessage(...args),
    };
  }
}

async function watcher(app: Bench, ref: Awaited<ReturnType<Bench['begin']>>, cursor = '0'): Promise<ManualSink> {
  const sink = new ManualSink();
  (await app.watch.open({ ref, cursor })).watch(ENCODER, sink);
  await settle();
  return sink;
}

const types = (sink: ManualSink): unknown[] =>
  sink.frames.map((frame) => (JSON.parse(frame.data) as { type: string }).type);

describe('publishing', () => {
  it('shows a fact only once it is durable, and text only after the facts before it', async () => {
    const store = new GatedStore();
    let input: LoopInput | undefined;
    let finish = (): void => undefined;
    const app = bench(
      (given) =>
        new Promise((resolve) => {
          input = given;
          finish = () => resolve(DONE);
        }),
      store,
    );
    const ref = await app.begin();
    const sink = await watcher(app, ref);
    store.gated = true;
    input?.log.append([start(M1)]);
    input?.log.delta(M1, 'text', 'Hel');
    input?.log.delta(M1, 'text', 'lo');
    await settle();
    expect(types(sink)).toEqual(['run_start']);
    store.waiting.shift()?.pass();
    await settle();
    expect(types(sink)).toEqual(['run_start', 'message_start', 'message_update']);
    input?.log.delta(M1, 'text', ', you');
    expect(types(sink)).toHaveLength(4);
    store.gated = false;
    input?.log.append([end(M1, 'Hello, you')]);
    finish();
    await settle();
    expect(types(sink)).toEqual([
      'run_start',
      'message_start',
      'message_update',
      'message_update',
      'message_end',
      'run_end',
    ]);
    expect(sink.ended).toBe(true);
  });

  it('makes acceptance up to the first message one batch, and everything from its end to that of the run another', async () => {
    const store = new GatedStore();
    const batches: unknown[] = [];
    const append = store.log.append.bind(store.log);
    store.log.append = (batch) => {
      batches.push(batch.facts.map((fact) => fact.body.type));
      return append(batch);
    };
    const app = bench(async (given) => {
      given.log.append([start(M1)]);
      await settle();
      given.log.append([end(M1, '')]);
      await Promise.resolve();
      return DONE;
    }, store);
    await app.supervisor.settled(await app.begin());
    expect(batches).toEqual([
      ['run_start', 'message_start'],
      ['message_end', 'run_end'],
    ]);
  });

  it('keeps a snapshot at the end of a run and at least every so many facts', async () => {
    const app = bench(async (given) => {
      for (let n = 0; n < 2.5 * SNAPSHOT_EVERY; n++) {
        given.log.append([{ body: { type: 'warning', code: 'n', detail: String(n) } }]);
        if (n % 100 === 0) await given.log.committed();
      }
      return DONE;
    });
    const ref = await app.begin();
    await app.supervisor.settled(ref);
    const head = (await app.store.catalogue.get(ref))?.head_seq ?? 0;
    expect((await app.store.log.snapshot(ref, head))?.seq).toBe(head);
    for (let at = SNAPSHOT_EVERY + 200; at < head; at += 300) {
      expect(at - ((await app.store.log.snapshot(ref, at))?.seq ?? 0)).toBeLessThanOrEqual(SNAPSHOT_EVERY + 200);
    }
  });
});

describe('a reader that does not keep up', () => {
  async function stalled(): Promise<{
    app: Bench;
    sink: ManualSink;
    healthy: ManualSink;
    text: string;
    finish: () => void;
  }> {
    let input: LoopInput | undefined;
    let finish = (): void => undefined;
    const app = bench(
      (given) =>
        new Promise((resolve) => {
          input = given;
          finish = () => resolve(DONE);
        }),
    );
    const ref = await app.begin();
    const [sink, healthy] = [await watcher(app, ref), await watcher(app, ref)];
    input?.log.append([start(M1)]);
    await settle();
    sink.stop();
    let text = '';
    for (let n = 0; n < 4000; n++) {
      const piece = `${n} `.padEnd(500, 'x');
      text += piece;
      input?.log.delta(M1, 'text', piece);
    }
    const close = finish;
    return {
      app,
      sink,
      healthy,
      text,
      finish: () => {
        input?.log.append([end(M1, text)]);
        close();
      },
    };
  }

  it('costs a bounded queue, delays nobody else, and gets everything as it drains', async () => {
    const { sink, healthy, text, finish } = await stalled();
    expect(sink.highest).toBeLessThan(QUEUE_BYTES + 2000);
    expect(healthy.frames.length).toBeGreaterThan(4000);
    finish();
    await settle(10);
    expect(healthy.ended).toBe(true);
    for (let guard = 0; guard < 50 && !sink.ended; guard++) {
      sink.go();
      await settle();
    }
    const readers = [sink, healthy].map((each) => {
      const reader = new CanonicalReader();
      reader.take(each.frames);
      return reader;
    });
    expect(readers[0]?.texts.get(M1)).toBe(text);
    expect(readers[0]?.comparable()).toEqual(readers[1]?.comparable());
    expect(sink.frames.length).toBeLessThan(healthy.frames.length);
  });

  it('is cut only after it took nothing for a minute', async () => {
    const { app, sink } = await stalled();
    app.clock.advance(STALLED_MS - 1);
    expect(sink.wasCut).toBe(false);
    app.clock.advance(1);
    expect(sink.wasCut).toBe(true);
  });
});

describe('a store that fails', () => {
  it('refuses a run whose start cannot be made durable, and publishes nothing of it', async () => {
    const store = new GatedStore();
    store.gated = true;
    let aborted = false;
    const app = bench(
      (given) =>
        new Promise((resolve) => {
          given.signal.addEventListener('abort', () => {
            aborted = true;
            resolve({ outcome: 'cancelled', code: 'cancelled' });
          });
        }),
      store,
    );
    const begun = app.begin();
    begun.catch(() => undefined);
    await settle();
    store.waiting.shift()?.fail(new ParleyError('storage_full', 'the store is full'));
    await expect(begun).rejects.toMatchObject({ code: 'storage_full' });
    expect(aborted).toBe(true);
  });

  it('ends a run in the middle of which it failed as soon as it works again', async () => {
    const store = new GatedStore();
    let input: LoopInput | undefined;
    const app = bench(
      (given) =>
        new Promise((resolve) => {
          input = given;
          given.signal.addEventListener('abort', () => resolve({ outcome: 'cancelled', code: 'cancelled' }));
        }),
      store,
    );
    const ref = await app.begin();
    input?.log.append([start(M1)]);
    await input?.log.committed();
    store.gated = true;
    input?.log.append([end(M1, 'x')]);
    await settle();
    store.waiting.shift()?.fail(new ParleyError('storage_full', 'the store is full'));
    await settle();
    expect((await store.catalogue.get(ref))?.status).toBe('running');
    app.clock.advance(1_000);
    await settle();
    store.waiting.shift()?.fail(new ParleyError('storage_full', 'still full'));
    await settle();
    store.gated = false;
    app.clock.advance(1_000);
    await settle(10);
    expect((await store.catalogue.get(ref))?.status).toBe('failed');
    const facts = await store.log.read(ref, { after: 0, limit: 100 });
    expect(facts.map((fact) => fact.body.type)).toEqual(['run_start', 'message_start', 'message_discarded', 'run_end']);
    expect(facts.at(-1)?.body).toMatchObject({ outcome: 'failed', code: 'interrupted' });
  });
});

describe('limits and errors of a run', () => {
  const untilAborted = (given: LoopInput): Promise<{ outcome: 'cancelled'; code: 'cancelled' }> =>
    new Promise((resolve) => {
      given.log.append([{ body: { type: 'turn_start', turn: 1 } }, start(M1)]);
      given.log.delta(M1, 'text', 'so far');
      given.signal.addEventListener('abort', () => resolve({ outcome: 'cancelled', code: 'cancelled' }));
    });

  it('ends a run that takes too long, inside out, with the text so far', async () => {
    const app = bench(untilAborted, new MemoryStore(), 5_000);
    const ref = await app.begin();
    await settle();
    app.clock.advance(5_000);
    await app.supervisor.settled(ref);
    const facts = await app.store.log.read(ref, { after: 0, limit: 100 });
    expect(facts.slice(3).map((fact) => fact.body)).toMatchObject([
      { type: 'message_end', text: 'so far', stop_reason: 'error' },
      { type: 'turn_end', interrupted: true },
      { type: 'run_end', outcome: 'failed', code: 'time' },
    ]);
    expect((await app.store.catalogue.get(ref))?.turn_count).toBe(0);
  });

  it('ends a run whose loop throws as an internal failure, tells the log why, and the client nothing', async () => {
    const app = bench(() => Promise.reject(new Error('secret detail')));
    const ref = await app.begin();
    await app.supervisor.settled(ref);
    const [last] = (await app.store.log.read(ref, { after: 0, limit: 100 })).slice(-1);
    expect(last?.body).toMatchObject({ outcome: 'failed', code: 'internal' });
    expect(JSON.stringify(last)).not.toContain('secret');
    expect(app.errors).toHaveLength(1);
  });

  it('is told of nothing that a loop left behind: its signal aborts, and what it says is dropped', async () => {
    let left: LoopInput | undefined;
    const app = bench((given) => {
      left = given;
      return Promise.reject(new Error('one of several tools'));
    });
    const ref = await app.begin();
    await app.supervisor.settled(ref);
    expect(left?.signal.aborted).toBe(true);
    left?.log.append([start(M1)]);
    left?.log.delta(M1, 'text', 'late');
    await settle();
    const facts = await app.store.log.read(ref, { after: 0, limit: 100 });
    expect(facts.map((fact) => fact.body.type)).toEqual(['run_start', 'run_end']);
  });

  it('ends as cancelled a run whose loop throws because of that', async () => {
    const app = bench(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    );
    const ref = await app.begin();
    app.supervisor.cancel(ref);
    await app.supervisor.settled(ref);
    const [last] = (await app.store.log.read(ref, { after: 0, limit: 100 })).slice(-1);
    expect(last?.body).toMatchObject({ outcome: 'cancelled', code: 'cancelled' });
    expect(app.errors).toEqual([]);
  });

  it('refuses a second run of a conversation, and any run while draining', async () => {
    const app = bench(untilAborted);
    const ref = await app.begin();
    const again = { ref, kind: 'multi_agent', on_disconnect: 'continue', settings: {} } as const;
    await expect(app.supervisor.begin(again)).rejects.toMatchObject({ code: 'conflict' });
    expect(app.supervisor.cancel(ref)).toBe(true);
    await app.supervisor.settled(ref);
    expect(app.supervisor.cancel(ref)).toBe(false);
    const twice = await Promise.allSettled([app.supervisor.begin(again), app.supervisor.begin(again)]);
    expect(twice.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const drained = app.supervisor.drain(0);
    app.clock.advance(0);
    await drained;
    await expect(app.supervisor.begin(again)).rejects.toMatchObject({ code: 'draining' });
  });
});
