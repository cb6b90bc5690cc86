import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mountSmallDisk, type SmallDisk } from '../contracts/conversation-store/small-disk.js';
import { allFacts, api, settled, startConversation, statusWhen, type ApiAnswer } from '../support/api.js';
import type { ChatFrame } from '../support/chat.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers } from '../support/server.js';
import { SseParser } from '../support/sse.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

const AGENTS = [
  { name: 'Alice', goal: 'to agree' },
  { name: 'Bob', goal: 'to agree' },
];
/** Long enough to fill what is left in a few conversations. */
const SCENARIO = 'A long story. '.repeat(15_000);

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});

afterEach(stopAllServers);

afterAll(async () => {
  await upstream.close();
});

/** Takes all the room that is left. */
function fill(file: string): void {
  const fd = openSync(file, 'w');
  try {
    for (;;) writeSync(fd, new Uint8Array(4096));
  } catch {
    closeSync(fd);
  }
}

const disk = mountSmallDisk(8 * 1024);
if (typeof disk === 'string') {
  // oxlint-disable-next-line jest/no-disabled-tests, jest/expect-expect -- the title says why
  it.skip(`a full disk (not here: ${disk})`, () => undefined);
} else describeFullDisk(disk);

function describeFullDisk({ path, remove }: SmallDisk): void {
  describe('a full disk (P08)', () => {
    afterAll(async () => {
      await stopAllServers();
      remove();
    });

    it('refuses what cannot be stored, still shows what is, and works again once there is room', async () => {
      const ballast = join(path, 'ballast');
      writeFileSync(ballast, new Uint8Array(4 * 1024 * 1024));
      const config = configFor(upstream.url, ['scripted', 'pace:20:scripted'], 'limits: {body_bytes: 1 MiB}\n');
      const server = await startServer({ config, dataDir: path });
      const create = (more: object): Promise<ApiAnswer> =>
        api(`${server.url}/conversations`, 'POST', { agent_configs: AGENTS, max_turns: 1, ...more });

      const stored = await startConversation(server.url, { agent_configs: AGENTS, max_turns: 2 });
      await settled(server.url, stored);
      const before = await allFacts(server.url, stored);
      const slow = { agent_configs: AGENTS, max_turns: 500, model_name: 'pace:20:scripted' };
      const underWay = await startConversation(server.url, slow);

      const accepted: string[] = [];
      let refused = await create({ scenario: SCENARIO });
      for (; refused.status === 202; refused = await create({ scenario: SCENARIO })) {
        accepted.push(String(refused.body['conversation_id']));
      }
      expect(refused).toMatchObject({ status: 503, body: { code: 'storage_full', retryable: true } });
      expect(accepted.length).toBeGreaterThan(2);
      // Small ones may fit for a while: a log of writes that was moved into the database is begun anew.
      do refused = await create({ scenario: 'x' });
      while (refused.status === 202 && accepted.push(String(refused.body['conversation_id'])) < 2_000);
      expect(refused).toMatchObject({ status: 503, body: { code: 'storage_full' } });

      expect(await allFacts(server.url, stored)).toEqual(before);
      expect((await api(`${server.url}/conversations/${stored}`)).status).toBe(200);
      expect((await api(`${server.url}/health/live`)).status).toBe(200);

      rmSync(ballast);
      const id = await startConversation(server.url, { agent_configs: AGENTS, max_turns: 2 });
      expect(await settled(server.url, id)).toMatchObject({ status: 'completed', turn_count: 2 });
      expect(await statusWhen(`${server.url}/health/ready`, 200)).toBe(200);
      // Nothing that was accepted is lost or stays open, also what ran while nothing could be written.
      await api(`${server.url}/conversations/${underWay}/cancel`, 'POST', {});
      for (const each of [underWay, ...accepted]) {
        const conversation = await settled(server.url, each);
        expect(['completed', 'failed', 'cancelled']).toContain(conversation['status']);
        const facts = await allFacts(server.url, each);
        expect(facts.map((fact) => fact['seq'])).toEqual(facts.map((_fact, index) => index + 1));
        expect(facts.at(-1)).toMatchObject({ type: 'run_end' });
      }
      expect(await server.stop()).toBe(0);
    }, 180_000);

    it('while a whole answer is awaited: it is told so, and the run ends once there is room', async () => {
      const full = Promise.withResolvers<void>();
      const reply = { text: ['Well, ', { until: full.promise }, 'yes.'] };
      upstream.script('held', [reply, reply]);
      const config = configFor(upstream.url, ['held', 'scripted']);
      const server = await startServer({ config, dataDir: path });
      const repeat = { 'idempotency-key': 'once' };
      const chat = api(`${server.url}/chat`, 'POST', { message: 'Whole?', on_disconnect: 'continue' }, repeat);
      await upstream.until((now) => now.open('held') === 1);
      const stream = await fetch(`${server.url}/chat/stream`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ message: 'In pieces?', history: [] }),
      });
      await upstream.until((now) => now.open('held') === 2);

      const ballast = join(path, 'ballast');
      fill(ballast);
      full.resolve();
      const refused = await chat;
      expect(refused).toMatchObject({ status: 503, body: { code: 'storage_unavailable', retryable: true } });
      expect(refused.headers.get('retry-after')).toBe('5');

      rmSync(ballast);
      // A stream has signs of life: it waits for the end.
      const frames = new SseParser().push(await stream.text()).map(({ data }) => JSON.parse(data) as ChatFrame);
      const last = frames.pop();
      const chunks = frames.filter(({ event_type }) => event_type === 'chat_chunk');
      // How the text is cut is the server's business, and how much of it came before the failure was seen.
      expect(chunks.map(({ content }) => content).join('')).toMatch(/^Well, (?:yes\.)?$/);
      // What was said is taken back, and nothing else is between.
      expect(frames.slice(chunks.length).map(({ event_type }) => event_type)).toEqual(['chat_discard']);
      expect(last).toMatchObject({ event_type: 'error', error_code: 'interrupted' });
      // Who asks again is told what became of the run.
      const again = await api(`${server.url}/chat`, 'POST', { message: 'Whole?', on_disconnect: 'continue' }, repeat);
      expect(again.status).toBe(503);
      const { conversations } = (await api(`${server.url}/conversations?limit=2`)).body as {
        conversations: readonly Record<string, unknown>[];
      };
      for (const { conversation_id } of conversations) {
        expect(await settled(server.url, String(conversation_id))).toMatchObject({ status: 'failed' });
        const facts = await allFacts(server.url, String(conversation_id));
        expect(facts.map(({ seq }) => seq)).toEqual(facts.map((_fact, index) => index + 1));
        expect(facts.at(-1)).toMatchObject({ type: 'run_end', code: 'interrupted' });
        expect(facts.find(({ type }) => type === 'message_end')).toMatchObject({ role: 'user' });
      }
      const id = String(conversations[0]?.['conversation_id']);
      const next = await api(`${server.url}/chat`, 'POST', {
        message: 'And now?',
        conversation_id: id,
        model: 'scripted',
      });
      expect(next).toMatchObject({ status: 200, body: { response: expect.stringMatching(/./) } });
      expect(await server.stop()).toBe(0);
    }, 180_000);
  });
}
