import type { AgentSpec } from '../agent/agent-spec.js';
import type { Tenant } from '../kernel/ids.js';

/** What came of creating an agent: made, or refused because its key is taken or the tenant has as many as it may. */
export type AgentCreation = 'created' | 'exists' | 'full';

/** The agents that tenants made at run time. Agents of the configuration are not among them. */
export interface AgentRecords {
  get(tenant: Tenant, key: string): Promise<AgentSpec | undefined>;
  /** Keys in the order of their code points. */
  keys(tenant: Tenant): Promise<readonly string[]>;
  /** Makes an agent durable under `agent.key`, unless that is taken or the tenant has `most` of them already. */
  create(tenant: Tenant, agent: AgentSpec, most: number): Promise<AgentCreation>;
  /** Replaces the agent of the same key. False, and nothing is done, if there is none. */
  replace(tenant: Tenant, agent: AgentSpec): Promise<boolean>;
  /** False if there was none. */
  delete(tenant: Tenant, key: string): Promise<boolean>;
}
