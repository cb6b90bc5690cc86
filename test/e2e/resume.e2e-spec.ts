import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { allFacts, api, conversationWhen, settled, startConversation, statusWhen } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { CanonicalReader, readStream, type SseFrame } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

const AGENTS = [
  { name: 'Alice', goal: 'to agree' },
  { name: 'Bob', goal: 'to agree' },
];

let upstream: Upstream;
let config: string;

beforeAll(async () => {
  upstream = await startUpstream();
  config = configFor(upstream.url, ['scripted', 'pace:10:scripted', 'pace:20:scripted', 'pace:40:scripted']);
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

/** Reads the stream leaving after so many frames each time, until the server says that nothing is left. */
async function readInPieces(
  server: RunningServer,
  id: string,
  pieces: (round: number) => number,
): Promise<CanonicalReader> {
  const reader = new CanonicalReader();
  for (let round = 0; ; round++) {
    const url = `${server.url}/conversations/${id}/events`;
    const cursor = reader.cursor === '' ? {} : { lastEventId: reader.cursor };
    const result = await readStream(url, { ...cursor, frames: pieces(round) });
    if (result.status === 204) return reader;
    expect(result.status).toBe(200);
    reader.take(result.frames);
    if (result.ended) return reader;
  }
}

/** What must be equal for every reader: the facts, and the text of each message that ended. */
function essence(reader: CanonicalReader): unknown {
  const ended = reader.facts.filter((fact) => fact['type'] === 'message_end');
  return {
    facts: reader.comparable(),
    texts: ended.map((fact) => [fact['message_id'], fact['text'], reader.texts.get(String(fact['message_id'])) ?? '']),
  };
}

function expectShownTextsToBeStored(reader: CanonicalReader): void {
  const ended = reader.facts.filter((fact) => fact['type'] === 'message_end');
  expect(ended.length).toBeGreaterThan(0);
  for (const fact of ended) expect(reader.texts.get(String(fact['message_id'])) ?? '').toBe(fact['text']);
}

describe('a watcher that is cut and comes back', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({ config });
  });

  it('live, after every single frame: misses nothing, sees nothing twice', async () => {
    const body = { agent_configs: AGENTS, max_turns: 3, model_name: 'pace:10:scripted' };
    const id = await startConversation(server.url, body);
    const [whole, cut] = await Promise.all([
      readInPieces(server, id, () => Infinity),
      readInPieces(server, id, () => 1),
    ]);
    expectShownTextsToBeStored(whole);
    expectShownTextsToBeStored(cut);
    expect(essence(cut)).toEqual(essence(whole));
    expect(whole.facts.at(-1)).toMatchObject({ type: 'run_end', outcome: 'completed' });
    // It was watched live: text came in more pieces than there are messages.
    const replayed = await readInPieces(server, id, () => Infinity);
    expect(essence(replayed)).toEqual(essence(whole));
  });

  it('once, at every frame of the run, before and after a restart', async () => {
    const id = await startConversation(server.url, {
      agent_configs: AGENTS,
      max_turns: 2,
      model_name: 'pace:10:scripted',
    });
    const frames: string[] = [];
    const live = new CanonicalReader();
    const stream = await readStream(`${server.url}/conversations/${id}/events`);
    live.take(stream.frames);
    frames.push(...stream.frames.map((frame) => frame.id));
    const check = async (from: RunningServer): Promise<void> => {
      for (let at = 1; at < stream.frames.length; at++) {
        const reader = new CanonicalReader();
        reader.take(stream.frames.slice(0, at));
        reader.take(
          (await readStream(`${from.url}/conversations/${id}/events`, { lastEventId: frames[at - 1] ?? '' })).frames,
        );
        expect(essence(reader)).toEqual(essence(live));
      }
    };
    expectShownTextsToBeStored(live);
    expect(stream.frames.length).toBeGreaterThan(live.facts.length + 4);
    await check(server);
    await server.stop();
    server = await startServer({ config, dataDir: server.dataDir });
    await check(server);
  });

  it('watches one run only, and ends with it', async () => {
    const answer = await api(`${server.url}/conversations`, 'POST', { agent_configs: AGENTS, max_turns: 2 });
    const id = String(answer.body['conversation_id']);
    const run = String(answer.body['run_id']);
    const stream = await readStream(`${server.url}/conversations/${id}/events?run_id=${run}`);
    expect(stream.ended).toBe(true);
    expect(stream.headers.get('x-run-id')).toBe(run);
    expect(JSON.parse(stream.frames.at(-1)?.data ?? '{}')).toMatchObject({ type: 'run_end' });
    const other = run.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    expect((await api(`${server.url}/conversations/${id}/events?run_id=${other}`)).status).toBe(404);
  });

  it('lets the turn under way end before it cancels, when asked to', async () => {
    const body = { agent_configs: AGENTS, max_turns: 50, model_name: 'pace:10:scripted' };
    const id = await startConversation(server.url, body);
    await readStream(`${server.url}/conversations/${id}/events`, { frames: 6 });
    const answer = await api(`${server.url}/conversations/${id}/cancel`, 'POST', { mode: 'after_turn' });
    expect(answer).toMatchObject({ status: 200, body: { status: 'running' } });
    const conversation = await settled(server.url, id);
    expect(conversation).toMatchObject({ status: 'cancelled', terminated_by: { reason: 'cancelled' } });
    const ends = (await allFacts(server.url, id)).filter((fact) => fact['type'] === 'turn_end');
    expect(ends.length).toBeGreaterThan(0);
    expect(ends.filter((fact) => fact['interrupted'] === true)).toEqual([]);
    expect(conversation['turn_count']).toBe(ends.length);
  });

  it('cancels a run that is bound to its watchers when the last of them is gone', async () => {
    const body = { agent_configs: AGENTS, max_turns: 50, model_name: 'pace:40:scripted', on_disconnect: 'cancel' };
    const id = await startConversation(server.url, body);
    const url = `${server.url}/conversations/${id}/events`;
    await Promise.all([readStream(url, { frames: 5 }), readStream(url, { frames: 9 })]);
    // Whoever watched it now would keep it alive.
    expect(await conversationWhen(server.url, id, 'cancelled')).toMatchObject({ status: 'cancelled' });
    await upstream.until((up) => up.open() === 0);
  });
});

describe('a process that dies', () => {
  afterEach(stopAllServers);

  async function killedInTheMiddle(
    on_disconnect: string,
  ): Promise<{ server: RunningServer; id: string; before: CanonicalReader }> {
    upstream.reset();
    const first = await startServer({ config });
    const body = { agent_configs: AGENTS, max_turns: 5, model_name: 'pace:20:scripted', on_disconnect };
    const id = await startConversation(first.url, body);
    const before = new CanonicalReader();
    const keepAlive = new AbortController();
    const other = readStream(`${first.url}/conversations/${id}/events`, { signal: keepAlive.signal }).catch(
      () => undefined,
    );
    // At the beginning of a text, well after the first ones, however many frames that is.
    const isInText = (frames: readonly SseFrame[]): boolean => {
      const { type, offset } = JSON.parse(frames.at(-1)?.data ?? '{}') as Json;
      return frames.length >= 20 && type === 'message_update' && Number(offset) < 40;
    };
    before.take((await readStream(`${first.url}/conversations/${id}/events`, { until: isInText })).frames);
    await first.kill();
    keepAlive.abort();
    await other;
    return { server: await startServer({ config, dataDir: first.dataDir }), id, before };
  }

  it('goes on where it was: completed turns are not asked again, seq has no gap, and readers go on too', async () => {
    const { server, id, before } = await killedInTheMiddle('continue');
    const conversation = await settled(server.url, id);
    expect(conversation).toMatchObject({ status: 'completed', turn_count: 5, terminated_by: { reason: 'max_turns' } });
    const facts = await allFacts(server.url, id);
    expect(facts.map((fact) => fact['seq'])).toEqual(facts.map((_fact, index) => index + 1));
    expect(facts.filter((fact) => fact['type'] === 'run_end')).toHaveLength(1);
    expect(facts.filter((fact) => fact['type'] === 'action')).toHaveLength(10);
    // Every call the upstream saw is one action, or one message that the crash interrupted.
    const discarded = facts.filter((fact) => fact['type'] === 'message_discarded');
    expect(discarded.length).toBeGreaterThan(0);
    expect(upstream.calls().filter((call) => call.kind === 'action').length).toBeLessThanOrEqual(10 + 2);
    const started = facts.filter((fact) => fact['type'] === 'message_start').length;
    expect(started).toBe(10 + discarded.length);

    before.take((await readStream(`${server.url}/conversations/${id}/events`, { lastEventId: before.cursor })).frames);
    expect(before.comparable()).toEqual(facts.map(({ cursor: _cursor, ...fact }) => fact));
    expectShownTextsToBeStored(before);
  });

  it('ends a run that was bound to its client as interrupted, and pays for nothing more', async () => {
    const { server, id } = await killedInTheMiddle('cancel');
    const calls = upstream.calls().length;
    const conversation = await settled(server.url, id);
    expect(conversation).toMatchObject({ status: 'failed', error: { code: 'interrupted' } });
    expect(upstream.calls()).toHaveLength(calls);
    const types = (await allFacts(server.url, id)).map((fact) => fact['type']);
    expect(types.slice(-2)).toEqual(['turn_end', 'run_end']);
  });

  it('refuses a second process on the same data folder, naming the first', async () => {
    const server = await startServer({ config });
    await expect(startServer({ config, dataDir: server.dataDir })).rejects.toThrow(new RegExp(`${server.pid}`));
    await server.kill();
    const next = await startServer({ config, dataDir: server.dataDir });
    expect(await statusWhen(`${next.url}/health/ready`, 200)).toBe(200);
  });

  it('leaves runs to the next process when it is asked to stop, and sends readers away with their cursor', async () => {
    const first = await startServer({ config });
    const id = await startConversation(first.url, {
      agent_configs: AGENTS,
      max_turns: 400,
      model_name: 'pace:10:scripted',
    });
    const reading = readStream(`${first.url}/conversations/${id}/events`);
    await readStream(`${first.url}/conversations/${id}/events`, { frames: 10 });
    expect(await first.stop()).toBe(0);
    const read = await reading;
    expect(read.ended).toBe(true);
    const second = await startServer({ config, dataDir: first.dataDir });
    expect((await api(`${second.url}/conversations/${id}`)).body).toMatchObject({ status: 'running' } satisfies Json);
    const reader = new CanonicalReader();
    reader.take(read.frames);
    expect(reader.cursor).not.toBe('');
    await api(`${second.url}/conversations/${id}/cancel`, 'POST', {});
    reader.take((await readStream(`${second.url}/conversations/${id}/events`, { lastEventId: read.lastId })).frames);
    expect(reader.facts.map((fact) => fact['seq'])).toEqual(reader.facts.map((_fact, index) => index + 1));
    expect(reader.facts.at(-1)).toMatchObject({ type: 'run_end', outcome: 'cancelled' });
  }, 120_000);
});
