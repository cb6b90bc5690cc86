import { expect, it } from '@jest/globals';
import type { ConversationStore, EventLog } from '../../src/core/ports/conversation-store.js';
import { MemoryStore } from '../../src/stores/memory/memory-store.js';
import { bench, ENCODER, ManualSink, settle } from './fakes.js';

/** A store whose reads of the log can be held back. */
function slowStore(): { readonly store: ConversationStore; hold(until: Promise<void>): void } {
  const store = new MemoryStore();
  let held: Promise<void> | undefined;
  const log: EventLog = {
    append: (batch) => store.log.append(batch),
    snapshot: (ref, at) => store.log.snapshot(ref, at),
    findMessage: (ref, id) => store.log.findMessage(ref, id),
    async read(ref, query) {
      const found = await store.log.read(ref, query);
      await held;
      return found;
    },
  };
  const slow = new Proxy<ConversationStore>(store, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name, target);
      if (name === 'log') return log;
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
  return {
    store: slow,
    hold(until) {
      held = until;
    },
  };
}

it('opens no live end that is behind the log, when a run ends while the log is read', async () => {
  const end = Promise.withResolvers<void>();
  const slow = slowStore();
  const { store } = slow;
  const given = bench(async ({ log }) => {
    log.append([{ body: { type: 'turn_start', turn: 1 } }]);
    await end.promise;
    return { outcome: 'completed', code: 'max_turns' };
  }, store);
  const ref = await given.begin();
  await settle();
  const read = Promise.withResolvers<void>();
  slow.hold(read.promise);
  const opened = given.supervisor.openChannel(ref);
  await settle();
  end.resolve();
  await given.supervisor.settled(ref);
  read.resolve();
  const channel = await opened;
  expect(channel.fold.run).toBeUndefined();
  expect(channel.fold.seq).toBe((await store.catalogue.get(ref))?.head_seq);
});

it('closes a live end that was opened for somebody who was refused, or left before the first byte', async () => {
  const given = bench(async () => ({ outcome: 'completed', code: 'max_turns' }));
  const ref = await given.begin();
  await given.supervisor.settled(ref);
  const refused = given.watch.open({ ref, cursor: '999999', follow: true });
  await expect(refused).rejects.toMatchObject({ code: 'cursor_ahead' });
  await given.watch.open({ ref, follow: true });
  const sink = new ManualSink();
  const watched = await given.watch.open({ ref, follow: true });
  const handle = watched.watch(ENCODER, sink);
  await settle();
  given.clock.advance(60_000);
  expect(given.supervisor.channel(ref)).toBeDefined();
  handle.close();
  expect(given.supervisor.channel(ref)).toBeUndefined();
  await given.watch.open({ ref, follow: true });
  expect(given.supervisor.channel(ref)).toBeDefined();
  given.clock.advance(60_000);
  expect(given.supervisor.channel(ref)).toBeUndefined();
  expect(sink.wasCut || sink.ended).toBe(false);
});
