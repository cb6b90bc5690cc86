import { describe, expect } from '@jest/globals';
import { AGENT_DEFAULTS, type AgentSpec } from '../../../src/core/agent/agent-spec.js';
import { AGENT, tenant } from './samples.js';
import type { StoreSuite } from './store-suite.js';

const [alice, bob] = [tenant('alice'), tenant('"bob\u0000 \ud800')];
const MANY = 1_000;

const named = (key: string): AgentSpec => ({ ...AGENT_DEFAULTS, key });

export function describeAgents(suite: StoreSuite): void {
  describe('agents', () => {
    describeChanges(suite);
    describeKeys(suite);
    describeOrder(suite);
  });
}

function describeChanges(suite: StoreSuite): void {
  suite.test('an agent comes back equal, and is gone when it is deleted', async (store) => {
    const { agents } = store;
    expect(await agents.get(alice, AGENT.key)).toBeUndefined();
    for (const agent of [AGENT, named('.a-b_c')]) {
      expect(await agents.create(alice, agent, MANY)).toBe('created');
      expect(await agents.get(alice, agent.key)).toEqual(agent);
    }
    expect(await agents.delete(alice, AGENT.key)).toBe(true);
    expect(await agents.delete(alice, AGENT.key)).toBe(false);
    expect(await agents.get(alice, AGENT.key)).toBeUndefined();
    expect(await agents.create(alice, named(AGENT.key), MANY)).toBe('created');
    expect(await agents.get(alice, AGENT.key)).toEqual(named(AGENT.key));
  });

  suite.test('create leaves an agent that is there, replace does nothing without one', async ({ agents }) => {
    expect(await agents.replace(alice, AGENT)).toBe(false);
    expect(await agents.get(alice, AGENT.key)).toBeUndefined();
    await agents.create(alice, AGENT, MANY);
    expect(await agents.create(alice, named(AGENT.key), MANY)).toBe('exists');
    expect(await agents.get(alice, AGENT.key)).toEqual(AGENT);
    expect(await agents.replace(alice, named(AGENT.key))).toBe(true);
    expect(await agents.get(alice, AGENT.key)).toEqual(named(AGENT.key));
  });

  suite.test('a tenant has as many as it may, also of those made at once', async ({ agents }) => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const made = await Promise.all(keys.map((key) => agents.create(alice, named(key), 3)));
    expect(made).toEqual(['created', 'created', 'created', 'full', 'full']);
    expect(await agents.create(alice, named('a'), 3)).toBe('exists');
    expect(await agents.create(bob, named('d'), 3)).toBe('created');
    await agents.delete(alice, 'b');
    expect(await agents.create(alice, named('e'), 3)).toBe('created');
    expect(await agents.create(alice, named('f'), 0)).toBe('full');
    expect(await agents.keys(alice)).toEqual(['a', 'c', 'e']);
  });
}

function describeKeys(suite: StoreSuite): void {
  suite.test('lists the keys of one tenant in order', async ({ agents }) => {
    for (const key of ['b', 'A', 'a', '10', '9', 'ä', '🙂', '\uffee']) await agents.create(alice, named(key), MANY);
    expect(await agents.keys(alice)).toEqual(['10', '9', 'A', 'a', 'b', 'ä', '\uffee', '🙂']);
    expect(await agents.keys(bob)).toEqual([]);
  });

  suite.test("another tenant's agents are not there, in any call", async ({ agents }) => {
    await agents.create(alice, AGENT, MANY);
    expect(await agents.get(bob, AGENT.key)).toBeUndefined();
    expect(await agents.replace(bob, named(AGENT.key))).toBe(false);
    expect(await agents.delete(bob, AGENT.key)).toBe(false);
    expect(await agents.create(bob, named(AGENT.key), MANY)).toBe('created');
    expect(await agents.get(alice, AGENT.key)).toEqual(AGENT);
    expect(await agents.delete(bob, AGENT.key)).toBe(true);
    expect(await agents.get(alice, AGENT.key)).toEqual(AGENT);
  });
}

function describeOrder(suite: StoreSuite): void {
  suite.test('a read sees the changes that were sent before it', async ({ agents }) => {
    const created = agents.create(alice, AGENT, MANY);
    expect(await agents.get(alice, AGENT.key)).toEqual(AGENT);
    const replaced = agents.replace(alice, named(AGENT.key));
    expect(await agents.get(alice, AGENT.key)).toEqual(named(AGENT.key));
    const deleted = agents.delete(alice, AGENT.key);
    expect(await agents.keys(alice)).toEqual([]);
    expect(await Promise.all([created, replaced, deleted])).toEqual(['created', true, true]);
  });
}
