import { describe, expect, it } from '@jest/globals';
import type { BlockKind, NewFact } from '../../src/core/events/conversation-event.js';
import { OpenText } from '../../src/core/events/open-text.js';
import type { ConversationRef, MessageId } from '../../src/core/kernel/ids.js';
import { seededFraction } from '../../src/core/multi-agent/random.js';
import type { LoopInput } from '../../src/conversations/run-loop.js';
import type { WatchHandle } from '../../src/conversations/watch-events.js';
import { CanonicalReader } from '../support/sse.js';
import { bench, ENCODER, ManualSink, settle, type Bench } from './fakes.js';

const STEPS = 120;
const BLOCKS: readonly BlockKind[] = ['text', 'text', 'thinking', 'tool_call:0'];

/** The same stream of choices for a seed. */
function dice(seed: number): (sides: number) => number {
  let position = 0;
  return (sides) => Math.floor(seededFraction(seed, position++) * sides);
}

/** Writes a log at random: up to three messages open at once, text in blocks, other facts between, pauses anywhere. */
async function writeAtRandom(input: LoopInput, roll: (sides: number) => number): Promise<void> {
  const open = new Map<MessageId, OpenText>();
  const append = (...facts: NewFact[]): void => input.log.append(facts);
  for (let step = 0; step < STEPS; step++) {
    const ids = [...open.keys()];
    const id = ids[roll(Math.max(1, ids.length))];
    const choice = roll(10);
    if (choice === 0 && open.size < 3) {
      const fresh = `msg_${step}` as MessageId;
      open.set(fresh, new OpenText());
      append({ body: { type: 'message_start', message_id: fresh, role: 'assistant' }, agent: `agent ${step % 2}` });
    } else if (choice === 1 && id !== undefined) {
      const text = open.get(id);
      const blocks = text?.blocks();
      open.delete(id);
      append({
        body: {
          type: 'message_end',
          message_id: id,
          role: 'assistant',
          text: text?.text ?? '',
          ...(blocks === undefined ? {} : { blocks }),
          stop_reason: 'stop',
        },
      });
    } else if (choice === 2 && id !== undefined && roll(3) === 0) {
      open.delete(id);
      append({ body: { type: 'message_discarded', message_id: id, reason: 'repaired' } });
    } else if (choice === 3) append({ body: { type: 'warning', code: 'n', detail: String(step) } });
    else if (choice === 4) await settle(roll(3));
    else if (choice === 5) await input.log.committed();
    else if (id !== undefined) {
      const block = BLOCKS[roll(BLOCKS.length)] ?? 'text';
      const text = `${step}🙂`.repeat(1 + roll(4)) + (roll(20) === 0 ? 'x'.repeat(150_000) : '');
      open.get(id)?.append(block, text);
      input.log.delta(id, block, text);
    }
  }
}

/** A client that leaves, comes back with its cursor, stalls and goes on at random, until it has everything. */
class RestlessClient {
  readonly reader = new CanonicalReader();
  done = false;
  #sink: ManualSink | undefined;
  #handle: WatchHandle | undefined;
  #taken = 0;
  #opening = false;

  constructor(
    private readonly app: Bench,
    private readonly ref: ConversationRef,
    private readonly roll: (sides: number) => number,
  ) {}

  async act(): Promise<void> {
    if (this.done || this.#opening) return;
    const sink = this.#sink;
    if (sink === undefined) return this.#open();
    switch (this.roll(8)) {
      case 0:
        // What still waits in the queue never reached the client: it comes back with what it has.
        this.#take(sink);
        this.#handle?.close();
        this.#sink = undefined;
        break;
      case 1:
        sink.stop();
        break;
      default:
        sink.go();
        this.#take(sink);
        if (sink.ended) this.done = true;
    }
  }

  async #open(): Promise<void> {
    this.#opening = true;
    const watchable = await this.app.watch.open({ ref: this.ref, cursor: this.reader.cursor });
    this.#opening = false;
    if (watchable.exhausted) {
      this.done = true;
      return;
    }
    this.#taken = 0;
    this.#sink = new ManualSink();
    this.#handle = watchable.watch(ENCODER, this.#sink);
  }

  #take(sink: ManualSink): void {
    this.reader.take(sink.frames.slice(this.#taken));
    this.#taken = sink.frames.length;
  }
}

describe('readers that come and go at random, some of them slow', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'all end with the same facts and texts (seed %d)',
    async (seed) => {
      const app = bench(async (input) => {
        await writeAtRandom(input, dice(seed));
        return { outcome: 'completed', code: 'answered' };
      });
      const ref = await app.begin();
      const clients = [1, 2, 3, 4].map((n) => new RestlessClient(app, ref, dice(seed * 31 + n)));
      for (let round = 0; round < 3000 && clients.some((client) => !client.done); round++) {
        await Promise.all(clients.map((client) => client.act()));
        await settle(1);
      }
      const stored = await app.store.log.read(ref, { after: 0, limit: 10_000 });
      for (const { reader, done } of clients) {
        expect(done).toBe(true);
        expect(reader.facts.map((fact) => fact['seq'])).toEqual(stored.map((fact) => fact.seq));
        for (const { body } of stored) {
          if (body.type === 'message_end') expect(reader.texts.get(body.message_id) ?? '').toBe(body.text);
        }
      }
    },
  );
});
