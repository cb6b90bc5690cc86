import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { api } from '../support/api.js';
import { begin, doorNamed, watch } from '../support/doors/all-doors.js';
import { KEY } from '../support/doors/door-config.js';
import type { DoorName } from '../support/doors/door.js';
import { comparable } from '../support/doors/items.js';
import { World } from '../support/doors/world.js';
import { cutAnywhere, resume, showRun, SPELLINGS, type Shown } from '../support/faults/cuts.js';
import { figure, many, SEED, type Roll } from '../support/faults/figures.js';
import { LEAVERS, type Leaver } from '../support/faults/leavers.js';
import { LostPeers } from '../support/faults/lost-peers.js';
import { metricsOf, metricsWhen, sumOf, type Samples } from '../support/faults/metrics.js';
import { RACERS, type Race } from '../support/faults/races.js';
import { SlowLink } from '../support/faults/slow-link.js';
import { sendRaw, talk } from '../support/raw.js';
import { stopAllServers } from '../support/server.js';
import { SessionClient, createSession } from '../support/session-client.js';
import { SocketIoClient } from '../support/socketio-client.js';
import type { RecordedCall } from '../support/upstream/types.js';
import { WsClient } from '../support/ws-client.js';

const CUTS = figure(1_500, 10_000);
const RACES = figure(600, 2_000);
/** Of each transport. */
const LEAVES = figure(80, 10_000);
/** How long a slow link stays slow: in the long form longer than a reader may take nothing. */
const SLOW_MS = figure(6_000, 90_000);
const SLOW_BYTES_PER_SECOND = 1_024;
const AT_ONCE = figure(12, 40);
/** What is promised, and what a machine is given that does much else at once. */
const SLACK_MS = 10_000;
/** For what has no promise, only an end. */
const PATIENCE_MS = 60_000;
const FOUND_MS = 45_000;
const CLOSED_MS = 1_000;
const LONG_MS = 240_000 + figure(0, 900_000);

const KEY_HEADER = { 'x-api-key': KEY };
const CANCELLED = 'text:400:20';
const COMPLETED = 'text:5:10';
const SLOW = { pieces: 3_000, length: 2_048 };

let world: World;
/** They are waited for while the rest is tested. */
let lost: LostPeers;
let before: Samples;
let slowMayGo: PromiseWithResolvers<void>;
let link: SlowLink;

beforeAll(async () => {
  world = await World.start(['slow', CANCELLED, COMPLETED], 'metrics: {on_main_port: true}\n');
  slowMayGo = Promise.withResolvers();
  const text = Array.from({ length: SLOW.pieces }, (_piece, index) => `${index} `.padEnd(SLOW.length, 'x'));
  world.upstream.script('slow', () => ({ text: ['Well: ', { until: slowMayGo.promise }, ...text], intervalMs: 1 }));
  link = await SlowLink.to(world.server.url, SLOW_BYTES_PER_SECOND);
  before = await metricsOf(world.target);
  lost = await LostPeers.lose(world);
}, 120_000);

afterAll(async () => {
  lost.close();
  link.close();
  await stopAllServers();
  await world.upstream.close();
});

describe('K03: a reader of one KiB a second', () => {
  const READERS = ['events', 'events-chat', 'ws', 'socketio', 'jsonrpc'] as const satisfies readonly DoorName[];

  it(
    `on each door: is not cut, is given less and larger pieces, and all of the text`,
    async () => {
      const first = await begin(doorNamed('jsonrpc'), world.target, { message: 'Hello', model: 'slow' });
      await first.until((stream) => stream.text() !== '');
      const { conversation_id, run_id } = first;
      const fast = await watch(doorNamed('events'), world.target, { conversation_id, run_id });
      const target = { server: link, key: KEY };
      const readers = await Promise.all(
        READERS.map((name) => watch(doorNamed(name), target, { conversation_id, run_id })),
      );
      slowMayGo.resolve();
      const began = performance.now();
      const [observed] = await Promise.all([fast.over(), pause(SLOW_MS)]);
      expect(observed.outcome()).toBe('completed');
      const most = ((performance.now() - began) / 1_000) * 3 * SLOW_BYTES_PER_SECOND;
      for (const [index, reader] of readers.entries()) {
        const size = reader.text().length;
        expect([READERS[index], reader.stopped, size < most]).toEqual([READERS[index], undefined, true]);
      }
      link.speedUp();
      for (const [index, reader] of readers.entries()) {
        const { shows } = doorNamed(READERS[index] ?? 'events');
        await reader.over();
        const kinds = shows.filter((kind) => kind !== 'delta');
        expect([READERS[index], reader.stopped]).toEqual([READERS[index], 'over']);
        expect(comparable(reader.items(), kinds)).toEqual(comparable(observed.items(), kinds));
        // Of the pieces that the model said, each of which is a frame for who keeps up.
        expect(reader.frames.length).toBeLessThan(SLOW.pieces * 0.6);
      }
    },
    LONG_MS,
  );
});

describe('K04: a reader that was cut off', () => {
  let runs: Shown[];

  beforeAll(async () => {
    runs = [];
    for (const starter of ['chat', 'events', 'chat'] as const) runs.push(await showRun(world, starter));
  });

  it(
    `${CUTS} times at any place, seed ${SEED}: gets the rest, exactly`,
    async () => {
      await many(CUTS, AT_ONCE, async (index, roll) => {
        const shown = runs[index % runs.length];
        if (shown === undefined) return;
        const { whole, parts } = await cutAnywhere(world, shown, roll);
        expect(parts).toEqual(whole);
      });
    },
    LONG_MS,
  );

  it('behind each of its events, however it says its cursor', async () => {
    const [{ place, doors } = { place: { conversation_id: '', run_id: '' }, doors: new Map<DoorName, never>() }] = runs;
    const frames = doors.get('events') ?? [];
    expect(frames.length).toBeGreaterThan(20);
    for (const [at, { cursor = '' }] of frames.entries()) {
      for (const spelling of SPELLINGS) {
        const rest = await resume(world, place, { cursor, spelling });
        const expected = frames.slice(at + 1).map(({ raw }) => raw);
        expect([at, spelling, rest.map(({ data }) => JSON.parse(data) as unknown)]).toEqual([at, spelling, expected]);
      }
    }
  });

  const MALFORMED = [
    'x',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x1',
    '/1',
    '1/',
    '1//2',
    '1/-2',
    '1, 2',
    '1 2',
    'null',
    'NaN',
    '9'.repeat(16),
    '9'.repeat(10_240),
    `1${'/1'.repeat(65)}`,
    "1' OR '1'='1",
  ];
  /** No message was open there. */
  const NOT_OPEN = '1/99';
  /** No header can have these. */
  const NO_HEADER = ['1\r\nid: 2', '1\n', '\r', '1\u0000', '\uff11', ' 1', '1\u2028'];
  const BEYOND = ['999999', '9'.repeat(15), '999999/1'];

  it('and says a cursor that is none is told so, by a code', async () => {
    const [{ place } = { place: { conversation_id: '', run_id: '' } }] = runs;
    const path = `/conversations/${place.conversation_id}/events`;
    const ask = async (query: string, headers: Readonly<Record<string, string | readonly string[]>> = {}) => {
      const answer = await sendRaw(world.server.url, {
        path: `${path}${query}`,
        headers: { ...KEY_HEADER, ...headers },
      });
      return [answer.status, answer.body['code']];
    };
    for (const text of [...MALFORMED, NOT_OPEN])
      expect([text, await ask('', { 'last-event-id': text })]).toEqual([text, [400, 'cursor_malformed']]);
    expect(await ask('', { 'last-event-id': ['1', '2'] })).toEqual([400, 'cursor_malformed']);
    for (const text of [...MALFORMED, NOT_OPEN, ...NO_HEADER]) {
      for (const name of ['after', 'last_event_id'])
        expect([text, await ask(`?${name}=${encodeURIComponent(text)}`)]).toEqual([text, [400, 'cursor_malformed']]);
    }
    for (const text of BEYOND) {
      expect([text, await ask(`?after=${text}`)]).toEqual([text, [409, 'cursor_ahead']]);
      expect([text, await ask('', { 'last-event-id': text })]).toEqual([text, [409, 'cursor_ahead']]);
    }
    const head = `GET ${path} HTTP/1.1\r\nHost: ${new URL(world.server.url).host}\r\nX-API-Key: ${KEY}\r\n`;
    for (const text of ['1\r2', '1\n2', '1\u0000'])
      expect(await talk(world.server.url, [`${head}Last-Event-ID: ${text}\r\n\r\n`])).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('is told so on the sockets too', async () => {
    const [{ place } = { place: { conversation_id: '', run_id: '' } }] = runs;
    const { conversation_id } = place;
    const options = { headers: KEY_HEADER };
    const ws = await WsClient.open(world.server.url, '/ws', options);
    const io = await SocketIoClient.connect(world.server.url, { auth: { apiKey: KEY } });
    const session_id = await createSession(world.server.url, {}, KEY_HEADER);
    const session = await SessionClient.open(world.server.url, session_id, options);
    const expectCode = async (after: string, code: string): Promise<void> => {
      ws.send({ type: 'resume', data: { conversation_id, after } });
      const told = (await ws.next())['data'] as Readonly<Record<string, unknown>>;
      const ack = await io.ask('join', { conversation_id, after });
      const answer = await session.call('resume', { after });
      expect([after, told['error_code'], ack['error'], answer['error']]).toEqual([
        after,
        code,
        expect.objectContaining({ code }),
        expect.objectContaining({ data: expect.objectContaining({ code }) }),
      ]);
      // Not more frames a second than one socket may send.
      await pause(15);
    };
    for (const text of [...MALFORMED, ...NO_HEADER]) await expectCode(text, 'cursor_malformed');
    for (const text of BEYOND) await expectCode(text, 'cursor_ahead');
    for (const client of [ws.ws, session.client.ws]) client.terminate();
    io.close();
  });
});

describe('K12: a cancel against the completion of its run', () => {
  it(
    `${RACES} times over every door, seed ${SEED}: one end, the same for all, no text after it, and the upstream is closed`,
    async () => {
      const outcomes = new Map<unknown, number>();
      const tokens = new Set<string>();
      await many(RACES, AT_ONCE, async (index, roll) => {
        const [name, racer] = RACERS[index % RACERS.length] ?? ['', undefined];
        const race = await racer?.(world, roll);
        if (race === undefined) throw new Error(name);
        await expectOneEnd(name, race);
        tokens.add(race.token);
        outcomes.set(race.outcome, (outcomes.get(race.outcome) ?? 0) + 1);
      });
      expect(new Set(outcomes.keys())).toEqual(new Set(['cancelled', 'completed']));
      const isOurs = ({ raw }: RecordedCall): boolean => tokens.has(/\[\[run:(\w+)\]\]/.exec(raw)?.[1] ?? '');
      const ours = world.upstream.calls('m').filter(isOurs);
      expect(ours.length).toBeGreaterThan(RACES / 2);
      await world.upstream.until(() => ours.every(({ end }) => end !== undefined), CLOSED_MS + SLACK_MS);
      process.stdout.write(`K12: ${JSON.stringify(Object.fromEntries(outcomes))}\n`);
    },
    LONG_MS,
  );

  async function expectOneEnd(name: string, { place, outcome, ends, late }: Race): Promise<void> {
    const facts = await world.facts(place);
    const last = facts.at(-1);
    expect([name, ends, late, last?.['type'], last?.['outcome']]).toEqual([name, 1, 0, 'run_end', outcome]);
    expect(facts.filter(({ type }) => type === 'run_end')).toHaveLength(1);
  }
});

describe('K01: who leaves at any moment', () => {
  const left = new Map<string, { readonly at: number; readonly binds: boolean }>();
  /** Calls of the upstream. */
  let seen = 0;

  async function leaveOnce({ ask, binds, name }: Leaver, index: number, roll: Roll): Promise<void> {
    const cancels = binds && roll(4) !== 0;
    const token = `[[left:${name.replaceAll(/\W/g, '')}${index}]]`;
    const socket: Socket = await ask(world.target, {
      message: token,
      model: cancels ? CANCELLED : COMPLETED,
      on_disconnect: cancels ? 'cancel' : 'continue',
    });
    // At once, while it waits for the model, in the middle of its text, or after its end.
    const moment = roll(4);
    if (moment > 0) await pause(roll(moment === 3 ? 200 : 50));
    left.set(token, { at: performance.now(), binds: cancels });
    socket.destroy();
  }

  it.each(LEAVERS.map((leaver) => [leaver.name, leaver] as const))(
    `%s, ${LEAVES} times, seed ${SEED}`,
    async (_name, leaver) => {
      await many(LEAVES, AT_ONCE, (index, roll) => leaveOnce(leaver, index, roll));
      await world.upstream.until((now) => now.open(CANCELLED) === 0 && now.open(COMPLETED) === 0, PATIENCE_MS);
      const calls = world.upstream.calls().filter(({ model }) => model === CANCELLED || model === COMPLETED);
      let slowest = 0;
      for (const { raw, end, endedAt = Infinity } of calls.slice(seen)) {
        const told = left.get(/\[\[left:\w+\]\]/.exec(raw)?.[0] ?? '');
        if (told === undefined) throw new Error(`a call of nobody: ${raw}`);
        if (told.binds) slowest = Math.max(slowest, endedAt - told.at);
        expect(end).toBe(told.binds ? 'aborted' : 'completed');
      }
      seen = calls.length;
      expect(slowest).toBeLessThan(CLOSED_MS + SLACK_MS);
      process.stdout.write(`K01: ${leaver.name}: the upstream was closed within ${Math.round(slowest)} ms\n`);
    },
    LONG_MS,
  );
});

describe('K09: peers that are gone without a word', () => {
  it('are found in 45 s; then nothing is left of anybody, nor of those who left before', async () => {
    for (const { who, after } of await lost.found()) {
      process.stdout.write(`K09: ${who}: found after ${Math.round(after)} ms\n`);
      expect([who, after < FOUND_MS + SLACK_MS]).toEqual([who, true]);
    }
    world.runs.freeAll();
    const resources = (samples: Samples): readonly number[] =>
      ['TCPSocketWrap', 'Timeout'].map((type) => sumOf(samples, 'nodejs_active_resources', `"${type}"`));
    const first = resources(before);
    // What the pools of connections keep for a while.
    const isLittle = (samples: Samples): boolean =>
      resources(samples).every((count, index) => count < (first[index] ?? 0) + 40);
    const now = await metricsWhen(world.target, (samples) => isIdle(samples) && isLittle(samples), PATIENCE_MS);
    expect(now).toMatchObject({ parley_runs_active: 0, parley_watchers: 0, parley_sockets: 0 });
    expect((await api(`${world.server.url}/health`)).body).toMatchObject({ active_connections: 0 });
    for (const status of ['running', 'waiting']) {
      const { body } = await api(`${world.server.url}/conversations?status=${status}`, 'GET', undefined, KEY_HEADER);
      expect(body['conversations']).toEqual([]);
    }
    expect(sumOf(now, 'parley_runs_ended_total')).toBe(sumOf(now, 'parley_runs_started_total'));
    process.stdout.write(`K09: sockets and timers: ${first.join(', ')} before, ${resources(now).join(', ')} after\n`);
    expect([resources(now), isLittle(now)]).toEqual([resources(now), true]);
    expect(world.server.output()).not.toMatch(/MaxListenersExceeded|unhandled|"level":"error"/i);
  }, 180_000);
});

const isIdle = (now: Samples): boolean =>
  now['parley_runs_active'] === 0 && now['parley_watchers'] === 0 && now['parley_sockets'] === 0;
