import { describe, expect, it } from '@jest/globals';
import type { ConversationRef, Tenant } from '../../src/core/kernel/ids.js';
import { ParleyError } from '../../src/core/kernel/parley-error.js';
import { GetConversation } from '../../src/conversations/conversation-view.js';
import { CreateSession } from '../../src/conversations/create-session.js';
import { DeleteConversation } from '../../src/conversations/delete-conversation.js';
import { FindSession } from '../../src/conversations/find-session.js';
import { ReadEvents } from '../../src/conversations/read-events.js';
import {
  EVERY_MS,
  REMEMBERED_MS,
  Retention,
  type RetentionDeps,
  type RetentionReport,
} from '../../src/conversations/retention.js';
import { SystemIds } from '../../src/runtime/system-ids.js';
import { bench, ENCODER, ManualClock, ManualSink, settle, type Bench } from './fakes.js';

const DONE = { outcome: 'completed', code: 'answered' } as const;
const DAY = 86_400_000;

/** Stands still for what is written down; pauses take no time. */
class HastyClock extends ManualClock {
  override after(ms: number, callback: () => void): () => void {
    if (ms >= EVERY_MS) return super.after(ms, callback);
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }
}

interface Kept extends Bench {
  readonly retention: Retention;
  readonly removed: ConversationRef[];
  readonly reports: RetentionReport[];
  readonly broken: ParleyError[];
}

function kept(rules: RetentionDeps['rules'], drive: Parameters<typeof bench>[0] = async () => DONE): Kept {
  const app = bench(drive);
  const clock = new HastyClock();
  const [removed, reports, broken]: [ConversationRef[], RetentionReport[], ParleyError[]] = [[], [], []];
  const retention = new Retention({
    store: app.store,
    clock,
    rules,
    onRemoved: (ref) => {
      removed.push(ref);
      app.supervisor.dismiss(ref);
    },
    onRound: (report) => reports.push(report),
    onError: (error) => broken.push(error),
  });
  // Both clocks move together.
  const advance = app.clock.advance.bind(app.clock);
  app.clock.advance = (ms) => {
    advance(ms);
    clock.advance(ms);
  };
  return { ...app, retention, removed, reports, broken };
}

async function ended(app: Bench): Promise<ConversationRef> {
  const ref = await app.begin();
  await app.supervisor.settled(ref);
  return ref;
}

const ids = (refs: readonly ConversationRef[]): string[] => refs.map((ref) => ref.conversation_id);

describe('retention', () => {
  it('removes what is older than the days, and nothing that is newer', async () => {
    const app = kept({ keep_ms: DAY });
    const old = await Promise.all(Array.from({ length: 70 }, () => ended(app)));
    app.clock.advance(DAY / 2);
    const young = await ended(app);
    app.clock.advance(DAY / 2 + 1);
    expect(await app.retention.run()).toEqual({ conversations: 70, idempotency_keys: 0, over_size: false });
    expect(new Set(ids(app.removed))).toEqual(new Set(ids(old)));
    expect(await app.store.catalogue.get(young)).toBeDefined();
    expect(await app.retention.run()).toMatchObject({ conversations: 0 });
  });

  it('removes sessions that are idle, also those in which nothing ever ran, and nothing else', async () => {
    const app = kept({ session_ms: DAY });
    const chat = await ended(app);
    const tenant = chat.tenant;
    const sessions = new CreateSession(app.store, app.clock, new SystemIds());
    const find = new FindSession(app.store, app.clock, DAY);
    const idle = await sessions.execute(tenant, []);
    app.clock.advance(DAY);
    const fresh = await sessions.execute(tenant, []);
    expect([await find.execute(idle), await app.retention.run()]).toMatchObject([{}, { conversations: 0 }]);
    app.clock.advance(1);
    expect([await find.execute(idle), await app.retention.run()]).toMatchObject([undefined, { conversations: 1 }]);
    expect(ids(app.removed)).toEqual(ids([idle]));
    expect(await find.execute(fresh)).toEqual({ client_tools: [] });
    expect([await find.execute(chat), await app.store.catalogue.get(chat)]).toMatchObject([undefined, {}]);
  });

  it('never removes a conversation with an open run, however old', async () => {
    const app = kept({ keep_ms: DAY, max_bytes: 0 }, () => new Promise(() => undefined));
    const ref = await app.begin();
    app.clock.advance(400 * DAY);
    expect(await app.retention.run()).toEqual({ conversations: 0, idempotency_keys: 0, over_size: true });
    expect(await app.store.catalogue.get(ref)).toBeDefined();
  });

  it('removes the oldest until the rest fits', async () => {
    const app = kept({});
    const refs: ConversationRef[] = [];
    for (let n = 0; n < 10; n++) {
      refs.push(await ended(app));
      app.clock.advance(1_000);
    }
    const each = (await app.store.space.size()) / 10;
    const small = new Retention({ ...deps(app), rules: { max_bytes: each * 6.5 } });
    expect(await small.run()).toEqual({ conversations: 4, idempotency_keys: 0, over_size: false });
    expect(ids(app.removed)).toEqual(ids(refs.slice(0, 4)));
  });

  it('without rules keeps every conversation, and removes expired idempotency keys', async () => {
    const app = kept({});
    const ref = await ended(app);
    const record = await app.store.catalogue.get(ref);
    const claim = { route: 'r', key: 'k', body_hash: 'h', conversation_id: ref.conversation_id, expires_at: 5 };
    await app.store.log.append({
      ref,
      expected_seq: (record?.head_seq ?? 0) + 1,
      facts: [],
      summary: { status: 'completed', turn_count: 0, updated_at: 1 },
      idempotency: claim,
    });
    app.clock.advance(4_000 * DAY);
    expect(await app.retention.run()).toEqual({ conversations: 0, idempotency_keys: 1, over_size: false });
    expect(await app.store.catalogue.get(ref)).toBeDefined();
  });

  it('works at start and every minute, and not after it was stopped', async () => {
    const app = kept({ keep_ms: DAY });
    const first = await ended(app);
    app.retention.start();
    await settle();
    expect(app.reports).toHaveLength(1);
    app.clock.advance(DAY + 1);
    await settle(20);
    expect(ids(app.removed)).toEqual(ids([first]));
    await ended(app);
    await app.retention.stop();
    app.clock.advance(2 * DAY);
    await settle();
    expect(app.removed).toHaveLength(1);
    expect(app.broken).toEqual([]);
  });

  it('says what broke a round, and tries again', async () => {
    const app = kept({ keep_ms: DAY });
    await ended(app);
    app.clock.advance(DAY + 1);
    const expire = app.store.expiry.expire.bind(app.store.expiry);
    app.store.expiry.expire = () => Promise.reject(new ParleyError('storage_full', 'the storage is full'));
    app.retention.start();
    await settle();
    expect(app.broken).toMatchObject([{ code: 'storage_full' }]);
    app.store.expiry.expire = expire;
    app.clock.advance(EVERY_MS);
    await settle(20);
    expect(app.reports).toMatchObject([{ conversations: 1 }]);
    await app.retention.stop();
  });
});

describe('a conversation that is gone', () => {
  const gone = { code: 'cursor_gone', message: expect.stringMatching(/removed at \d{4}-\d\d-\d\dT/) as unknown };

  it('past retention is cursor_gone for its readers, as long as that is remembered', async () => {
    const app = kept({ keep_ms: DAY });
    const ref = await ended(app);
    app.clock.advance(DAY + 1);
    await app.retention.run();
    const reads: (() => Promise<unknown>)[] = [
      () => app.watch.open({ ref, cursor: '1' }),
      () => app.watch.open({ ref }),
      () => new ReadEvents(app.store).execute(ref, { cursor: '1' }),
      () => new GetConversation(app.store).execute(ref),
    ];
    for (const read of reads) await expect(read()).rejects.toMatchObject(gone);
    const theirs = { ...ref, tenant: 'other' as Tenant };
    await expect(app.watch.open({ ref: theirs })).rejects.toMatchObject({ code: 'not_found' });
    const deleting = new DeleteConversation(app.store, app.supervisor).execute(ref);
    await expect(deleting).rejects.toMatchObject({ code: 'not_found' });
    app.clock.advance(REMEMBERED_MS + 1);
    await app.retention.run();
    for (const read of reads) await expect(read()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('by its owner is not_found', async () => {
    const app = kept({ keep_ms: DAY });
    const ref = await ended(app);
    await new DeleteConversation(app.store, app.supervisor).execute(ref);
    app.clock.advance(DAY + 1);
    await app.retention.run();
    await expect(app.watch.open({ ref, cursor: '1' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each(['retention', 'its owner'])('sends away those who follow it: %s', async (by) => {
    const app = kept({ keep_ms: DAY });
    const ref = await ended(app);
    const sink = new ManualSink();
    (await app.watch.open({ ref, follow: true })).watch(ENCODER, sink);
    await settle();
    expect(sink.frames.length).toBeGreaterThan(0);
    expect(sink.ended).toBe(false);
    app.clock.advance(DAY + 1);
    if (by === 'retention') await app.retention.run();
    else await new DeleteConversation(app.store, app.supervisor).execute(ref);
    await settle();
    expect(sink.ended).toBe(true);
    expect(app.watch.watching).toBe(0);
  });
});

function deps(app: Kept): RetentionDeps {
  return {
    store: app.store,
    clock: new HastyClock(),
    rules: {},
    onRemoved: (ref) => app.removed.push(ref),
    onRound: () => undefined,
    onError: () => undefined,
  };
}
