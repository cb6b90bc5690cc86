import { begin, BEGINNERS, doorNamed } from '../doors/all-doors.js';
import { KEY } from '../doors/door-config.js';
import { Refused, type Door, type Json, type Outcome, type Place } from '../doors/door.js';
import type { DoorStream } from '../doors/door-stream.js';
import { cancelByRest } from '../doors/http-doors.js';
import type { World } from '../doors/world.js';
import { createSession, SessionClient } from '../session-client.js';
import { SocketIoClient } from '../socketio-client.js';
import { WsClient } from '../ws-client.js';
import type { Roll } from './figures.js';

/** How a race ended, as the client saw it. */
export interface Race {
  readonly place: Place;
  readonly token: string;
  readonly outcome: Outcome | undefined;
  /** Ends that were shown. */
  readonly ends: number;
  /** Text that came after the cancel was acknowledged, on the connection of both. */
  readonly late: number;
}

export type Racer = (world: World, roll: Roll) => Promise<Race>;

/** As long as such a run takes, about, ms. */
const LONGEST_MS = 15;

/** And now and then as long as it may take on a machine that does much else. */
const BUSY_MS = 3_000;

async function sometime(roll: Roll): Promise<void> {
  const ms = roll(roll(20) === 0 ? BUSY_MS : LONGEST_MS);
  // Not every timer: the shortest races are the closest.
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

function placeOf({ conversation_id, run_id }: DoorStream): Place {
  return { conversation_id, run_id };
}

/** Cancels by one door or another, now and then by two at once. */
async function cancelSomehow(world: World, door: Door, place: Place, roll: Roll): Promise<void> {
  const others = ['ws', 'socketio'] as const;
  const choices = [cancelByRest, door.cancel ?? cancelByRest, ...others.map((name) => doorNamed(name).cancel)];
  const deeds = Array.from({ length: roll(4) === 0 ? 2 : 1 }, async () => {
    const cancel = choices[roll(choices.length)] ?? cancelByRest;
    await cancel(world.target, place).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
    });
  });
  await Promise.all(deeds);
}

/** A run of a door that is cancelled over another connection, or over another door. */
function apart(door: Door): Racer {
  return async (world, roll) => {
    const run = world.runs.begin();
    run.free();
    const stream = await begin(door, world.target, { message: run.message });
    await sometime(roll);
    await cancelSomehow(world, door, placeOf(stream), roll);
    await stream.over();
    const ends = stream.items().filter(({ kind }) => kind === 'end').length;
    return { place: placeOf(stream), token: run.token, outcome: outcomeOf(door, stream), ends, late: 0 };
  };
}

/** OpenAI's clients know failures only. */
function outcomeOf(door: Door, stream: DoorStream): Outcome | undefined {
  const outcome = stream.outcome();
  return door.name === 'openai' && outcome === 'failed' ? 'cancelled' : outcome;
}

const OF_CHAT: Readonly<Record<string, Outcome>> = { chat_complete: 'completed', error: 'cancelled' };

/** /ws: the end of the run is the acknowledgement. */
const sameWs: Racer = async (world, roll) => {
  const client = await WsClient.open(world.server.url, '/ws', { headers: { 'x-api-key': KEY } });
  const run = world.runs.begin();
  run.free();
  client.send({ type: 'chat', data: { message: run.message, agent_name: 'worker', reset_history: true } });
  const { conversation_id, run_id } = (await client.next())['data'] as Record<string, string>;
  await sometime(roll);
  client.send({ type: 'cancel', data: { conversation_id } });
  // One that came too late is answered by a pong.
  await client.next((frame) => frame['type'] !== 'chat_chunk' && frame['type'] !== 'tool_call');
  client.send({ type: 'ping' });
  await client.next((frame) => frame['type'] === 'pong' && (frame['data'] as Json)['conversation_id'] === undefined);
  client.ws.terminate();
  const terminal = client.frames.filter((frame) => String(frame['type']) in OF_CHAT);
  const end = client.frames.findIndex((frame) => String(frame['type']) in OF_CHAT);
  const late = client.frames.slice(end + 1).filter((frame) => frame['type'] === 'chat_chunk').length;
  const place = { conversation_id: conversation_id ?? '', run_id: run_id ?? '' };
  return { place, token: run.token, outcome: OF_CHAT[String(terminal[0]?.['type'])], ends: terminal.length, late };
};

const sameSocketIo: Racer = async (world, roll) => {
  const client = await SocketIoClient.connect(world.server.url, { auth: { apiKey: KEY } });
  const run = world.runs.begin();
  run.free();
  const ack = await client.ask('chat', { message: run.message, agent_name: 'worker', reset_history: true });
  const place = { conversation_id: String(ack['conversation_id']), run_id: String(ack['run_id']) };
  await sometime(roll);
  await client.ask('cancel', { conversation_id: place.conversation_id });
  const acknowledged = client.got.length;
  // Another answer comes after everything that was on its way.
  await client.next('event', (event) => event['type'] === 'run_end');
  await client.ask('leave', { conversation_id: place.conversation_id });
  client.close();
  const late = client.got.slice(acknowledged).filter(({ data }) => data['type'] === 'message_update').length;
  const ends = client.events(place.conversation_id).filter((event) => event['type'] === 'run_end');
  return { place, token: run.token, outcome: ends[0]?.['outcome'] as Outcome, ends: ends.length, late };
};

const OF_TASK: Readonly<Record<string, Outcome>> = { Completed: 'completed', Cancelled: 'cancelled' };

const sameSession: Racer = async (world, roll) => {
  const headers = { 'x-api-key': KEY };
  const session_id = await createSession(world.server.url, {}, headers);
  const session = await SessionClient.open(world.server.url, session_id, { headers });
  const run = world.runs.begin();
  run.free();
  const answer = await session.call('generate', { message: run.message, agent_name: 'worker' });
  const task_id = String((answer['result'] as Json)['task_id']);
  await sometime(roll);
  const { result } = await session.call('cancel', { task_id });
  // One that came too late is refused: the rest of the text may follow that.
  const acknowledged = result === undefined ? Infinity : session.client.frames.length;
  await session.next('end');
  await session.call('ping');
  session.close();
  const { frames } = session.client;
  const late = frames.slice(acknowledged).filter((frame) => frame['method'] === 'text_chunk').length;
  const ends = frames.filter((frame) => frame['method'] === 'end');
  const { status_message: status } = (ends[0]?.['params'] ?? {}) as Readonly<Record<string, string>>;
  const place = { conversation_id: session_id.replace(/^sess_/, 'conv_'), run_id: task_id };
  return { place, token: run.token, outcome: OF_TASK[status ?? ''], ends: ends.length, late };
};

/** Races of a cancel against the completion of its run, by their names. */
export const RACERS: readonly (readonly [string, Racer])[] = [
  ...BEGINNERS.map((door) => [door.name, apart(door)] as const),
  ['ws, on one socket', sameWs],
  ['socketio, on one socket', sameSocketIo],
  ['jsonrpc, on one socket', sameSession],
];
