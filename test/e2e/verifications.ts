import { expect } from '@jest/globals';
import { begin, canGoOn, doorNamed, DOORS, watch } from '../support/doors/all-doors.js';
import { KEY, OTHER_KEY } from '../support/doors/door-config.js';
import { Refused, type Door, type Frame, type Item, type Json, type Place } from '../support/doors/door.js';
import type { DoorStream } from '../support/doors/door-stream.js';
import { cancelByRest } from '../support/doors/http-doors.js';
import { comparable } from '../support/doors/items.js';
import { sessionOf } from '../support/doors/jsonrpc-door.js';
import { starterFor, type World } from '../support/doors/world.js';
import { createSession, SessionClient } from '../support/session-client.js';
import type { RecordedCall } from '../support/upstream/types.js';
import type { RequirementId } from './requirements.js';

/** Models that break off. */
export const FAILING = ['bad:cut-after-12', 'bad:eof-after-12', 'bad:reset-after-12', 'bad:no-finish'];
/** At once, on each door. */
const RACES = 12;

/** A run that nothing holds back, seen to its end. */
async function complete(world: World, door: Door): Promise<DoorStream> {
  const run = world.runs.begin();
  run.free();
  const stream = await world.show(door, { message: run.message });
  return stream.over();
}

/** A run that has said its first words and is cancelled then. */
async function cancelled(world: World, door: Door): Promise<DoorStream> {
  const stream = await world.show(door, { message: world.runs.begin().message });
  await stream.until(({ frames }) => frames.some(({ items }) => items.some(({ kind }) => kind === 'text')));
  await cancelByRest(world.target, stream);
  return stream.over();
}

/** A run whose upstream breaks off. */
async function failed(world: World, door: Door, model = 'bad:cut-after-12'): Promise<DoorStream> {
  const stream = await world.show(door, { message: 'Hello', model });
  return stream.over();
}

function facts(stream: DoorStream): Json[] {
  return stream.items().flatMap((item) => (item.kind === 'fact' ? [item.fact] : []));
}

function ends(stream: DoorStream): Item[] {
  return stream.items().filter(({ kind }) => kind === 'end');
}

const isStart = (type: string): boolean => type.endsWith('_start');
const NAMES = ['message_id', 'tool_call_id', 'turn', 'phase', 'agent'];

/** What was started and not ended. */
function openAfter(events: readonly Json[]): string[] {
  const open: string[] = [];
  for (const event of events) {
    const type = String(event['type']);
    const what = [
      type.replace(/_(?:start|end|discarded)$/, ''),
      ...NAMES.map((name) => JSON.stringify(event[name])),
    ].join(' ');
    if (isStart(type)) open.push(what);
    else if (open.includes(what)) open.splice(open.lastIndexOf(what), 1);
  }
  return open;
}

/** Offsets of deltas are the length of what came before; what ends has the text of its deltas. */
function expectTile(event: Json, run: DoorStream): void {
  const { type, message_id } = event;
  if (type !== 'message_update' && type !== 'message_end') return;
  const index = run.frames.findIndex(({ raw }) => raw === event);
  const before = run.frames.slice(0, index).flatMap(({ items }) => items);
  const text = before
    .map((item) => (item.kind === 'delta' && item.message_id === message_id ? item.text : ''))
    .join('');
  if (type === 'message_update') expect(event['offset']).toBe(text.length);
  else if (event['role'] === 'assistant') expect(text).toBe(event['text']);
}

/** What follows the first words of a paced run. */
function isMark(item: Item): boolean {
  return (
    item.kind === 'tool_start' ||
    (item.kind === 'fact' && item.fact['type'] === 'message_end' && item.fact['role'] === 'assistant')
  );
}

const TYPES: Readonly<Record<string, readonly string[]>> = {
  chat: [
    'chat_chunk',
    'tool_call_start',
    'tool_call_complete',
    'tool_call_error',
    'chat_discard',
    'chat_complete',
    'error',
  ],
  ws: ['chat_chunk', 'tool_call', 'chat_discard', 'chat_complete', 'error'],
  text: ['text', 'end'],
  jsonrpc: ['text_chunk', 'function_call_request', 'text_discarded', 'end', 'error'],
  openai: ['chat.completion.chunk'],
};

function typeOf({ raw }: Frame): unknown {
  if (raw === '[DONE]') return 'chat.completion.chunk';
  const frame = raw as Json;
  return frame['event_type'] ?? frame['type'] ?? frame['method'] ?? frame['object'];
}

/** Where a run is to be found again. */
export function placeOf({ conversation_id, run_id }: DoorStream): Place {
  return { conversation_id, run_id };
}

/** All doors that can watch what a door began, on one run. */
async function audience(world: World, starter: Door, stream: DoorStream): Promise<DoorStream[]> {
  const doors = DOORS.filter((to) => canGoOn(starter, to));
  return Promise.all(doors.map((to) => watch(to, world.target, placeOf(stream))));
}

const CLIENT_TOOL = { name: 'ask_user', description: 'Asks.', parameters: { type: 'object', properties: {} } };

function codeOf(error: unknown): unknown {
  if (error instanceof Refused) return error.code;
  throw error;
}

export type Verification = (door: Door, world: World) => Promise<void>;

async function verifySeqDense(door: Door, world: World): Promise<void> {
  const numbers = facts(await complete(world, door)).map((fact) => Number(fact['seq']));
  expect(numbers.length).toBeGreaterThan(10);
  expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
}

async function verifyStartsEnd(door: Door, world: World): Promise<void> {
  const hanging = await world.show(door, { message: '[[tool:hang {}]]', model: 'scripted' });
  if (door.name !== 'events') {
    await hanging.until((stream) => stream.items().some(({ kind }) => kind === 'tool_start'));
    await cancelByRest(world.target, hanging);
  }
  const runs = [
    await complete(world, door),
    await cancelled(world, door),
    await failed(world, door),
    await hanging.over(),
  ];
  expect(runs.map((run) => run.outcome())).toEqual([
    'completed',
    'cancelled',
    'failed',
    door.name === 'events' ? 'completed' : 'cancelled',
  ]);
  for (const run of runs) {
    expect(openAfter(facts(run))).toEqual([]);
    const idsOf = (wanted: Item['kind']): string[] =>
      run.items().flatMap((item) => (item.kind === wanted && 'id' in item ? [String(item.id)] : []));
    expect(idsOf('tool_end')).toHaveLength(idsOf('tool_start').length);
    expect(new Set(idsOf('tool_end'))).toEqual(new Set(idsOf('tool_start')));
  }
}

async function verifyOneEnd(door: Door, world: World): Promise<void> {
  const runs = [await complete(world, door), await cancelled(world, door), await failed(world, door)];
  for (const run of runs) {
    expect(run.stopped).toBe('over');
    expect(ends(run)).toHaveLength(1);
    const last = run.frames.at(-1)?.items.map(({ kind }) => kind);
    expect(last).toContain('end');
  }
  // OpenAI's clients know no cancelled runs.
  const second = door.name === 'openai' ? 'failed' : 'cancelled';
  expect(runs.map((run) => run.outcome())).toEqual(['completed', second, 'failed']);
}

async function verifyTextIsStored(door: Door, world: World): Promise<void> {
  const run = await complete(world, door);
  const stored = await world.storedText(run);
  expect(run.text()).toBe(stored);
  const end = ends(run)[0];
  if (end?.kind === 'end' && end.text !== undefined) expect(end.text).toBe(stored);
  for (const { raw } of run.frames) expectTile(raw as Json, run);
}

async function verifyTextBeforeFact(door: Door, world: World): Promise<void> {
  const items = (await complete(world, door)).items();
  const marks = items.flatMap((item, index) => (isMark(item) ? [index] : []));
  expect(marks.length).toBeGreaterThan(0);
  const first = items.slice(0, marks[0]).map((item) => (item.kind === 'text' ? item.text : ''));
  expect(first.join('')).toBe('Let me work — it out. ');
}

async function verifyCutIsNoEnd(door: Door, world: World): Promise<void> {
  for (const model of FAILING) {
    const run = await failed(world, door, model);
    expect([model, run.outcome()]).toEqual([model, 'failed']);
    expect(run.text()).not.toBe('');
    expect(run.frames.map(({ raw }) => raw)).not.toContain('[DONE]');
  }
}

async function verifyTypesAreKnown(door: Door, world: World): Promise<void> {
  const run = await complete(world, door);
  const types = new Set(run.frames.map(typeOf));
  const known = TYPES[door.name.replace('events-', '')];
  for (const type of types) {
    expect(type).toEqual(expect.stringMatching(/^[a-z_.]+$/));
    if (known !== undefined) expect(known).toContain(type);
  }
  const words = run.frames.filter(({ items }) => items.some(({ kind }) => kind === 'text'));
  expect(
    words
      .flatMap(({ items }) => items)
      .map((item) => (item.kind === 'text' ? item.text : ''))
      .join(''),
  ).toBe(await world.storedText(run));
}

async function verifyLateReader(door: Door, world: World): Promise<void> {
  const run = await complete(world, door);
  const late = await watch(door, world.target, { conversation_id: run.conversation_id, run_id: run.run_id });
  await late.over();
  expect(comparable(late.items(), door.shows)).toEqual(comparable(run.items(), door.shows));
  const after = await watch(door, world.target, { ...placeOf(run), cursor: run.cursor });
  await after.over().catch(() => undefined);
  expect(after.items()).toEqual([]);
}

async function verifyCancelledOnce(door: Door, world: World): Promise<void> {
  const { cancel } = door;
  const starter = starterFor(door);
  const ask = {
    message: world.runs.begin().message,
    on_disconnect: cancel === undefined ? 'cancel' : 'continue',
  } as const;
  const first = await begin(starter, world.target, ask);
  await first.until((stream) => stream.text() !== '');
  if (cancel === undefined) {
    // It is cancelled by leaving it: who would watch it before that is seen would keep it alive.
    first.drop();
    const ended = ({ raw, end }: RecordedCall): boolean => raw.includes(ask.message) && end !== undefined;
    await world.upstream.until((upstream) => upstream.calls('m').some(ended));
    const late = await watch(doorNamed('events'), world.target, placeOf(first)).then((stream) => stream.over());
    expect([late.outcome(), ends(late).length]).toEqual(['cancelled', 1]);
    return;
  }
  const watchers = [first, ...(await audience(world, starter, first))];
  await cancel(world.target, placeOf(first));
  for (const stream of watchers) {
    await stream.over();
    expect([stream.stopped, stream.outcome(), ends(stream).length]).toEqual(['over', 'cancelled', 1]);
  }
  expect(await world.status(first)).toBe('cancelled');
  expect((await world.facts(first)).filter((fact) => fact['type'] === 'run_end')).toHaveLength(1);
}

async function verifyCancelOrComplete(door: Door, world: World): Promise<void> {
  const starter = starterFor(door);
  const cancel = door.cancel ?? cancelByRest;
  const race = async (): Promise<unknown> => {
    const run = world.runs.begin();
    run.free();
    const first = await begin(starter, world.target, { message: run.message });
    const cancelling = cancel(world.target, placeOf(first)).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
    });
    const [seen] = await Promise.all([first.over(), cancelling]);
    const all = await world.facts(first);
    const last = all.at(-1);
    const outcomes = [seen.outcome(), last?.['outcome']].map((outcome) =>
      door.name === 'openai' && outcome === 'failed' ? 'cancelled' : outcome,
    );
    expect([last?.['type'], ends(seen).length, all.filter(({ type }) => type === 'run_end').length]).toEqual([
      'run_end',
      1,
      1,
    ]);
    expect(outcomes[0]).toBe(outcomes[1]);
    return outcomes[0];
  };
  const outcomes = await Promise.all(Array.from({ length: RACES }, () => race()));
  expect(['completed', 'cancelled']).toEqual(expect.arrayContaining([...new Set(outcomes)]));
}

async function verifyWaiting(door: Door, world: World): Promise<void> {
  const headers = { 'x-api-key': KEY };
  const session_id = await createSession(world.server.url, { tools: [CLIENT_TOOL] }, headers);
  const client = await SessionClient.open(world.server.url, session_id, { headers });
  const ack = await client.call('generate', { message: 'Well: [[tool:ask_user {}]]', model: 'scripted' });
  const run_id = String((ack['result'] as Json)['task_id']);
  const asked = await client.next('function_call_request');
  await client.next('end');
  const place = { conversation_id: session_id.replace('sess_', 'conv_'), run_id };
  expect(sessionOf(place)).toBe(session_id);
  expect(await world.status(place)).toBe('waiting');
  const stream = await watch(door, world.target, place);
  await stream.until((one) => one.items().some(({ kind }) => kind === 'tool_start'));
  expect(stream.items()).toContainEqual({ kind: 'tool_start', id: asked['request_id'], arguments: {} });
  expect(ends(stream)).toEqual([]);
  const results = [{ tool_call_id: asked['request_id'], tool_name: 'ask_user', result: 'yes' }];
  await client.call('tool_result', { task_id: run_id, results });
  await stream.over();
  expect([stream.outcome(), ends(stream).length]).toEqual(['completed', 1]);
  expect(stream.text()).toContain('yes');
  client.close();
}

async function verifyOtherTenants(door: Door, world: World): Promise<void> {
  const stream = await world.show(door, { message: world.runs.begin().message });
  const others = { ...world.target, key: OTHER_KEY };
  const never = { conversation_id: 'conv_00000000-0000-7000-8000-000000000000', run_id: stream.run_id };
  for (const deed of [door.watch, door.cancel]) {
    if (deed === undefined) continue;
    const refusals = [placeOf(stream), never].map((place) => deed(others, place).then(() => 'let in', codeOf));
    const [theirs, none] = await Promise.all(refusals);
    expect(theirs).toBe(none);
    expect([404, 'not_found', -32_000]).toContain(theirs);
  }
  if (['chat', 'ws', 'socketio'].includes(door.name)) {
    const { conversation_id } = stream;
    const refusal = begin(door, others, { message: 'Hello', conversation_id }).then(() => 'let in', codeOf);
    expect([404, 'not_found']).toContain(await refusal);
  }
  await cancelByRest(world.target, stream);
  expect((await stream.over()).outcome()).toBe('cancelled');
}

/** How each requirement is verified on a door. */
export const VERIFICATIONS = {
  'seq-dense': verifySeqDense,
  'starts-end': verifyStartsEnd,
  'one-end': verifyOneEnd,
  'text-is-stored': verifyTextIsStored,
  'text-before-fact': verifyTextBeforeFact,
  'cut-is-no-end': verifyCutIsNoEnd,
  'types-are-known': verifyTypesAreKnown,
  'late-reader': verifyLateReader,
  'cancelled-once': verifyCancelledOnce,
  'cancel-or-complete': verifyCancelOrComplete,
  waiting: verifyWaiting,
  'other-tenants': verifyOtherTenants,
} satisfies Partial<Record<RequirementId, Verification>>;
