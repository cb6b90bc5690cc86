import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { begin, canGoOn, doorNamed, DOORS, watch } from '../support/doors/all-doors.js';
import type { Door } from '../support/doors/door.js';
import type { DoorStream } from '../support/doors/door-stream.js';
import { comparable } from '../support/doors/items.js';
import { memoryOf, STALLED_DOORS, stalledReader } from '../support/doors/stalled-reader.js';
import { World } from '../support/doors/world.js';
import { stopAllServers } from '../support/server.js';

/** More than the operating system takes for a reader that takes nothing, by much: up to 4 MiB. */
const LONG = { pieces: 80, length: 64 * 1024 };
const STALLED = { runs: 3, readers: 90, pieces: 64, length: 64 * 1024 };
const FOLLOWERS = 100;

let world: World;
/** Opened when the readers are there. */
let gate: PromiseWithResolvers<void>;

beforeAll(async () => {
  world = await World.start(['long', 'stalled']);
  for (const [model, { pieces, length }] of Object.entries({ long: LONG, stalled: STALLED })) {
    const text = Array.from({ length: pieces }, (_piece, index) => `${index} `.padEnd(length, 'x'));
    world.upstream.script(model, () => ({ text: ['Well: ', { until: gate.promise }, ...text] }));
  }
}, 120_000);

afterAll(async () => {
  await stopAllServers();
  await world.upstream.close();
});

/** A run that says a little and then waits for the gate. */
async function held(door: Door, model: string): Promise<DoorStream> {
  const stream = await begin(door, world.target, { message: 'Hello', model });
  await stream.until((one) => one.text() !== '');
  return stream;
}

describe('a reader that stops reading', () => {
  const starters = DOORS.filter(({ begin: starts, name }) => starts !== undefined && name !== 'events');

  it.each(starters.map((door) => [door.name, door] as const))(
    'of a run of 5 MiB that is begun on %s gets everything once it reads on, whichever door it reads',
    async (_name, starter) => {
      gate = Promise.withResolvers();
      const first = await held(starter, 'long');
      const others = DOORS.filter((door) => canGoOn(starter, door));
      const { conversation_id, run_id } = first;
      const readers = await Promise.all(others.map((door) => watch(door, world.target, { conversation_id, run_id })));
      const all = [first, ...readers];
      for (const stream of all) stream.pause();
      const observer = await watch(doorNamed('events'), world.target, { conversation_id, run_id });
      const before = memoryOf(world.server.pid);
      gate.resolve();
      await observer.over();
      // The run has ended: it waits for no reader, and keeps little for them.
      expect(memoryOf(world.server.pid) - before).toBeLessThan(200);
      expect(observer.outcome()).toBe('completed');
      expect(all.map(({ stopped }) => stopped)).toEqual(all.map(() => undefined));
      for (const stream of all) stream.resume();
      const seen = observer.items();
      for (const [index, door] of [starter, ...others].entries()) {
        const stream = await all[index]?.over();
        expect([door.name, stream?.stopped]).toEqual([door.name, 'over']);
        const common = door.shows.filter((kind) => kind !== 'delta');
        expect(comparable(stream?.items() ?? [], common)).toEqual(comparable(seen, common));
      }
    },
    120_000,
  );

  it(`costs little: ${STALLED.readers} of them over ${STALLED.runs} runs of 4 MiB, and the run of another goes on`, async () => {
    gate = Promise.withResolvers();
    const runs = await Promise.all(Array.from({ length: STALLED.runs }, () => held(doorNamed('chat'), 'stalled')));
    const sockets: Socket[] = [];
    for (let reader = 0; reader < STALLED.readers; reader++) {
      const door = STALLED_DOORS[reader % STALLED_DOORS.length] ?? 'events';
      const run = runs[reader % runs.length];
      if (run !== undefined) sockets.push(await stalledReader(door, world.target, run));
    }
    const before = memoryOf(world.server.pid);
    gate.resolve();
    for (const run of runs) expect((await run.over()).outcome()).toBe('completed');
    const other = world.runs.begin();
    other.free();
    const healthy = await begin(doorNamed('chat'), world.target, { message: other.message });
    expect((await healthy.over()).outcome()).toBe('completed');
    // Half a MiB each, and what the runs themselves take.
    expect(memoryOf(world.server.pid) - before).toBeLessThan(STALLED.readers / 2 + 150);
    for (const socket of sockets) socket.destroy();
  }, 120_000);
});

describe(`${FOLLOWERS} followers of one run`, () => {
  const followed = DOORS.filter((door) => canGoOn(doorNamed('chat'), door));

  it.each(followed.map((door) => [door.name, door] as const))(
    'over %s get the same, of one call upstream',
    async (_name, door) => {
      const run = world.runs.begin();
      const first = await begin(doorNamed('chat'), world.target, { message: run.message });
      await first.until((stream) => stream.text() !== '');
      const { conversation_id, run_id } = first;
      const followers = await Promise.all(
        Array.from({ length: FOLLOWERS }, () => watch(door, world.target, { conversation_id, run_id })),
      );
      run.free();
      const digests = new Set<string>();
      for (const follower of followers) {
        const raw = (await follower.over()).items();
        digests.add(
          createHash('sha256')
            .update(JSON.stringify(comparable(raw, door.shows)))
            .digest('hex'),
        );
      }
      expect(digests.size).toBe(1);
      expect(world.upstream.calls('m').filter((call) => call.raw.includes(run.message))).toHaveLength(2);
    },
  );
});
