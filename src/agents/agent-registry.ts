import { cut } from '../core/kernel/cut.js';
import type { AgentSpec } from '../core/agent/agent-spec.js';
import type { Tenant } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { thereIs } from '../core/kernel/there-is.js';
import type { AgentRecords } from '../core/ports/agent-records.js';
import { AgentCache } from './agent-cache.js';
import type { AgentRules } from './agent-rules.js';
import { DEFAULT_AGENT, USUAL_AGENT } from './default-agent.js';

/** Characters of a key that a refusal says back; no agent has a longer one. */
const LONGEST_KEY = 64;

export interface AgentRegistryDeps {
  /** Agents of the configuration: every tenant has them, none can change them. */
  readonly configured: readonly AgentSpec[];
  readonly records: AgentRecords;
  readonly rules: AgentRules;
  /** Agents that one tenant may make. */
  readonly agents_per_tenant: number;
}

/**
 * The agents there are: those of the configuration, with `default` always among them, and those that tenants made. One
 * of the configuration hides a tenant's of the same key. What a tenant made is durable, and not there for others.
 */
export class AgentRegistry {
  readonly #configured: ReadonlyMap<string, AgentSpec>;
  readonly #cache = new AgentCache();
  /** Counts changes: what was read while one was under way may be old, and is not kept. */
  #changes = 0;

  constructor(private readonly deps: AgentRegistryDeps) {
    const own = deps.configured.some(({ key }) => key === DEFAULT_AGENT) ? [] : [USUAL_AGENT];
    this.#configured = new Map([...own, ...deps.configured].map((agent) => [agent.key, agent]));
  }

  /** The agent of that key, without a look into the store if it is configured or was asked for lately. */
  async find(tenant: Tenant, key: string): Promise<AgentSpec | undefined> {
    const known = this.#configured.get(key) ?? this.#cache.get(tenant, key);
    if (known !== undefined) return known;
    const changes = this.#changes;
    const agent = await this.deps.records.get(tenant, key);
    if (agent !== undefined && changes === this.#changes) this.#cache.set(tenant, agent);
    return agent;
  }

  /** The refusal of a key that no agent of the tenant has: it names those there are. */
  async unknown(tenant: Tenant, key: string): Promise<ParleyError> {
    return new ParleyError(
      'not_found',
      `Agent '${cut(key, LONGEST_KEY)}' not found; ${thereIs(await this.keys(tenant))}`,
    );
  }

  /** Keys of all agents of a tenant, those of the configuration first. */
  async keys(tenant: Tenant): Promise<readonly string[]> {
    const own = await this.deps.records.keys(tenant);
    return [...this.#configured.keys(), ...own.filter((key) => !this.#configured.has(key))];
  }

  isConfigured(key: string): boolean {
    return this.#configured.has(key);
  }

  /** Names of the tools an agent has. */
  toolsOf(agent: AgentSpec): readonly string[] {
    return agent.tools ?? this.deps.rules.tools;
  }

  /** @throws ParleyError `invalid_request`, `conflict` (the key is taken, or the tenant has as many as it may) */
  async create(tenant: Tenant, agent: AgentSpec): Promise<void> {
    if (this.isConfigured(agent.key)) {
      throw new ParleyError('conflict', `there is an agent "${agent.key}" already: it is one of the configuration`);
    }
    this.deps.rules.check(agent);
    const most = this.deps.agents_per_tenant;
    const outcome = await this.#change(tenant, agent.key, () => this.deps.records.create(tenant, agent, most));
    switch (outcome) {
      case 'created':
        return;
      case 'exists':
        throw new ParleyError('conflict', `there is an agent "${agent.key}" already: PUT replaces it`);
      case 'full': {
        const detail = `there are ${most} agents of this key already, and limits.agents_per_key allows no more`;
        throw new ParleyError('conflict', detail);
      }
    }
  }

  /** @throws ParleyError `invalid_request`, `not_found`, `conflict` (it is one of the configuration) */
  async replace(tenant: Tenant, agent: AgentSpec): Promise<void> {
    this.#requireOwn(agent.key);
    this.deps.rules.check(agent);
    const done = await this.#change(tenant, agent.key, () => this.deps.records.replace(tenant, agent));
    if (!done) throw await this.unknown(tenant, agent.key);
  }

  /** @throws ParleyError `not_found`, `conflict` (it is one of the configuration) */
  async remove(tenant: Tenant, key: string): Promise<void> {
    this.#requireOwn(key);
    const done = await this.#change(tenant, key, () => this.deps.records.delete(tenant, key));
    if (!done) throw await this.unknown(tenant, key);
  }

  /** The store works in order: what is read after the change was sent is new. */
  #change<Outcome>(tenant: Tenant, key: string, change: () => Promise<Outcome>): Promise<Outcome> {
    this.#changes += 1;
    this.#cache.delete(tenant, key);
    return change();
  }

  #requireOwn(key: string): void {
    if (!this.isConfigured(key)) return;
    throw new ParleyError('conflict', `the agent "${key}" is one of the configuration: only the operator changes it`);
  }
}
