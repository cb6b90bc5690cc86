import type { AgentSpec } from '../../core/agent/agent-spec.js';
import type { Tenant } from '../../core/kernel/ids.js';
import type { AgentCreation, AgentRecords } from '../../core/ports/agent-records.js';
import type { MemoryState } from './memory-state.js';

/** Agents made at run time, in memory. */
export class MemoryAgents implements AgentRecords {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async get(tenant: Tenant, key: string): Promise<AgentSpec | undefined> {
    const json = this.#of(tenant).get(key);
    if (json === undefined) return undefined;
    const agent: AgentSpec = JSON.parse(json);
    return agent;
  }

  async keys(tenant: Tenant): Promise<readonly string[]> {
    return [...this.#of(tenant).keys()].toSorted(byCodePoint);
  }

  async create(tenant: Tenant, agent: AgentSpec, most: number): Promise<AgentCreation> {
    const own = this.#of(tenant);
    if (own.has(agent.key)) return 'exists';
    if (own.size >= most) return 'full';
    this.#state.agents.set(tenant, own.set(agent.key, JSON.stringify(agent)));
    return 'created';
  }

  async replace(tenant: Tenant, agent: AgentSpec): Promise<boolean> {
    const own = this.#of(tenant);
    if (!own.has(agent.key)) return false;
    own.set(agent.key, JSON.stringify(agent));
    return true;
  }

  async delete(tenant: Tenant, key: string): Promise<boolean> {
    return this.#of(tenant).delete(key);
  }

  #of(tenant: Tenant): Map<string, string> {
    this.#state.requireOpen();
    return this.#state.agents.get(tenant) ?? new Map<string, string>();
  }
}

function byCodePoint(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
