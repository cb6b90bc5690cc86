import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { allFacts, api, settled } from '../support/api.js';
import { effectPlugin, effects, effectsWhen, type Effect } from '../support/effects.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { SseParser, type SseFrame } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

/** Each kill is followed by a start, in which what it cut is looked at. */
const KILLS = 20;
const LONG = 600_000;

/** Where a call is when the process dies: its intent is durable, its effect not done; or done, but not recorded. */
type Moment = 'wait_before' | 'wait_after';

interface Chat {
  readonly what: string;
  readonly id: string;
  readonly tool: 'pay' | 'look';
  readonly moment: Moment;
  readonly on_disconnect: 'continue' | 'cancel';
  /** Beside a call that has its result when the process dies. */
  readonly beside: boolean;
}

type Plan = Omit<Chat, 'what' | 'id'>;

const PLANS: readonly Plan[] = [
  { tool: 'pay', moment: 'wait_before', on_disconnect: 'continue', beside: false },
  { tool: 'pay', moment: 'wait_after', on_disconnect: 'continue', beside: true },
  { tool: 'look', moment: 'wait_before', on_disconnect: 'continue', beside: true },
  { tool: 'look', moment: 'wait_after', on_disconnect: 'continue', beside: false },
  { tool: 'pay', moment: 'wait_after', on_disconnect: 'cancel', beside: false },
];

let upstream: Upstream;
let log: string;
let dataDir: string;

beforeAll(async () => {
  upstream = await startUpstream();
  log = join(await temporaryFolder(), 'effects');
  dataDir = await temporaryFolder();
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

/** @param round chats of which round wait in their tools: what is taken up again of others goes on at once */
function start(round: number): Promise<RunningServer> {
  const config = configFor(
    upstream.url,
    ['scripted', 'halting'],
    'plugins: [./effects.js]\nagents: {default: {tool_call_timeout: 600}}\n',
  );
  return startServer({ config, dataDir, files: { 'effects.js': effectPlugin(log, `w${round}-`) } });
}

/** Begins a chat whose model calls the tool; resolves when it is accepted, undefined if the process died before. */
async function begin(server: RunningServer, plan: Plan, what: string): Promise<Chat | undefined> {
  const first = plan.beside ? `[[tool:note {"what":"beside ${what}"}]]` : '';
  const body = {
    message: `${first}[[tool:${plan.tool} ${JSON.stringify({ what, [plan.moment]: LONG })}]]`,
    on_disconnect: plan.on_disconnect,
    user: what,
  };
  const response = await fetch(`${server.url}/chat/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  const id = response?.headers.get('x-conversation-id') ?? undefined;
  // Whoever is bound to its run stays until the process dies.
  response?.text().catch(() => undefined);
  return id === undefined ? undefined : { ...plan, what, id };
}

/** Everything that was begun stands where its plan says, and the calls beside it have their results. */
async function allInPlace(server: RunningServer, chats: readonly Chat[]): Promise<void> {
  await effectsWhen(log, (now) =>
    chats.every(({ what, moment }) =>
      now.some(
        (effect) => effect.args['what'] === what && effect.what === (moment === 'wait_after' ? 'done' : 'arrived'),
      ),
    ),
  );
  for (const { id } of chats.filter(({ beside }) => beside)) {
    while (!(await allFacts(server.url, id)).some(({ type }) => type === 'tool_execution_end')) await pause(5);
  }
}

/** Starts and ends, told apart by what they are about. */
function expectNothingOpen(facts: readonly Json[]): void {
  const open = new Map<string, number>();
  const change = (key: string, by: number): void => void open.set(key, (open.get(key) ?? 0) + by);
  for (const { type, ...fact } of facts) {
    const kind = String(type);
    if (kind === 'message_discarded') change(`message ${JSON.stringify(fact['message_id'])}`, -1);
    const [, part, edge] = /^(run|agent|turn|message|tool_execution)_(start|end)$/.exec(kind) ?? [];
    if (part === undefined) continue;
    const about = fact['tool_call_id'] ?? fact['message_id'] ?? fact['turn'] ?? '';
    change(`${part} ${JSON.stringify(about)}`, edge === 'start' ? 1 : -1);
  }
  expect([...open].filter(([, count]) => count !== 0)).toEqual([]);
  expect(facts.map((fact) => fact['seq'])).toEqual(facts.map((_fact, index) => index + 1));
  expect(facts.filter(({ type }) => type === 'run_end')).toHaveLength(1);
}

/** Calls of the model for a chat, told apart by whether it had results to read. */
function modelCalls({ what }: Chat, withResults: boolean): readonly Json[] {
  return upstream
    .calls('scripted')
    .map(({ body }) => body as { messages: { role: string; content: string }[] })
    .filter(({ messages }) => messages.some(({ role, content }) => role === 'user' && content.includes(`"${what}"`)))
    .filter(({ messages }) => messages.some(({ role }) => role === 'tool') === withResults);
}

interface Looked {
  readonly facts: readonly Json[];
  readonly own: readonly Effect[];
  readonly end: Json | undefined;
}

/** What became of a chat after the process was started again: what must be so whenever it was killed. */
async function lookAt(server: RunningServer, chat: Chat): Promise<Looked> {
  await settled(server.url, chat.id);
  const facts = await allFacts(server.url, chat.id);
  expectNothingOpen(facts);
  const own = (await effects(log)).filter(({ args }) => args['what'] === chat.what);
  const times = own.filter(({ what }) => what === 'done').length;
  if (chat.tool === 'pay') expect(times).toBeLessThanOrEqual(1);
  expect(new Set(own.map(({ idempotency_key }) => idempotency_key)).size).toBeLessThanOrEqual(1);
  const beside = (await effects(log)).filter(({ args }) => args['what'] === `beside ${chat.what}`);
  expect(beside.filter(({ what }) => what === 'done').length).toBeLessThanOrEqual(1);
  expect(facts.at(-1)).toMatchObject(
    chat.on_disconnect === 'continue'
      ? { type: 'run_end', outcome: 'completed' }
      : { type: 'run_end', outcome: 'failed', code: 'interrupted' },
  );
  return {
    facts,
    own,
    end: facts.find((fact) => fact['type'] === 'tool_execution_end' && fact['tool_name'] === chat.tool),
  };
}

/** What must be so of a chat whose call stood where its plan says. */
async function lookAtInPlace(server: RunningServer, chat: Chat): Promise<void> {
  const { facts, own, end } = await lookAt(server, chat);
  const done = own.filter(({ what }) => what === 'done');
  expect(facts.filter(({ type }) => type === 'message_discarded')).toEqual([]);
  expect(
    facts.filter((fact) => fact['type'] === 'tool_execution_start' && fact['tool_name'] === chat.tool),
  ).toHaveLength(1);
  expect(modelCalls(chat, false)).toHaveLength(1);
  if (chat.on_disconnect === 'cancel') {
    expect(end).toMatchObject({ status: 'unknown' });
    expect(done).toHaveLength(1);
    expect(modelCalls(chat, true)).toEqual([]);
    return;
  }
  const told = JSON.stringify(modelCalls(chat, true));
  if (chat.tool === 'pay') {
    expect(done).toHaveLength(chat.moment === 'wait_after' ? 1 : 0);
    expect(end).toMatchObject({
      status: 'unknown',
      result: expect.stringContaining('not known whether it had its effect'),
    });
    expect(told).toContain('It was not run again.');
  } else {
    expect(done).toHaveLength(chat.moment === 'wait_after' ? 2 : 1);
    expect(done.every(({ idempotency_key }) => idempotency_key === end?.['tool_call_id'])).toBe(true);
    expect(end).toMatchObject({ status: 'completed', result: `look did ${chat.what}` });
  }
  if (!chat.beside) return;
  expect(told).toContain(`note did beside ${chat.what}`);
  const beside = (await effects(log)).filter(({ args }) => args['what'] === `beside ${chat.what}`);
  expect(beside.filter(({ what }) => what === 'arrived')).toHaveLength(1);
}

describe('P01: SIGKILL around the effect of a tool', () => {
  it(`runs nothing twice that must not be, and ends every run: ${KILLS} kills`, async () => {
    let server = await start(0);
    let before: readonly Chat[] = [];
    let inPlace = true;
    for (let kill = 0; kill <= KILLS; kill++) {
      // What the kill before cut is taken up while the next one is made ready.
      const looked = before.map(async (chat) => (inPlace ? lookAtInPlace(server, chat) : lookAt(server, chat)));
      if (kill === KILLS) {
        await Promise.all(looked);
        break;
      }
      const begun = Promise.all(PLANS.map((plan, index) => begin(server, plan, `w${kill}-${index}`)));
      const placed = kill % 2 === 0;
      let chats: readonly Chat[];
      if (placed) {
        chats = (await begun).filter((chat) => chat !== undefined);
        expect(chats).toHaveLength(PLANS.length);
        await allInPlace(server, chats);
        await Promise.all(looked);
        await server.kill();
      } else {
        await Promise.all(looked);
        await pause((kill * 7) % 60);
        await server.kill();
        chats = (await begun).filter((chat) => chat !== undefined);
      }
      server = await start(kill + 1);
      before = chats;
      inPlace = placed;
    }
    for (const status of ['queued', 'running', 'waiting']) {
      expect((await api(`${server.url}/conversations?status=${status}`)).body['conversations']).toEqual([]);
    }
    expect(await server.stop()).toBe(0);
  }, 600_000);
});

/** The text of chunks. */
function contentOf(frames: readonly SseFrame[]): string {
  return frames.map(({ data }) => String((JSON.parse(data) as Json)['content'])).join('');
}

describe('K07: a chat whose process dies in the middle of its answer', () => {
  it('goes on under its key: what was shown is taken back, and the answer given once more, as a whole', async () => {
    let server = await start(KILLS);
    const key = { 'idempotency-key': 'in-the-middle', 'content-type': 'application/json' };
    const body = JSON.stringify({
      message: 'Tell me',
      model: 'halting',
      on_disconnect: 'continue',
      reset_history: true,
    });
    const ask = (headers: object = {}): Promise<Response> =>
      fetch(`${server.url}/chat/stream`, { method: 'POST', headers: { ...key, ...headers }, body });
    const parser = new SseParser();
    const shown: SseFrame[] = [];
    const half = { text: ['Well, ', 'let me ', 'see', { until: new Promise(() => undefined) }] };
    upstream.script('halting', (_call, n) => (n === 1 ? half : { as: 'scripted' }));
    const response = await ask();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    while (contentOf(shown) !== 'Well, let me see') {
      const { value = '', done } = (await reader?.read()) ?? { value: undefined, done: true };
      if (done) throw new Error(`it ended after ${contentOf(shown)}`);
      shown.push(...parser.push(value));
    }
    await server.kill();
    await reader?.cancel().catch(() => undefined);
    server = await start(KILLS);
    const id = response.headers.get('x-conversation-id');
    const again = await ask({ 'last-event-id': shown.at(-1)?.id });
    expect(again.headers.get('x-conversation-id')).toBe(id);
    expect(again.headers.get('x-run-id')).toBe(response.headers.get('x-run-id'));
    const rest = new SseParser().push(await again.text()).map(({ data }) => JSON.parse(data) as Json);
    expect(shown.every(({ data }) => data.includes('"chat_chunk"'))).toBe(true);
    expect(rest[0]).toMatchObject({ event_type: 'chat_discard', message_id: expect.stringMatching(/^msg_/) });
    const text = rest.slice(1, -1).map(({ content }) => String(content));
    expect(rest.at(-1)).toMatchObject({ event_type: 'chat_complete', final_response: text.join('') });
    expect(text.join('')).toContain('You wrote: Tell me');
    // From its start it is the same end, and nothing is begun again.
    const calls = upstream.calls('halting').length;
    const whole = new SseParser().push(await (await ask()).text()).map(({ data }) => JSON.parse(data) as Json);
    expect(whole.at(-1)).toEqual(rest.at(-1));
    expect(upstream.calls('halting')).toHaveLength(calls);
    expectNothingOpen(await allFacts(server.url, String(id)));
    expect(await server.stop()).toBe(0);
  });
});
