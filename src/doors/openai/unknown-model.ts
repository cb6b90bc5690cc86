import { cut } from '../../core/kernel/cut.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { thereIs } from '../../core/kernel/there-is.js';
import type { AgentRegistry } from '../../agents/agent-registry.js';
import type { Tenant } from '../../core/kernel/ids.js';
import type { Models } from '../../core/ports/models.js';

/** Models that are agents: `agent/<key>`. */
export const AGENT_PREFIX = 'agent/';
/** Characters of a name that a refusal says back. */
const SHOWN = 200;

/** What may stand as `model`. */
export interface ModelNames {
  readonly models: Models;
  readonly agents: AgentRegistry;
}

/** Names of all models, then those of the agents that a tenant has. */
export async function modelNames({ models, agents }: ModelNames, tenant: Tenant): Promise<readonly string[]> {
  const keys = await agents.keys(tenant);
  return [...models.names(), ...keys.map((key) => `${AGENT_PREFIX}${key}`)];
}

/** The refusal of a name that is neither a model nor an agent of the tenant, with those that are. */
export async function unknownModel(there: ModelNames, tenant: Tenant, id: string): Promise<ParleyError> {
  const message = `the model "${cut(id, SHOWN)}" is not known; ${thereIs(await modelNames(there, tenant))}`;
  return new ParleyError('not_found', message, { problems: [{ pointer: '/model', message }] });
}
