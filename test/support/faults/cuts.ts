import { begin, doorNamed, watch } from '../doors/all-doors.js';
import type { Door, DoorName, Frame, Item, Place } from '../doors/door.js';
import type { DoorStream } from '../doors/door-stream.js';
import { canonicalItems, comparable, kept } from '../doors/items.js';
import type { World } from '../doors/world.js';
import { readStream, type SseFrame } from '../sse.js';
import type { Roll } from './figures.js';

/** Doors that take a run up from a cursor, whatever began it. */
const DOORS = ['events', 'events-chat', 'events-text', 'ws', 'socketio'] as const satisfies readonly DoorName[];
/** How a client of server-sent events may say its cursor. */
export const SPELLINGS = ['header', 'last_event_id', 'after'] as const;

/** A run that is over, as each door shows it. */
export interface Shown {
  readonly place: Place;
  readonly doors: ReadonlyMap<DoorName, readonly Frame[]>;
}

/** A run that is seen to its end, and then over each door from its start. */
export async function showRun(world: World, starter: 'chat' | 'events'): Promise<Shown> {
  const run = world.runs.begin();
  run.free();
  const first = await begin(doorNamed(starter), world.target, { message: run.message });
  const { conversation_id, run_id } = await first.over();
  const place = { conversation_id, run_id };
  const doors = new Map<DoorName, readonly Frame[]>();
  for (const name of DOORS) {
    const stream: DoorStream = await watch(doorNamed(name), world.target, place);
    doors.set(name, (await stream.over()).frames);
  }
  return { place, doors };
}

function itemsOf(frames: readonly Frame[]): Item[] {
  return frames.flatMap(({ items }) => items);
}

/** What a client has that was cut off after so many frames, and what it gets when it comes back: as one. */
async function joined(
  world: World,
  { place, doors }: Shown,
  { name, at }: { readonly name: DoorName; readonly at: number },
): Promise<{ readonly door: Door; readonly whole: Item[]; readonly parts: Item[] }> {
  const door = doorNamed(name);
  const frames = doors.get(name) ?? [];
  const before = kept(frames.slice(0, at));
  const stream = await watch(door, world.target, { ...place, cursor: before.at(-1)?.cursor });
  const rest = (await stream.over()).items();
  return {
    door,
    whole: comparable(itemsOf(frames), door.shows),
    parts: comparable([...itemsOf(before), ...rest], door.shows),
  };
}

/** A cut anywhere on any door: what there is to be seen, and what was seen in the two parts. */
export async function cutAnywhere(
  world: World,
  shown: Shown,
  roll: Roll,
): Promise<{ readonly whole: Item[]; readonly parts: Item[] }> {
  if (roll(2) === 0) return cutInText(world, shown, roll);
  const name = DOORS[roll(DOORS.length)] ?? 'events';
  return joined(world, shown, { name, at: roll((shown.doors.get(name) ?? []).length + 1) });
}

/** Server-sent events, cut behind any character: a proxy may have given on a part of what came. */
async function cutInText(
  world: World,
  { place, doors }: Shown,
  roll: Roll,
): Promise<{ readonly whole: Item[]; readonly parts: Item[] }> {
  const frames = doors.get('events') ?? [];
  const at = roll(frames.length);
  const { cursor, had } = within(frames, at, roll);
  const rest = await resume(world, place, { cursor, spelling: SPELLINGS[roll(3)] ?? 'header' });
  const { shows } = doorNamed('events');
  return {
    whole: comparable(itemsOf(frames), shows),
    parts: comparable([...had, ...rest.flatMap(({ data }) => canonicalItems(JSON.parse(data)))], shows),
  };
}

/** What of the frames a client has, and the cursor that says so. */
function within(frames: readonly Frame[], at: number, roll: Roll): { readonly cursor: string; readonly had: Item[] } {
  const before = itemsOf(frames.slice(0, at));
  const frame = frames[at];
  const cursor = frame?.cursor ?? '';
  const delta = frame?.items.find((item) => item.kind === 'delta');
  const [seq = '', ...offsets] = cursor.split('/');
  // Of several messages that are open it does not show which has grown.
  if (delta === undefined || offsets.length !== 1) return { cursor, had: [...before, ...(frame?.items ?? [])] };
  const start = Number(offsets[0]) - delta.text.length;
  let length = roll(delta.text.length + 1);
  if (/[\ud800-\udbff]$/.test(delta.text.slice(0, length))) length--;
  const text = delta.text.slice(0, length);
  const part = length === 0 ? [] : [{ ...delta, text }];
  return { cursor: start + length === 0 ? seq : `${seq}/${start + length}`, had: [...before, ...part] };
}

/** The rest of a run after a cursor, as server-sent events. */
export async function resume(
  world: World,
  { conversation_id, run_id }: Place,
  { cursor, spelling }: { readonly cursor: string; readonly spelling: (typeof SPELLINGS)[number] },
): Promise<readonly SseFrame[]> {
  const { server, key } = world.target;
  const query = spelling === 'header' ? '' : `&${spelling}=${encodeURIComponent(cursor)}`;
  const url = `${server.url}/conversations/${conversation_id}/events?run_id=${run_id}${query}`;
  const options = spelling === 'header' ? { lastEventId: cursor } : {};
  const { status, frames, ended } = await readStream(url, { ...options, headers: { 'x-api-key': key } });
  if (status !== 200 && status !== 204) throw new Error(`after ${cursor} the server said ${status}`);
  if (!ended) throw new Error('the stream broke off');
  return frames;
}
