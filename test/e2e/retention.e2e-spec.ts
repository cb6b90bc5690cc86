import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { allFacts, api, settled, startConversation } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, type RunningServer } from '../support/server.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const AGENTS = [
  { name: 'Alice', goal: 'to agree' },
  { name: 'Bob', goal: 'to agree' },
];
const DAY_MS = 86_400_000;

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});

afterEach(stopAllServers);

afterAll(async () => {
  await upstream.close();
});

function config(storage: string): string {
  return configFor(upstream.url, ['scripted'], `storage: {type: sqlite${storage}}\n`);
}

async function finished(server: RunningServer): Promise<string> {
  const id = await startConversation(server.url, { agent_configs: AGENTS, max_turns: 2 });
  await settled(server.url, id);
  return id;
}

/** As if it had last been changed some days ago; nobody else has the database open. */
function age(server: RunningServer, ids: readonly string[], days: number): void {
  const db = new DatabaseSync(join(server.dataDir, 'parley.db'));
  const update = db.prepare('UPDATE conversations SET updated_at = updated_at - ? WHERE conversation_id = ?');
  for (const id of ids) expect(update.run(days * DAY_MS, id).changes).toBe(1);
  db.close();
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

const sse = { accept: 'text/event-stream' };
const json = { accept: 'application/json' };

describe('retention', () => {
  it('removes what ended too long ago, says 410 for it, and leaves the rest', async () => {
    const first = await startServer({ config: config('') });
    const [old, older, young, deleted] = [
      await finished(first),
      await finished(first),
      await finished(first),
      await finished(first),
    ];
    const waiting = await startConversation(first.url, {
      agent_configs: [AGENTS[0], { name: 'Bob', type: 'human' }],
      max_turns: 2,
    });
    await until(async () => (await api(`${first.url}/conversations/${waiting}`)).body['status'] === 'waiting');
    await api(`${first.url}/conversations/${deleted}`, 'DELETE');
    await first.stop();
    age(first, [old, older, waiting], 4);
    age(first, [young], 2);

    const server = await startServer({ config: config(', retention_days: 3'), dataDir: first.dataDir });
    const url = (id: string, rest = ''): string => `${server.url}/conversations/${id}${rest}`;
    await until(async () => (await api(url(old))).status === 410 && (await api(url(older))).status === 410);
    for (const answer of [
      await api(url(old)),
      await api(url(old, '/events'), 'GET', undefined, sse),
      await api(url(old, '/events'), 'GET', undefined, { ...sse, 'last-event-id': '3' }),
      await api(url(old, '/events?after=3'), 'GET', undefined, json),
    ]) {
      expect(answer).toMatchObject({ status: 410, body: { code: 'cursor_gone', retryable: false } });
    }
    for (const answer of [
      await api(url(old, '/messages')),
      await api(url(old, '/cancel'), 'POST', {}),
      await api(url(old), 'DELETE'),
      await api(url(deleted)),
      await api(url(deleted, '/events'), 'GET', undefined, { ...sse, 'last-event-id': '3' }),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    expect((await api(url(young))).body).toMatchObject({ status: 'completed', turn_count: 2 });
    expect((await api(url(waiting))).body).toMatchObject({ status: 'waiting' });
    const listed = (await api(`${server.url}/conversations`)).body['conversations'] as Record<string, unknown>[];
    expect(listed.map((entry) => String(entry['conversation_id'])).toSorted()).toEqual([young, waiting].toSorted());
    await until(async () => /"conversations":2.*retention removed/.test(server.output()));
    expect(await server.stop()).toBe(0);
    const left = new DatabaseSync(join(server.dataDir, 'parley.db'), { readOnly: true });
    expect(left.prepare('SELECT count(*) AS n FROM leftovers').get()?.['n']).toBe(0);
    expect(left.prepare('SELECT DISTINCT conversation_id AS id FROM events').all()).toHaveLength(2);
    left.close();
  });

  it('removes the oldest while the store is larger than it may be', async () => {
    const first = await startServer({ config: config('') });
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await finished(first));
    await first.stop();
    const db = new DatabaseSync(join(first.dataDir, 'parley.db'), { readOnly: true });
    const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
    db.close();

    const max_size = (pages - 16) * 4096;
    const server = await startServer({ config: config(`, max_size: ${max_size}`), dataDir: first.dataDir });
    await until(async () => server.output().includes('retention removed'));
    const statuses = await Promise.all(ids.map(async (id) => (await api(`${server.url}/conversations/${id}`)).status));
    const removed = statuses.filter((status) => status === 410).length;
    expect(removed).toBeGreaterThan(0);
    expect(removed).toBeLessThan(12);
    expect(statuses).toEqual(ids.map((_id, index) => (index < removed ? 410 : 200)));
    expect((await allFacts(server.url, ids.at(-1) ?? '')).length).toBeGreaterThan(10);
  });
});

describe('the data folder', () => {
  it('is created, but not where the folder above it is missing: its volume may not be mounted', async () => {
    const first = await startServer({ config: config('') });
    await first.stop();
    const dataDir = join(first.dataDir, 'new');
    await (await startServer({ config: config(''), dataDir })).stop();
    const missing = startServer({ config: config(''), dataDir: join(first.dataDir, 'not', 'mounted') });
    await expect(missing).rejects.toThrow(/ended with 78:[^]*not\/mounted does not exist: create it/);
  });
});
