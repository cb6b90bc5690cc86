import { describe, expect, it } from '@jest/globals';
import { AGENT_DEFAULTS, type AgentSpec } from '../core/agent/agent-spec.js';
import type { Tenant } from '../core/kernel/ids.js';
import type { AgentRecords } from '../core/ports/agent-records.js';
import { AgentRegistry, type AgentRegistryDeps } from './agent-registry.js';
import { AgentRules } from './agent-rules.js';

const [alice, bob] = ['alice', 'bob'] as Tenant[] as [Tenant, Tenant];

const named = (key: string, more: Partial<AgentSpec> = {}): AgentSpec => ({ ...AGENT_DEFAULTS, key, ...more });

/** Counts reads, and answers them when it is told to. */
class SlowRecords implements AgentRecords {
  readonly agents = new Map<string, AgentSpec>();
  reads = 0;
  gate: Promise<void> = Promise.resolve();

  async get(tenant: Tenant, key: string): Promise<AgentSpec | undefined> {
    this.reads += 1;
    const agent = this.agents.get(`${tenant}/${key}`);
    await this.gate;
    return agent;
  }

  async keys(): Promise<readonly string[]> {
    return [...this.agents.values()].map(({ key }) => key);
  }

  async create(tenant: Tenant, agent: AgentSpec, most: number): Promise<'created' | 'exists' | 'full'> {
    if (this.agents.has(`${tenant}/${agent.key}`)) return 'exists';
    if (this.agents.size >= most) return 'full';
    this.agents.set(`${tenant}/${agent.key}`, agent);
    return 'created';
  }

  async replace(tenant: Tenant, agent: AgentSpec): Promise<boolean> {
    return this.agents.has(`${tenant}/${agent.key}`) && this.agents.set(`${tenant}/${agent.key}`, agent).size > 0;
  }

  async delete(tenant: Tenant, key: string): Promise<boolean> {
    return this.agents.delete(`${tenant}/${key}`);
  }
}

function registryOf(more: Partial<AgentRegistryDeps> = {}): {
  readonly registry: AgentRegistry;
  readonly records: SlowRecords;
} {
  const records = new SlowRecords();
  const rules = new AgentRules({ models: { names: () => ['m'] }, tools: { names: () => ['calculate', 'get_time'] } });
  const registry = new AgentRegistry({ configured: [], records, rules, agents_per_tenant: 2, ...more });
  return { registry, records };
}

describe('find', () => {
  it('always knows the default agent, without the store', async () => {
    const { registry, records } = registryOf();
    expect(await registry.find(alice, 'default')).toMatchObject({ key: 'default', name: 'DefaultAssistant' });
    const own = registryOf({ configured: [named('default', { name: 'Ours' }), named('poet')] });
    expect(await own.registry.find(alice, 'default')).toMatchObject({ name: 'Ours' });
    expect(await own.registry.find(bob, 'poet')).toMatchObject({ key: 'poet' });
    expect(records.reads + own.records.reads).toBe(0);
  });

  it('reads another one once, until it is changed', async () => {
    const { registry, records } = registryOf();
    await registry.create(alice, named('a', { name: 'One' }));
    for (let n = 0; n < 3; n++) expect(await registry.find(alice, 'a')).toMatchObject({ name: 'One' });
    expect(records.reads).toBe(1);
    await registry.replace(alice, named('a', { name: 'Two' }));
    expect(await registry.find(alice, 'a')).toMatchObject({ name: 'Two' });
    await registry.remove(alice, 'a');
    expect(await registry.find(alice, 'a')).toBeUndefined();
    expect(await registry.find(bob, 'a')).toBeUndefined();
    expect(records.reads).toBe(4);
  });

  it('keeps nothing that was read while it was changed', async () => {
    const { registry, records } = registryOf();
    await registry.create(alice, named('a', { name: 'Old' }));
    const gate = Promise.withResolvers<void>();
    records.gate = gate.promise;
    const early = registry.find(alice, 'a');
    await registry.replace(alice, named('a', { name: 'New' }));
    gate.resolve();
    expect(await early).toMatchObject({ name: 'Old' });
    expect(await registry.find(alice, 'a')).toMatchObject({ name: 'New' });
  });

  it('keeps a bounded number, and a bounded amount of text', async () => {
    const { registry, records } = registryOf({ agents_per_tenant: 9_999 });
    const find = async (keys: readonly string[]): Promise<number> => {
      const before = records.reads;
      for (const key of keys) await registry.find(alice, key);
      return records.reads - before;
    };
    const small = Array.from({ length: 1_100 }, (_, n) => `s${n}`);
    for (const key of small) await registry.create(alice, named(key));
    expect(await find(small)).toBe(1_100);
    expect(await find(small.slice(-1_000))).toBe(0);
    expect(await find(['s0', 's1099'])).toBe(1);
    const large = Array.from({ length: 20 }, (_, n) => `l${n}`);
    for (const key of large) await registry.create(alice, named(key, { instructions: 'x'.repeat(262_144) }));
    expect(await find(large)).toBe(20);
    expect(await find(large.slice(-15))).toBe(0);
    expect(await find(['l0', 's1099'])).toBe(2);
  });
});

describe('changes', () => {
  it('are refused for agents of the configuration', async () => {
    const { registry } = registryOf({ configured: [named('poet')] });
    for (const key of ['poet', 'default']) {
      for (const change of [
        registry.create(alice, named(key)),
        registry.replace(alice, named(key)),
        registry.remove(alice, key),
      ]) {
        await expect(change).rejects.toMatchObject({
          code: 'conflict',
          message: expect.stringContaining('configuration'),
        });
      }
    }
    expect(await registry.keys(alice)).toEqual(['default', 'poet']);
  });

  it('say what there is, and what there is not', async () => {
    const { registry } = registryOf();
    await registry.create(alice, named('a'));
    await expect(registry.create(alice, named('a'))).rejects.toMatchObject({ code: 'conflict' });
    await expect(registry.replace(alice, named('b'))).rejects.toMatchObject({ code: 'not_found' });
    await expect(registry.remove(alice, 'b')).rejects.toMatchObject({ code: 'not_found' });
    await registry.create(alice, named('b'));
    await expect(registry.create(alice, named('c'))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('limits.agents_per_key'),
    });
  });

  it('name every field that is wrong', async () => {
    const { registry } = registryOf();
    const wrong = named('a b', { model: 'x', tools: ['calculate', 'fly'] });
    await expect(registry.create(alice, wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      problems: [
        { pointer: '' },
        { pointer: '/model', message: 'model "x" is not known; there is m' },
        { pointer: '/tools/1', message: 'tool "fly" is not known; there are calculate, get_time' },
      ],
    });
    for (const key of ['', '.', '..', '-a', 'a/b', 'ä', 'k'.repeat(65)]) {
      await expect(registry.create(alice, named(key))).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  it('take any name of a model where the environment has a provider', async () => {
    const rules = new AgentRules({
      models: { names: () => ['m'] },
      tools: { names: () => [] },
      environment_model: 'm',
    });
    const { registry } = registryOf({ rules });
    await registry.create(alice, named('a', { model: 'gpt-4-turbo-preview' }));
    expect(await registry.find(alice, 'a')).toMatchObject({ model: 'gpt-4-turbo-preview' });
  });

  it('a configured agent hides one that was made before', async () => {
    const { registry, records } = registryOf({ configured: [named('poet', { name: 'Ours' })] });
    records.agents.set('alice/poet', named('poet', { name: 'Theirs' }));
    expect(await registry.find(alice, 'poet')).toMatchObject({ name: 'Ours' });
    expect(await registry.keys(alice)).toEqual(['default', 'poet']);
  });
});
