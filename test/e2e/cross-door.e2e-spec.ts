import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { begin, BEGINNERS, canGoOn, DOORS, watch } from '../support/doors/all-doors.js';
import type { Door, Item, Target } from '../support/doors/door.js';
import { textOf, type DoorStream } from '../support/doors/door-stream.js';
import { doorSetup, KEY } from '../support/doors/door-config.js';
import { comparable, kept } from '../support/doors/items.js';
import { Observer } from '../support/doors/observer.js';
import { PacedRuns, type PacedRun } from '../support/doors/pacer.js';
import { startServer, stopAllServers } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

/** Runs at once. */
const AT_ONCE = 8;

let upstream: Upstream;
let runs: PacedRuns;
let target: Target;
let observer: Observer;

beforeAll(async () => {
  upstream = await startUpstream();
  runs = new PacedRuns(upstream);
  const server = await startServer(doorSetup(upstream.url));
  target = { server, key: KEY };
  observer = await Observer.connect(target);
}, 120_000);

afterAll(async () => {
  observer.close();
  await stopAllServers();
  await upstream.close();
});

interface Cut {
  readonly from: Door;
  readonly to: Door;
  readonly run: PacedRun;
  readonly first: DoorStream;
}

/**
 * Leaves after so many frames and goes on over another door. Gives all that the client has in the end; nothing where it was
 * over before: who reads late is given less and larger pieces of what is not paced.
 */
async function goOn(
  { from, to, run, first }: Cut,
  frames: number,
): Promise<{ readonly had: Item[]; readonly rest: Item[] } | undefined> {
  const leading = run.follow(first);
  await first.until(({ frames: all, stopped }) => all.length >= frames || stopped === 'over');
  const shown = first.frames.slice(0, frames);
  if (shown.length < frames || shown.some(({ items }) => items.some(({ kind }) => kind === 'end'))) return undefined;
  first.drop();
  await leading;
  const before = kept(shown);
  const had = before.flatMap(({ items }) => items);
  const { conversation_id, run_id } = first;
  const second = await watch(to, target, { conversation_id, run_id, cursor: before.at(-1)?.cursor });
  await run.follow(second, textOf(had).length);
  expect([second.stopped, from.name, to.name, frames]).toEqual(['over', from.name, to.name, frames]);
  return { had, rest: second.items() };
}

/** What came after the break is the end of what there is to be seen over that door. */
function expectEndOf(whole: readonly Item[], rest: readonly Item[]): void {
  const [first, ...later] = rest;
  if (first === undefined) return;
  expect(whole.slice(whole.length - later.length)).toEqual(later);
  const same = whole.at(-1 - later.length);
  if (first.kind === 'text' || first.kind === 'delta') {
    expect(same).toMatchObject({ ...first, text: expect.stringMatching(new RegExp(`${escaped(first.text)}$`)) });
  } else expect(same).toEqual(first);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function expectStoredTexts(items: readonly Item[]): void {
  const texts = new Map<unknown, string>();
  for (const item of items) {
    if (item.kind === 'delta') texts.set(item.message_id, (texts.get(item.message_id) ?? '') + item.text);
    if (item.kind !== 'fact' || item.fact['type'] !== 'message_end' || item.fact['role'] !== 'assistant') continue;
    expect(texts.get(item.fact['message_id'])).toBe(item.fact['text']);
  }
}

/** One run begun, dropped after so many frames, gone on with, and compared. */
async function attempt(from: Door, to: Door, frames: number): Promise<void> {
  const run = runs.begin();
  const first = await begin(from, target, { message: run.message });
  const seen = await observer.watch(first);
  const gone = await goOn({ from, to, run, first }, frames);
  const all = await seen();
  if (gone === undefined) return;
  const { had, rest } = gone;
  const common = from.shows.filter((kind) => to.shows.includes(kind));
  expect(comparable([...had, ...rest], common)).toEqual(comparable(all, common));
  expectEndOf(comparable(all, to.shows), comparable(rest, to.shows));
  if (common.includes('fact')) expectStoredTexts([...had, ...rest]);
}

/** How many frames a run has over a door that is never left. */
async function framesOf(door: Door): Promise<number> {
  const run = runs.begin();
  const stream = await begin(door, target, { message: run.message });
  await run.follow(stream);
  expect(stream.outcome()).toBe('completed');
  return stream.frames.length;
}

const PAIRS = BEGINNERS.flatMap((from) =>
  DOORS.filter((to) => canGoOn(from, to)).map((to): [string, string, Door, Door] => [from.name, to.name, from, to]),
);

describe('a run that is begun on one door and gone on with on another, dropped after every frame', () => {
  it.each(PAIRS)('%s → %s', async (_from, _to, from, to) => {
    const count = await framesOf(from);
    expect(count).toBeGreaterThan(3);
    let frames = 1;
    const work = async (): Promise<void> => {
      while (frames < count) await attempt(from, to, frames++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  });
});
