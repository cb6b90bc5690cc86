import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { allFacts, api, conversationWhen, settled, until } from '../support/api.js';
import { effectPlugin, effectsWhen } from '../support/effects.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';
import { WsClient } from '../support/ws-client.js';

const SLOW = 'text:400:20';
/** What is promised is 250 ms; a machine that does much else at once is given more, but not as long as an answer takes. */
const SOON_MS = 6_000;

type OnDisconnect = 'cancel' | 'continue';

/** Begins a chat on a door; `leave` closes its connection. */
interface Begun {
  leave(): Promise<void> | void;
}
type Begin = (body: Readonly<Record<string, unknown>>, on_disconnect?: OnDisconnect) => Promise<Begun>;

let upstream: Upstream;
let server: RunningServer;
let log: string;

beforeAll(async () => {
  upstream = await startUpstream();
  log = join(await temporaryFolder(), 'effects');
  const model = (name: string): string =>
    `  "${name}": {name: "${name}", type: custom, api_base: "${upstream.url}", api_key: k}`;
  server = await startServer({
    config: `models:\n${[SLOW, 'text:40:20', 'scripted'].map(model).join('\n')}\nevaluators: []\nplugins: [./effects.js]\n`,
    files: { 'effects.js': effectPlugin(log) },
  });
}, 120_000);

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

function post(path: string, body: object): Begun {
  const leave = new AbortController();
  const answered = fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: leave.signal,
  })
    .then(async (response) => response.text())
    .catch(() => undefined);
  return {
    leave: async () => {
      leave.abort();
      await answered;
    },
  };
}

const over = (on_disconnect?: OnDisconnect): object => (on_disconnect === undefined ? {} : { on_disconnect });

const completion =
  (stream: boolean): Begin =>
  async ({ message, model, user: _user }, on_disconnect) =>
    post('/v1/chat/completions', {
      model: model ?? 'scripted',
      messages: [{ role: 'user', content: message }],
      stream,
      ...over(on_disconnect),
    });

const DOORS: Readonly<Record<string, Begin>> = {
  'POST /chat': async (body, on_disconnect) => post('/chat', { ...body, ...over(on_disconnect) }),
  'POST /chat/stream': async (body, on_disconnect) => post('/chat/stream', { ...body, ...over(on_disconnect) }),
  'POST /v1/chat/completions': completion(false),
  'POST /v1/chat/completions, streamed': completion(true),
  'WS /ws': async (body, on_disconnect) => {
    const client = await WsClient.open(server.url, '/ws');
    client.send({ type: 'chat', data: { ...body, ...over(on_disconnect) } });
    return { leave: () => client.ws.terminate() };
  },
};
/** What a connection's end does where nothing is said. */
const DEFAULTS: Readonly<Record<string, OnDisconnect>> = { 'WS /ws': 'continue' };

/** The newest conversation. */
async function newest(): Promise<string> {
  const { body } = await api(`${server.url}/conversations?limit=1`);
  return String((body['conversations'] as Record<string, unknown>[])[0]?.['conversation_id']);
}

/** That of the chat which was begun last, once it is there: its model may be asked before it is stored. */
async function newerThan(before: string): Promise<string> {
  return until(newest, (id) => id !== before);
}

async function endOf(id: string): Promise<Record<string, unknown> | undefined> {
  await settled(server.url, id);
  return (await allFacts(server.url, id)).at(-1);
}

describe('who leaves', () => {
  it.each(Object.keys(DOORS))('%s: closes the upstream, unless the run is to go on', async (door) => {
    const begin = DOORS[door];
    if (begin === undefined) throw new Error(door);
    for (const on_disconnect of ['cancel', 'continue', undefined] as const) {
      const effective = on_disconnect ?? DEFAULTS[door] ?? 'cancel';
      const model = effective === 'cancel' ? SLOW : 'text:40:20';
      const before = upstream.calls(model).length;
      const last = await newest();
      const begun = await begin({ message: 'Hi', model, user: `${door} ${on_disconnect}` }, on_disconnect);
      await upstream.until((now) => now.calls(model)[before] !== undefined);
      // In the middle of the answer, wherever that is.
      await pause(80);
      const id = await newerThan(last);
      const left = performance.now();
      await begun.leave();
      await upstream.until((now) => now.calls(model)[before]?.end !== undefined);
      const call = upstream.calls(model)[before];
      if (effective === 'continue') {
        expect(call?.end).toBe('completed');
        expect(await endOf(id)).toMatchObject({ type: 'run_end', outcome: 'completed' });
        continue;
      }
      expect(call?.end).toBe('aborted');
      const took = (call?.endedAt ?? 0) - left;
      expect(took).toBeLessThan(SOON_MS);
      expect(await endOf(id)).toMatchObject({ type: 'run_end', outcome: 'cancelled' });
    }
  });

  it.each(['POST /chat', 'POST /chat/stream', 'WS /ws'])('%s: stops a tool that runs', async (door) => {
    const what = `left ${door}`;
    const message = `[[tool:pay ${JSON.stringify({ what, wait_before: 60_000 })}]]`;
    const begun = await DOORS[door]?.({ message, model: 'scripted', user: what }, 'cancel');
    await effectsWhen(log, (now) => now.some(({ args }) => args['what'] === what));
    const id = await newest();
    const left = Date.now();
    await begun?.leave();
    const now = await effectsWhen(log, (all) => all.some((one) => one.args['what'] === what && one.what === 'aborted'));
    const aborted = now.find((one) => one.args['what'] === what && one.what === 'aborted');
    const took = (aborted?.at ?? 0) - left;
    expect(took).toBeLessThan(SOON_MS);
    const end = await endOf(id);
    expect(end).toMatchObject({ type: 'run_end', outcome: 'cancelled' });
    const facts = await allFacts(server.url, id);
    expect(facts.find(({ type }) => type === 'tool_execution_end')).toMatchObject({ status: 'unknown' });
    expect(upstream.calls('scripted').filter(({ raw }) => raw.includes(what))).toHaveLength(1);
  });

  it('does not wait for a tool that heeds no signal', async () => {
    const what = 'left deaf';
    const message = `[[tool:deaf {"what":"${what}"}]]`;
    const begun = await DOORS['POST /chat']?.({ message, model: 'scripted', user: what });
    await effectsWhen(log, (now) => now.some(({ args }) => args['what'] === what));
    const id = await newest();
    await begun?.leave();
    // Whoever watched it before that is seen would keep it alive.
    await conversationWhen(server.url, id, 'cancelled');
    expect(await endOf(id)).toMatchObject({ type: 'run_end', outcome: 'cancelled' });
  });

  it('one of two watchers leaves: the run goes on for the other', async () => {
    const key = { 'idempotency-key': 'two-watchers', 'content-type': 'application/json' };
    const body = JSON.stringify({ message: 'Hi', model: 'text:40:20', user: 'two' });
    const leave = new AbortController();
    const request = { method: 'POST', headers: key, body };
    const first = await fetch(`${server.url}/chat/stream`, { ...request, signal: leave.signal });
    const second = await fetch(`${server.url}/chat/stream`, request);
    leave.abort();
    await first.text().catch(() => undefined);
    expect(await second.text()).toContain('"event_type":"chat_complete"');
  });
});
