import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { begin, doorNamed, watch } from '../support/doors/all-doors.js';
import type { Door, DoorName, Item, Place } from '../support/doors/door.js';
import type { DoorStream } from '../support/doors/door-stream.js';
import { comparable } from '../support/doors/items.js';
import { World } from '../support/doors/world.js';
import { figure, many } from '../support/faults/figures.js';
import { stopAllServers } from '../support/server.js';

const CLIENTS = figure(200, 2_000);
/** That these clients watch. */
const RUNS = 20;
const STREAMS = figure(60, 500);
const DOORS = ['events', 'ws', 'socketio', 'jsonrpc'] as const satisfies readonly DoorName[];
const AT_ONCE = 25;

/** What is promised, ms. */
const BACK = 30_000;
const READY_IS_RED = figure(5_000, 100);
const EXITS = 25_000;
/** What a reader is told to wait, ms. */
const SOONEST = 1_000;
const LATEST = 5_000;

let world: World;

beforeAll(async () => {
  world = await World.start([], 'metrics: {on_main_port: true}\n');
}, 120_000);

afterAll(async () => {
  await stopAllServers();
  await world.upstream.close();
});

/** A run that has begun to speak and goes on when it is let. */
async function speaking(door: Door, message: string): Promise<DoorStream> {
  const stream = await begin(door, world.target, { message });
  await stream.until((one) => one.text() !== '');
  return stream;
}

function placeOf({ conversation_id, run_id }: DoorStream): Place {
  return { conversation_id, run_id };
}

describe(`K10: ${CLIENTS} clients that are cut off at once`, () => {
  /** A client of server-sent events that comes back when it was told to, until it is let in. */
  class Returning {
    readonly seen: Item[] = [];
    waited = 0;
    #stream: DoorStream | undefined;

    constructor(private readonly place: Place) {}

    get stream(): DoorStream {
      if (this.#stream === undefined) throw new Error('it is not connected');
      return this.#stream;
    }

    async connect(cursor?: string): Promise<void> {
      this.#stream = await watch(doorNamed('events'), world.target, { ...this.place, cursor });
      await this.#stream.until(({ retry }) => retry !== undefined);
    }

    cut(): void {
      this.stream.drop();
      this.seen.push(...this.stream.items());
    }

    async comeBack(): Promise<void> {
      const { cursor, retry = NaN } = this.stream;
      this.waited = retry;
      await new Promise((resolve) => setTimeout(resolve, retry));
      await this.connect(cursor);
    }

    async all(): Promise<readonly Item[]> {
      await this.stream.over();
      return [...this.seen, ...this.stream.items()];
    }
  }

  it('come back at times of their own, all in 30 s, and cost the upstream nothing', async () => {
    const runs = Array.from({ length: RUNS }, () => world.runs.begin());
    const firsts = await Promise.all(runs.map(({ message }) => speaking(doorNamed('chat'), message)));
    const clients = Array.from({ length: CLIENTS }, (_client, index) => {
      const first = firsts[index % RUNS];
      if (first === undefined) throw new Error('there is no run');
      return new Returning(placeOf(first));
    });
    await many(CLIENTS, AT_ONCE, async (index) => clients[index]?.connect());
    await Promise.all(clients.map(({ stream }) => stream.until((one) => one.text() !== '')));
    const calls = world.upstream.calls().length;

    for (const client of clients) client.cut();
    const cutAt = performance.now();
    await Promise.all(clients.map((client) => client.comeBack()));
    const took = performance.now() - cutAt;
    const waits = clients.map(({ waited }) => waited);
    process.stdout.write(`K10: ${CLIENTS} clients are back after ${Math.round(took)} ms\n`);
    expect(took).toBeLessThan(BACK);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(SOONEST);
    expect(Math.max(...waits)).toBeLessThanOrEqual(LATEST);
    // Not more in any half second than twice what would be even.
    const crowds = new Map<number, number>();
    for (const wait of waits) crowds.set(Math.floor(wait / 500), (crowds.get(Math.floor(wait / 500)) ?? 0) + 1);
    expect(Math.max(...crowds.values())).toBeLessThan((CLIENTS / ((LATEST - SOONEST) / 500)) * 2);
    expect(world.upstream.calls()).toHaveLength(calls);

    for (const run of runs) run.free();
    const whole = await Promise.all(firsts.map(async (first) => (await first.over()).items()));
    for (const [index, client] of clients.entries()) {
      const items = await client.all();
      const common = doorNamed('chat').shows;
      expect(comparable(items, common)).toEqual(comparable(whole[index % RUNS] ?? [], common));
    }
    // One call before the tools of a run, and one after them.
    expect(world.upstream.calls()).toHaveLength(2 * RUNS);
  }, 240_000);
});

describe(`P05: SIGTERM with ${STREAMS} open streams`, () => {
  interface Open {
    readonly door: Door;
    readonly stream: DoorStream;
  }

  /** Streams of all doors: JSON-RPC has a run for each, the others watch a few. */
  async function openAll(): Promise<Open[]> {
    const watched = await Promise.all(
      Array.from({ length: RUNS }, () => speaking(doorNamed('chat'), world.runs.begin().message)),
    );
    const open: Open[] = watched.map((stream) => ({ door: doorNamed('chat'), stream }));
    await many(STREAMS - RUNS, AT_ONCE, async (index) => {
      const door = doorNamed(DOORS[index % DOORS.length] ?? 'events');
      const run = watched[index % RUNS];
      if (run === undefined) return;
      const stream =
        door.name === 'jsonrpc'
          ? await speaking(door, world.runs.begin().message)
          : await watch(door, world.target, placeOf(run));
      await stream.until((one) => one.text() !== '');
      open.push({ door, stream });
    });
    return open;
  }

  /** How long until readiness is red, ms. */
  async function untilNotReady(since: number): Promise<number> {
    for (;;) {
      const { status } = await fetch(`${world.server.url}/health/ready`, { headers: { connection: 'close' } });
      if (status === 503) return performance.now() - since;
    }
  }

  /** The stream was told to come back, and from where; it does not look finished. */
  function expectFarewell({ door, stream }: Open): void {
    expect([door.name, stream.stopped, stream.outcome(), stream.cursor]).toEqual([
      door.name,
      'over',
      undefined,
      expect.stringMatching(/^\d+\/\d+$/),
    ]);
    const isSse = door.name === 'events' || door.name === 'chat';
    if (isSse) expect(stream.retry).toBeGreaterThanOrEqual(SOONEST);
    else expect(stream.items().at(-1)).toEqual({ kind: 'away' });
  }

  it('turns red at once, says farewell to each, exits with 0 in 25 s, and each goes on after the restart', async () => {
    const open = await openAll();
    expect(open).toHaveLength(STREAMS);
    const since = performance.now();
    const [code, red] = await Promise.all([world.server.stop(), untilNotReady(since)]);
    const exited = performance.now() - since;
    process.stdout.write(
      `P05: red after ${Math.round(red)} ms, ${STREAMS} streams, exit after ${Math.round(exited)} ms\n`,
    );
    expect([code, red < READY_IS_RED, exited < EXITS]).toEqual([0, true, true]);
    for (const one of open) {
      await one.stream.over();
      expectFarewell(one);
    }

    world = await world.restarted();
    world.runs.freeAll();
    await many(open.length, AT_ONCE, async (index) => {
      const one = open[index];
      if (one !== undefined) await expectRest(one);
    });
  }, 240_000);

  /** What was shown before the restart is taken back, and what comes instead is all there is. */
  async function expectRest({ door, stream }: Open): Promise<void> {
    const to = door.watch === undefined ? doorNamed('events-chat') : door;
    const rest = await (await watch(to, world.target, { ...placeOf(stream), cursor: stream.cursor })).over();
    const items = [...stream.items(), ...rest.items()];
    expect([door.name, rest.stopped, items.filter(({ kind }) => kind === 'end')]).toEqual([
      door.name,
      'over',
      [expect.objectContaining({ outcome: 'completed' })],
    ]);
    const discarded = items.findIndex(({ kind }) => kind === 'discard');
    expect(discarded).toBeGreaterThan(0);
    const kept = items.slice(discarded).map((item) => (item.kind === 'text' ? item.text : ''));
    expect(kept.join('')).toBe(await world.storedText(stream));
  }
});
