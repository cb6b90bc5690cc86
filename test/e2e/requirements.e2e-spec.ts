import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { doorNamed, DOORS, watch } from '../support/doors/all-doors.js';
import type { Door, Item } from '../support/doors/door.js';
import type { DoorStream } from '../support/doors/door-stream.js';
import { World } from '../support/doors/world.js';
import { stopAllServers } from '../support/server.js';
import { REQUIREMENTS, type Requirement, type RequirementId } from './requirements.js';
import { FAILING, placeOf, VERIFICATIONS, type Verification } from './verifications.js';

/** Verified below, on all doors at once. */
const APART = ['alive', 'drained', 'drained-is-no-end', 'discarded'] as const satisfies readonly RequirementId[];

let world: World;
/** All that were started, for the end. */
const worlds: World[] = [];
/** These say nothing any more while the others are verified, which takes the time that a sign of life takes. */
const quiet = new Map<Door, DoorStream>();

beforeAll(async () => {
  world = await World.start([...FAILING, 'scripted']);
  worlds.push(world);
  for (const door of DOORS) quiet.set(door, await world.show(door, { message: world.runs.begin().message }));
}, 120_000);

afterAll(async () => {
  for (const stream of quiet.values()) stream.drop();
  await stopAllServers();
  await Promise.all(worlds.map(({ upstream }) => upstream.close()));
});

function carriers(id: RequirementId): readonly Door[] {
  const { not = {} }: Requirement = REQUIREMENTS[id];
  return DOORS.filter(({ name }) => not[name] === undefined);
}

function titleOf(id: RequirementId): string {
  return `${id}: ${REQUIREMENTS[id].sentence}`;
}

const CASES = Object.entries(VERIFICATIONS).flatMap(([id, verification]) =>
  carriers(id as RequirementId).map((door): [string, string, Door, Verification] => [
    titleOf(id as RequirementId),
    door.name,
    door,
    verification,
  ]),
);

describe('one log, every door', () => {
  it.each(CASES)('%s (%s)', async (_title, _name, door, verification) => {
    await verification(door, world);
    expect(world.server.output()).not.toContain('"level":"error"');
  });

  it.each(carriers('alive').map((door) => [door.name, door] as const))(
    `${titleOf('alive')} (%s)`,
    async (_name, door) => {
      const stream = quiet.get(door);
      if (stream === undefined) throw new Error(`${door.name} has no quiet stream`);
      await stream.until(({ signs }) => signs > 0);
      expect(stream.stopped).toBeUndefined();
      // A heartbeat says where the reader stands.
      if (door.name.startsWith('events') || door.name === 'chat') expect(stream.cursor).toMatch(/^\d+(?:\/\d+)*$/);
    },
    120_000,
  );

  it('every requirement is verified, and none says why not of a door that is not there', () => {
    expect([...Object.keys(VERIFICATIONS), ...APART].toSorted()).toEqual(Object.keys(REQUIREMENTS).toSorted());
    const names: readonly string[] = DOORS.map(({ name }) => name);
    const all: readonly Requirement[] = Object.values(REQUIREMENTS);
    for (const { not = {} } of all) expect(names).toEqual(expect.arrayContaining(Object.keys(not)));
  });
});

describe('doors of a server that goes away, and of one that dies', () => {
  /** Every door with a run that has begun to speak. */
  async function speaking(from: World): Promise<ReadonlyMap<Door, DoorStream>> {
    const streams = new Map<Door, DoorStream>();
    for (const door of DOORS) {
      const stream = await from.show(door, { message: from.runs.begin().message });
      streams.set(door, stream);
      await stream.until((one) => one.text() !== '');
    }
    return streams;
  }

  /** Goes on over the same door, or where that cannot be over the log, and sees the run to its end. */
  async function goOn(on: World, door: Door, stream: DoorStream): Promise<Item[]> {
    const to = door.watch === undefined ? doorNamed('events-chat') : door;
    const rest = await watch(to, on.target, { ...placeOf(stream), cursor: stream.cursor });
    await rest.over();
    return rest.items();
  }

  /** Goes on with every run, and sees that each ends once, with what was lost taken back. */
  async function expectEnds(on: World, streams: ReadonlyMap<Door, DoorStream>, id: RequirementId): Promise<void> {
    for (const door of carriers(id)) {
      const stream = streams.get(door);
      if (stream === undefined) throw new Error(`${door.name} showed nothing`);
      const all = [...stream.items(), ...(await goOn(on, door, stream))];
      const ends = all.filter(({ kind }) => kind === 'end');
      expect([door.name, ends]).toEqual([door.name, [expect.objectContaining({ outcome: 'completed' })]]);
      const shown = all.some(({ kind }) => kind === 'discard');
      expect([door.name, shown]).toEqual([door.name, door.shows.includes('discard')]);
    }
  }

  it(`${titleOf('drained')}; ${titleOf('drained-is-no-end')}; ${titleOf('discarded')}`, async () => {
    const first = await World.start();
    worlds.push(first);
    const drained = await speaking(first);
    expect(await first.server.stop()).toBe(0);
    for (const [door, stream] of drained) {
      await stream.over();
      // OpenAI's clients know failures only.
      expect([door.name, stream.outcome()]).toEqual([door.name, door.name === 'openai' ? 'failed' : undefined]);
    }
    for (const door of carriers('drained')) expect(drained.get(door)?.cursor).toMatch(/^\d+\/\d+$/);
    const second = await first.restarted();
    const lost = await speaking(second);
    await second.server.kill();
    const third = await second.restarted();
    third.runs.freeAll();
    await expectEnds(third, drained, 'drained');
    await expectEnds(third, lost, 'discarded');
  }, 120_000);
});
