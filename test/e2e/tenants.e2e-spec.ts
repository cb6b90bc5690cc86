import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { readStream } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const KEYS = { PARLEY_API_KEYS: 'ann:key-of-ann,bob:key-of-bob' };
const TENANTS = [
  { name: 'ann', key: { 'x-api-key': 'key-of-ann' }, mark: 'amber-canary', other: 'blue-canary' },
  { name: 'bob', key: { 'x-api-key': 'key-of-bob' }, mark: 'blue-canary', other: 'amber-canary' },
] as const;
type Tenant = (typeof TENANTS)[number];

const ROUNDS = 300;
const AT_ONCE = 30;

let upstream: Upstream;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startUpstream();
  const more = 'limits: {requests_per_minute: 1000000}\n';
  server = await startServer({ config: configFor(upstream.url, ['scripted', 'pace:5:scripted'], more), env: KEYS });
});

afterAll(async () => {
  await stopAllServers();
  await upstream.close();
});

/** The same choices in every run of this test. */
function choice(round: number, sides: number): number {
  return Math.floor((((round + 1) * 2_654_435_761) % 4_294_967_296) / (4_294_967_296 / sides));
}

/** Says something of a tenant's own and leaves after a few bytes, or stays. What was read. */
async function chat({ key, mark }: Tenant, round: number): Promise<string> {
  const leave = new AbortController();
  const body = JSON.stringify({
    message: `${mark} ${round}`,
    model: round % 3 === 0 ? 'scripted' : 'pace:5:scripted',
    reset_history: round % 5 === 0,
  });
  const headers = { ...key, 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/chat/stream`, { method: 'POST', headers, body, signal: leave.signal });
  const stays = choice(round, 4);
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (stays > 0 && text.length > stays * 150) leave.abort();
    }
  } catch (error) {
    if (!leave.signal.aborted) throw error;
  }
  return text;
}

/** Lets a conversation begin and cancels or deletes it while it talks. All that its tenant is shown of it. */
async function converse({ key, mark }: Tenant, round: number): Promise<string> {
  const body = {
    agent_configs: [
      { name: 'A', goal: mark },
      { name: 'B', goal: mark },
    ],
    scenario: `${mark} ${round}`,
    max_turns: 3,
    model_name: 'pace:5:scripted',
  };
  const started = await api(`${server.url}/conversations`, 'POST', body, key);
  const url = `${server.url}/conversations/${String(started.body['conversation_id'])}`;
  const stream = readStream(`${url}/events`, { headers: key });
  if (choice(round, 2) === 0) await api(`${url}/cancel`, 'POST', {}, key);
  const { frames } = await stream;
  return [JSON.stringify(started.body), ...frames.map(({ data }) => data)].join('\n');
}

describe('two callers with different keys', () => {
  it('S10: are never given what belongs to the other, however many of their requests are broken off', async () => {
    const seen: Record<string, string[]> = { ann: [], bob: [] };
    const rounds = Array.from({ length: ROUNDS }, (_, round) => round);
    const worker = async (): Promise<void> => {
      for (let round = rounds.shift(); round !== undefined; round = rounds.shift()) {
        const tenant = TENANTS[choice(round * 7, 2)] ?? TENANTS[0];
        seen[tenant.name]?.push(await (round % 4 === 0 ? converse(tenant, round) : chat(tenant, round)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    for (const { name, mark, other } of TENANTS) {
      const all = seen[name]?.join('\n') ?? '';
      expect(seen[name]?.length).toBeGreaterThan(ROUNDS / 4);
      expect(all).toContain(mark);
      expect([name, all.includes(other)]).toEqual([name, false]);
    }
    // Nor does a model get the one's words in the other's context.
    for (const call of upstream.calls()) {
      const text = JSON.stringify(call.body);
      expect(TENANTS.filter(({ mark }) => text.includes(mark)).length).toBeLessThan(2);
    }
  }, 180_000);

  it('list, read and export only their own, and neither ends what the other has running', async () => {
    const [ann, bob] = TENANTS;
    const body = {
      agent_configs: [
        { name: 'P', type: 'human' },
        { name: 'A', goal: 'g' },
      ],
      scenario: ann.mark,
      max_turns: 2,
    };
    const started = await api(`${server.url}/conversations`, 'POST', body, ann.key);
    const path = `/conversations/${String(started.body['conversation_id'])}`;
    for (const [method, at, sent] of [
      ['GET', path, undefined],
      ['GET', `${path}/events`, undefined],
      ['GET', `${path}/messages`, undefined],
      ['GET', `${path}/export`, undefined],
      ['POST', `${path}/messages`, { agent: 'P', action_type: 'leave', argument: '' }],
      ['POST', `${path}/cancel`, {}],
      ['DELETE', path, undefined],
      ['POST', '/chat', { message: 'x', conversation_id: path.split('/')[2] }],
    ] as const) {
      const refused = await api(`${server.url}${at}`, method, sent, bob.key);
      expect([method, at, refused.status, refused.body['code']]).toEqual([method, at, 404, 'not_found']);
    }
    let cursor = '';
    do {
      const listed = await api(`${server.url}/conversations?limit=100${cursor}`, 'GET', undefined, bob.key);
      expect(listed.status).toBe(200);
      expect(JSON.stringify(listed.body)).not.toContain(started.body['conversation_id']);
      const next = listed.body['next_cursor'];
      cursor = typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : '';
    } while (cursor !== '');
    expect((await api(`${server.url}${path}`, 'GET', undefined, ann.key)).body).toMatchObject({ status: 'waiting' });
    expect((await api(`${server.url}${path}/cancel`, 'POST', {}, ann.key)).status).toBe(200);
  });

  it('have agents of their own under the same name', async () => {
    const [ann, bob] = TENANTS;
    const agents = `${server.url}/agents`;
    expect((await api(`${agents}/helper`, 'POST', { instructions: ann.mark }, ann.key)).status).toBe(201);
    expect((await api(`${agents}/helper`, 'GET', undefined, bob.key)).status).toBe(404);
    expect((await api(`${agents}/helper`, 'POST', { instructions: bob.mark }, bob.key)).status).toBe(201);
    expect((await api(`${agents}/helper`, 'DELETE', undefined, bob.key)).status).toBeLessThan(300);
    const kept = await api(`${agents}/helper`, 'GET', undefined, ann.key);
    expect(JSON.stringify(kept.body)).toContain(ann.mark);
  });
});
