import type { AgentSpec } from '../core/agent/agent-spec.js';
import type { Tenant } from '../core/kernel/ids.js';

/** Agents kept at most. */
const ENTRIES = 1_000;
/** Characters of their texts kept at most. */
const CHARS = 4_194_304;

/** The agents that were asked for last, so that a chat does not read the store for its agent. */
export class AgentCache {
  /** In order of use, the longest unused first. */
  readonly #agents = new Map<string, AgentSpec>();
  #chars = 0;

  get(tenant: Tenant, key: string): AgentSpec | undefined {
    const place = placeOf(tenant, key);
    const agent = this.#agents.get(place);
    if (agent === undefined) return undefined;
    this.#agents.delete(place);
    this.#agents.set(place, agent);
    return agent;
  }

  set(tenant: Tenant, agent: AgentSpec): void {
    this.delete(tenant, agent.key);
    this.#agents.set(placeOf(tenant, agent.key), agent);
    this.#chars += sizeOf(agent);
    for (const place of this.#agents.keys()) {
      if (this.#agents.size <= ENTRIES && this.#chars <= CHARS) break;
      this.#drop(place);
    }
  }

  delete(tenant: Tenant, key: string): void {
    this.#drop(placeOf(tenant, key));
  }

  #drop(place: string): void {
    const agent = this.#agents.get(place);
    if (agent === undefined) return;
    this.#agents.delete(place);
    this.#chars -= sizeOf(agent);
  }
}

/** The same for no two agents, whatever their keys hold. */
function placeOf(tenant: Tenant, key: string): string {
  return `${tenant.length} ${tenant}${key}`;
}

function sizeOf({ key, name, instructions = '', model = '', tools = [] }: AgentSpec): number {
  return tools.reduce(
    (chars, tool) => chars + tool.length,
    key.length + name.length + instructions.length + model.length,
  );
}
