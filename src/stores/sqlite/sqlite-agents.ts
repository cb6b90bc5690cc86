import type { AgentSpec } from '../../core/agent/agent-spec.js';
import type { Tenant } from '../../core/kernel/ids.js';
import type { AgentCreation, AgentRecords } from '../../core/ports/agent-records.js';
import { fromStored, toStored } from './stored-text.js';
import { toLimit, toWireAgent, toWireAgentKey } from './to-wire.js';
import type { WorkerClient } from './worker-client.js';

/** Agents made at run time, in the table `agents`. */
export class SqliteAgents implements AgentRecords {
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  async get(tenant: Tenant, key: string): Promise<AgentSpec | undefined> {
    const spec = await this.#client.call('getAgent', toWireAgentKey(tenant, key));
    if (spec === null) return undefined;
    const agent: AgentSpec = JSON.parse(spec);
    return agent;
  }

  async keys(tenant: Tenant): Promise<readonly string[]> {
    const keys = await this.#client.call('agentKeys', { tenant: toStored(tenant) });
    return keys.map((key) => fromStored(key));
  }

  create(tenant: Tenant, agent: AgentSpec, most: number): Promise<AgentCreation> {
    return this.#client.call('createAgent', { agent: toWireAgent(tenant, agent), most: toLimit(most) });
  }

  replace(tenant: Tenant, agent: AgentSpec): Promise<boolean> {
    return this.#client.call('replaceAgent', toWireAgent(tenant, agent));
  }

  delete(tenant: Tenant, key: string): Promise<boolean> {
    return this.#client.call('deleteAgent', toWireAgentKey(tenant, key));
  }
}
