import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { allFacts, api, settled } from '../support/api.js';
import { configFor } from '../support/models.js';
import { startServer, stopAllServers, temporaryFolder, type RunningServer } from '../support/server.js';
import { scriptedArgument } from '../support/upstream/scripted/action.js';
import { startUpstream } from '../support/upstream/server.js';
import type { Upstream } from '../support/upstream/upstream.js';

type Json = Record<string, unknown>;

const KILLS = 10;
const CONVERSATIONS = 20;
const TURNS = 20;
const AGENTS = ['Alice', 'Bob'];

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});

afterEach(stopAllServers);

afterAll(async () => {
  await upstream.close();
});

/** A model of its own for each conversation, so that the upstream's calls tell which they were for. */
const MODELS = Array.from({ length: CONVERSATIONS }, (_, index) => `pace:5:scripted@${index}`);

/** Random and repeatable: what was drawn is in the failure's message by its seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Resolves once a model speaks, or has not spoken for long: all that was asked may be answered. */
async function speaking(): Promise<void> {
  await upstream.until((now) => now.open() > 3, 5_000).catch(() => undefined);
}

/** The same key each time, so that a request whose answer was lost may be made again. Undefined: no answer. */
async function post(server: RunningServer, index: number): Promise<string | undefined> {
  const body = {
    agent_configs: AGENTS.map((name) => ({ name, goal: `what ${name} wants` })),
    max_turns: TURNS,
    model_name: MODELS[index],
  };
  const answer = await api(`${server.url}/conversations`, 'POST', body, { 'idempotency-key': `key-${index}` }).catch(
    // The server died before it answered.
    () => undefined,
  );
  if (answer === undefined) return undefined;
  expect(answer.status).toBe(202);
  return String(answer.body['conversation_id']);
}

/** What was asked of the upstream again although its result was stored would show here. */
function expectNothingTwice(model: string, facts: readonly Json[]): void {
  const actions = facts.filter((fact) => fact['type'] === 'action');
  const calls = upstream.calls(model).filter((call) => call.kind === 'action');
  for (const agent of AGENTS) {
    const own = actions.filter((fact) => fact['agent'] === agent);
    expect(own.map((fact) => fact['turn'])).toEqual(own.map((_fact, index) => index + 1));
    // An action says which of the agent's calls it came from: each call gave one at most, in order.
    const made = calls.filter((call) => call.agent === agent).length;
    const sources = own.map((fact) => callOf(agent, String(fact['argument']), made));
    expect(sources).toEqual([...new Set(sources)].toSorted((left, right) => left - right));
    // A kill costs the call that was under way, and at most the one before it: a call goes out beside the commit of the
    // answer before, which the kill may have prevented.
    expect(made - own.length).toBeLessThanOrEqual(2 * KILLS);
  }
}

function callOf(agent: string, argument: string, made: number): number {
  for (let n = 1; n <= made; n++) if (scriptedArgument(agent, n) === argument) return n;
  throw new Error(`no call of ${agent} gave ${argument}`);
}

describe('SIGKILL at any moment (P02)', () => {
  const seed = Number(process.env['PARLEY_TEST_SEED'] ?? Date.now() % 1_000_000);

  it(`loses nothing and does nothing twice: ${KILLS} kills under ${CONVERSATIONS} conversations, seed ${seed}`, async () => {
    const draw = random(seed);
    const config = configFor(upstream.url, MODELS);
    const dataDir = await temporaryFolder();
    const ids = new Map<number, string>();
    let next = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const server = await startServer({ config, dataDir });
      // At any moment of its life, and every second time while a model speaks, however long a busy machine takes to get there.
      const moment = 50 + draw() * 700;
      const spoken = kill % 2 === 0 ? pause(0) : speaking();
      const dies = spoken.then(() => pause(moment)).then(() => server.kill());
      // New ones come while others run; one whose answer was lost is asked for again.
      next = Math.min(CONVERSATIONS, next + 3);
      const missing = Array.from({ length: next }, (_, index) => index).filter((index) => !ids.has(index));
      for (const index of missing) {
        const id = await post(server, index);
        if (id === undefined) break;
        ids.set(index, id);
      }
      await dies;
    }

    const server = await startServer({ config, dataDir });
    for (let index = 0; index < CONVERSATIONS; index++) {
      const id = await post(server, index);
      // Acknowledged once is the same conversation for ever.
      expect(id).toBe(ids.get(index) ?? id);
      ids.set(index, id ?? '');
    }
    let interrupted = 0;
    await Promise.all(
      MODELS.map(async (model, index) => {
        const id = ids.get(index) ?? '';
        const conversation = await settled(server.url, id);
        expect(conversation).toMatchObject({ status: 'completed', turn_count: TURNS });
        const facts = await allFacts(server.url, id);
        expect(facts.map((fact) => fact['seq'])).toEqual(facts.map((_fact, at) => at + 1));
        expect(facts.filter((fact) => fact['type'] === 'run_end')).toHaveLength(1);
        expect(facts.at(-1)).toMatchObject({ type: 'run_end', outcome: 'completed' });
        expectNothingTwice(model, facts);
        interrupted += facts.filter((fact) => fact['type'] === 'message_discarded').length;
      }),
    );
    expect(interrupted).toBeGreaterThan(KILLS);
    for (const status of ['queued', 'running', 'waiting']) {
      expect((await api(`${server.url}/conversations?status=${status}`)).body['conversations']).toEqual([]);
    }
    const all = (await api(`${server.url}/conversations?limit=100`)).body['conversations'] as Json[];
    expect(all).toHaveLength(CONVERSATIONS);
    expect(await server.stop()).toBe(0);
  }, 300_000);
});
