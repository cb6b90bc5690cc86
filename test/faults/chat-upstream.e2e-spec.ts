import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { allFacts, api, type ApiAnswer } from '../support/api.js';
import { conversationOf, streamChat, type ChatStream } from '../support/chat.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import type { Reply } from '../support/upstream/script-book.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

/** A chat on a model, by each door that answers. */
const DOORS = ['stream', 'whole', 'v1', 'v1-stream'] as const;
type Door = (typeof DOORS)[number];

interface Outcome {
  readonly stream: ChatStream;
  readonly facts: readonly Record<string, unknown>[];
  readonly whole: ApiAnswer;
  readonly v1: ApiAnswer;
  /** Status, and the text of the body. */
  readonly v1Stream: readonly [number, string];
}

interface Failing {
  readonly code: string;
  readonly status: number;
  /** On /v1, where it differs. */
  readonly v1?: number;
  /** Calls of the upstream, by each door. Absent: 1. */
  readonly calls?: number;
  readonly retryAfter?: string;
}

const auth: Failing = { code: 'upstream_auth', status: 502 };
const rejected: Failing = { code: 'upstream_rejected', status: 502 };
const limited: Failing = { code: 'upstream_rate_limited', status: 502, v1: 429 };
const down: Failing = { code: 'upstream_unavailable', status: 502, calls: 3 };
const late: Failing = { code: 'upstream_timeout', status: 504 };
const truncated: Failing = { code: 'upstream_truncated', status: 502 };
const invalid: Failing = { code: 'upstream_invalid', status: 502 };
const tooLarge: Failing = { code: 'upstream_too_large', status: 502 };

/** What fails before the model has said anything. */
const REFUSED: readonly (readonly [string, string, Failing])[] = [
  ['U01', 'bad:retry-after-ms-50', { ...limited, calls: 3 }],
  ['U02', 'bad:retry-after-120', { ...limited, retryAfter: '120' }],
  ['U02', 'bad:retry-after-86400', { ...limited, retryAfter: '86400' }],
  ['U03', 'bad:insufficient-quota', limited],
  ['U03', 'bad:400', rejected],
  ['U03', 'bad:401', auth],
  ['U03', 'bad:402', rejected],
  ['U03', 'bad:403', auth],
  ['U03', 'bad:404', rejected],
  ['U04', 'bad:503', down],
  ['U04', 'bad:529', down],
  ['U04', 'bad:reset', down],
  ['U06', 'bad:headers-then-hang', late],
  ['U07', 'bad:html-200', invalid],
  ['U07', 'bad:empty-200', truncated],
  ['U12', 'bad:no-choices', truncated],
  ['U10', 'bad:line-16m', tooLarge],
];

/** What fails after it has: the text so far was shown, and is kept. */
const BROKEN: readonly (readonly [string, string, Failing])[] = [
  ['U05', 'bad:cut-after-2', truncated],
  ['U05', 'bad:reset-after-2', truncated],
  ['U05', 'bad:eof-after-2', truncated],
  ['U05', 'bad:error-in-data-2', { ...down, calls: 1 }],
  ['U06', 'bad:stall-after-2', late],
  ['U07', 'bad:no-finish', truncated],
  ['U07', 'bad:half-json-tail', truncated],
  ['U07', 'done-without-finish', truncated],
  ['U12', 'bad:unknown-finish', invalid],
];

/** Odd, but whole: the answer is that of a healthy model. */
const TOLERATED: readonly (readonly [string, string])[] = [
  ['U01', 'bad:retry-after-ms-50x1'],
  ['U08', 'bad:split-bytes'],
  ['U08', 'bad:split-at-333'],
  ['U09', 'bad:cr-only'],
  ['U09', 'bad:mixed-eol'],
  ['U09', 'bad:comments'],
  ['U09', 'bad:bom'],
  ['U09', 'bad:multi-line-data'],
  ['U09', 'bad:no-space'],
  ['U09', 'bad:unknown-events'],
  ['U12', 'bad:null-delta'],
  ['U12', 'bad:two-choices'],
  ['U12', 'bad:wrong-index'],
  ['U12', 'bad:usage-missing'],
  ['U12', 'bad:usage-weird'],
];

const DONE_WITHOUT_FINISH: Reply = {
  chunks: ['data: {"choices":[{"index":0,"delta":{"content":"all of it"}}]}\n\n', 'data: [DONE]\n\n'],
};
const EMPTY = 'bad:empty-content';
const LONG = 'chars:200000';
const ENDLESS = 'text:2000:20';

let upstream: Upstream;
let server: RunningServer;
const outcomes = new Map<string, Promise<Outcome>>();
let endless: ReturnType<typeof streamChat>;

beforeAll(async () => {
  upstream = await startUpstream();
  const names = [...REFUSED, ...BROKEN, ...TOLERATED].map(([, name]) => name);
  const all = [...names, 'scripted', EMPTY];
  const entries = [...all.flatMap((name) => DOORS.map((door) => `${name}@${door}`)), LONG, ENDLESS];
  const models = entries.map(
    (name) =>
      `  "${name}": {name: "${name}", type: custom, api_base: "${upstream.url}", api_key: upstream-key, timeout: ${timeoutOf(name)}}`,
  );
  for (const door of DOORS) upstream.script(`done-without-finish@${door}`, DONE_WITHOUT_FINISH);
  server = await startServer({
    config: `models:\n${models.join('\n')}\ndefault_model: "scripted@stream"\nevaluators: []\nlimits: {run_seconds: 30}\n`,
  });
  // All at once: what waits for a time limit waits beside the others.
  upstream.script(ENDLESS, { as: ENDLESS });
  endless = streamChat(server.url, { message: 'Go', model: ENDLESS, user: 'slow' });
  for (const name of all) outcomes.set(name, chatByEachDoor(name));
  await Promise.allSettled(outcomes.values());
}, 240_000);

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

/** Only for those that say nothing is it short: what takes its time because the machine is busy does not run into it. */
function timeoutOf(name: string): number {
  return /hang|stall/.test(name) ? 8 : 30;
}

async function chatByEachDoor(name: string): Promise<Outcome> {
  const model = (door: Door): string => `${name}@${door}`;
  const completion = (door: Door): object => ({ model: model(door), messages: [{ role: 'user', content: 'Hello' }] });
  const post = async (): Promise<readonly [number, string]> => {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...completion('v1-stream'), stream: true }),
    });
    return [response.status, await response.text()];
  };
  const [stream, whole, v1, v1Stream] = await Promise.all([
    streamChat(server.url, { message: 'Hello', model: model('stream'), user: name }),
    api(`${server.url}/chat`, 'POST', { message: 'Hello', model: model('whole'), user: `${name} whole` }),
    api(`${server.url}/v1/chat/completions`, 'POST', completion('v1')),
    post(),
  ]);
  return { stream, whole, v1, v1Stream, facts: await allFacts(server.url, conversationOf(stream)) };
}

async function outcome(name: string): Promise<Outcome> {
  const found = await outcomes.get(name);
  if (found === undefined) throw new Error(`${name} was not tried`);
  return found;
}

function expectFailure({ stream, whole, v1, facts }: Outcome, name: string, expected: Failing): void {
  const { code, status, calls = 1 } = expected;
  expect(stream.response.status).toBe(200);
  expect(stream.frames.at(-1)).toMatchObject({ event_type: 'error', error_code: code });
  expect(stream.frames.filter(({ event_type }) => /complete|error/.test(event_type))).toHaveLength(1);
  expect(facts.at(-1)).toMatchObject({ type: 'run_end', outcome: 'failed', code: 'upstream', upstream: code });
  expect(whole).toMatchObject({ status, body: { code } });
  expect(v1.status).toBe(expected.v1 ?? status);
  for (const door of DOORS) expect(upstream.calls(`${name}@${door}`)).toHaveLength(calls);
  if (expected.retryAfter !== undefined) expect(whole.headers.get('retry-after')).toBe(expected.retryAfter);
  const shown = JSON.stringify([stream.frames, facts, whole.body, v1.body]);
  expect(shown).not.toContain('UPSTREAM');
  expect(shown).not.toContain('upstream-key');
}

describe('a model that fails before its first word', () => {
  it.each(REFUSED)('%s: %s', async (_id, name, expected) => {
    const result = await outcome(name);
    expectFailure(result, name, expected);
    expect(result.stream.text).toBe('');
    expect(result.v1Stream[0]).toBe(expected.v1 ?? expected.status);
  });
});

describe('a model that fails after its first word', () => {
  it.each(BROKEN)('%s: %s', async (_id, name, expected) => {
    const result = await outcome(name);
    expectFailure(result, name, expected);
    const { stream, facts, v1Stream } = result;
    expect(stream.text).not.toBe('');
    // What was shown is what is kept, and it is marked.
    expect(facts.filter(({ type }) => type === 'message_end').at(-1)).toMatchObject({
      role: 'assistant',
      text: stream.text,
      stop_reason: 'error',
    });
    expect(v1Stream[0]).toBe(200);
    expect(v1Stream[1]).toContain('"error":{');
    expect(v1Stream[1]).not.toContain('[DONE]');
    expect(v1Stream[1]).not.toContain('"finish_reason":"');
  });
});

describe('a model that is odd', () => {
  it.each(TOLERATED)('%s: %s answers as a healthy one', async (_id, name) => {
    // A model says how often it was asked.
    const asked = upstream.calls(`${name}@stream`).length;
    const healthy = (await outcome('scripted')).stream.text.replace('Answer 1.', `Answer ${asked}.`);
    const { stream, whole, v1, v1Stream } = await outcome(name);
    expect(stream.text).toBe(healthy);
    expect(stream.frames.at(-1)).toMatchObject({ event_type: 'chat_complete', final_response: healthy });
    expect(whole).toMatchObject({ status: 200, body: { response: healthy } });
    expect(v1.body).toMatchObject({ choices: [{ message: { content: healthy }, finish_reason: 'stop' }] });
    expect(v1Stream[1]).toContain('data: [DONE]');
    const usage = whole.body['usage'] as Record<string, number>;
    for (const count of Object.values(usage)) expect(count).toBeGreaterThanOrEqual(0);
    expect(usage['total_tokens']).toBeLessThanOrEqual(2e9);
  });

  it('U07: an answer without any text is a failure, but on /v1', async () => {
    const { stream, whole, v1, v1Stream } = await outcome(EMPTY);
    expect(stream.frames).toMatchObject([{ event_type: 'error', error_code: 'upstream_empty' }]);
    expect(whole).toMatchObject({ status: 502, body: { code: 'upstream_empty' } });
    expect(v1.body).toMatchObject({ choices: [{ message: { content: '' }, finish_reason: 'stop' }] });
    expect(v1Stream[1]).toContain('data: [DONE]');
  });

  it('U10: what is endless is cut off at the limit of an answer, and memory stays', async () => {
    upstream.script('text:2000:20', { text: Array.from({ length: 400 }, () => 'x'.repeat(100_000)) });
    const before = await residentBytes();
    const { frames, text } = await streamChat(server.url, { message: 'Go', model: 'text:2000:20', user: 'endless' });
    expect(frames.at(-1)).toMatchObject({ event_type: 'error', error_code: 'upstream_too_large' });
    expect(text.length).toBeLessThanOrEqual(8 * 2 ** 20);
    await upstream.until((now) => now.open(ENDLESS) === 0);
    // Answers are kept whole until they are written: that, and the garbage of it, but nothing like 1 GB.
    expect((await residentBytes()) - before).toBeLessThan(256 * 2 ** 20);
  }, 120_000);

  it('U11: 200,000 chunks of one letter are one text, merged on the way, and a handful of facts', async () => {
    const stream = await streamChat(server.url, { message: 'Go', model: LONG, user: 'long' });
    expect(stream.text).toHaveLength(200_000);
    expect(stream.frames.at(-1)).toMatchObject({ event_type: 'chat_complete', final_response: stream.text });
    expect(stream.frames.length).toBeLessThan(100_000);
    expect(await allFacts(server.url, conversationOf(stream))).toHaveLength(10);
  }, 120_000);

  it('U17: an answer that goes on and on ends at the time of a run', async () => {
    const { frames, text } = await endless;
    expect(frames.at(-1)).toMatchObject({ event_type: 'error', error_code: 'time' });
    expect(text).not.toBe('');
    await upstream.until((now) => now.open(ENDLESS) === 0);
  }, 120_000);
});

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
