import { describe, expect, it } from '@jest/globals';
import type { NewFact } from '../../src/core/events/conversation-event.js';
import type { Encoder } from '../../src/core/events/encoder.js';
import type { ConversationRef, MessageId } from '../../src/core/kernel/ids.js';
import type { AppendBatch, ConversationStore } from '../../src/core/ports/conversation-store.js';
import { loadFold } from '../../src/conversations/load-fold.js';
import { SNAPSHOT_EVERY } from '../../src/conversations/log-writer.js';
import type { LoopInput } from '../../src/conversations/run-loop.js';
import { ChatProjection } from '../../src/doors/wire/chat.projection.js';
import { SseEncoder } from '../../src/doors/wire/projection.js';
import { MemoryStore } from '../../src/stores/memory/memory-store.js';
import { bench, ENCODER, ManualSink, settle, type Bench } from './fakes.js';

const DONE = { outcome: 'completed', code: 'answered' } as const;
const MESSAGES = 3_000;
const TEXT = 'x'.repeat(500);
const CHAT: Encoder = new SseEncoder(new ChatProjection());

/** A store that says how much JSON it was given. */
class WeighingStore extends MemoryStore {
  facts = 0;
  snapshots: number[] = [];
  read = 0;
  override readonly log: ConversationStore['log'] = this.#weigh(this.log);

  #weigh(log: ConversationStore['log']): ConversationStore['log'] {
    return {
      append: (batch: AppendBatch) => {
        this.facts += JSON.stringify(batch.facts).length;
        if (batch.snapshot !== undefined) this.snapshots.push(JSON.stringify(batch.snapshot).length);
        return log.append(batch);
      },
      read: async (ref, query) => {
        const facts = await log.read(ref, query);
        this.read += facts.length;
        return facts;
      },
      snapshot: (...args) => log.snapshot(...args),
      findMessage: (...args) => log.findMessage(...args),
    };
  }
}

function said(index: number): NewFact[] {
  const message_id = `msg_${index}` as MessageId;
  const text = `${index} ${TEXT}`;
  return [
    { body: { type: 'message_start', message_id, role: 'assistant' } },
    { body: { type: 'message_end', message_id, role: 'assistant', text, stop_reason: 'stop' } },
  ];
}

const ALL = Array.from({ length: MESSAGES }, (_, index) => `${index} ${TEXT}`).join('');

/** A run that has said all, and ends when it is told to. */
async function longRun(store: ConversationStore): Promise<{ app: Bench; ref: ConversationRef; finish: () => void }> {
  const end = Promise.withResolvers<typeof DONE>();
  const spoken = Promise.withResolvers<void>();
  const app = bench(async ({ log }: LoopInput) => {
    for (let index = 0; index < MESSAGES; index++) {
      log.append(said(index));
      if (index % 100 === 99) await log.committed();
    }
    spoken.resolve();
    return end.promise;
  }, store);
  const ref = await app.begin();
  await spoken.promise;
  await settle();
  return { app, ref, finish: () => end.resolve(DONE) };
}

async function finalResponse(app: Bench, ref: ConversationRef, cursor: string, finish: () => void): Promise<unknown> {
  const sink = new ManualSink();
  (await app.watch.open({ ref, cursor })).watch(CHAT, sink);
  await settle(50);
  finish();
  while (!sink.ended) await settle();
  const last = JSON.parse(sink.frames.at(-1)?.data ?? '{}') as Record<string, unknown>;
  expect(last['event_type']).toBe('chat_complete');
  return last['final_response'];
}

describe('snapshots of a long run', () => {
  it('do not grow with what it said', async () => {
    const store = new WeighingStore();
    const { finish, app, ref } = await longRun(store);
    finish();
    await app.supervisor.settled(ref);
    expect(store.snapshots.length).toBeGreaterThan((2 * MESSAGES) / SNAPSHOT_EVERY - 2);
    expect(Math.max(...store.snapshots)).toBeLessThan(2_000);
    expect(store.snapshots.reduce((sum, size) => sum + size, 0)).toBeLessThan(store.facts / 100);
  });

  it.each(['0', '1', '2500', String(2 * MESSAGES)])(
    'give the whole final response to who comes back at %s, live and after the end',
    async (cursor) => {
      const { app, ref, finish } = await longRun(new MemoryStore());
      expect(await finalResponse(app, ref, cursor, finish)).toBe(ALL);
      await app.supervisor.settled(ref);
      expect(await finalResponse(app, ref, cursor, () => undefined)).toBe(ALL);
    },
  );

  it('are enough for readers who look at no text: what is before their cursor is not read', async () => {
    const store = new WeighingStore();
    const { app, ref, finish } = await longRun(store);
    const sink = new ManualSink();
    store.read = 0;
    (await app.watch.open({ ref, cursor: String(2 * MESSAGES - 10) })).watch(ENCODER, sink);
    await settle(20);
    expect(sink.frames.length).toBeGreaterThan(0);
    expect(store.read).toBeLessThan(SNAPSHOT_EVERY + 100);
    finish();
    await app.supervisor.settled(ref);
  });

  it('give the whole text to who takes the run up after a crash', async () => {
    const store = new MemoryStore();
    const { app, ref, finish } = await longRun(store);
    const record = await store.catalogue.get(ref);
    const snapshot = await store.log.snapshot(ref, record?.head_seq ?? 0);
    expect(snapshot?.fold.run).toBeDefined();
    expect(snapshot?.fold.run?.text).toBeUndefined();
    expect((await loadFold(store.log, ref, record?.head_seq ?? 0)).run?.text).toBe(ALL);
    finish();
    await app.supervisor.settled(ref);
  });
});
