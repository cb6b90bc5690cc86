import { AGENT_DEFAULTS, type AgentSpec } from '../../core/agent/agent-spec.js';
import type { AgentDto } from './agents.dto.js';

type Json = Readonly<Record<string, unknown>>;

/** A body as an agent, defaults filled in. `null` stands for "not given" everywhere. */
export function toAgentSpec(key: string, dto: AgentDto): AgentSpec {
  return {
    key,
    name: dto.name ?? AGENT_DEFAULTS.name,
    ...(dto.instructions ? { instructions: dto.instructions } : {}),
    ...(dto.model ? { model: dto.model } : {}),
    ...(dto.tools ? { tools: [...new Set(dto.tools)] } : {}),
    max_parallel_tools: dto.max_parallel_tools ?? AGENT_DEFAULTS.max_parallel_tools,
    tool_call_timeout: dto.tool_call_timeout ?? AGENT_DEFAULTS.tool_call_timeout,
    max_tool_rounds: dto.max_tool_rounds ?? AGENT_DEFAULTS.max_tool_rounds,
  };
}

/** What is to be known of an agent beside what it is. */
export interface AgentFacts {
  /** Tools it has, those it names or all. */
  readonly tools_count: number;
  /** It is one of the configuration. */
  readonly read_only: boolean;
  /** Whether the caller may see what the operator wrote. */
  readonly is_admin: boolean;
}

/** An agent as it is shown. Instructions of the configuration are the operator's. */
export function agentBody(agent: AgentSpec, { tools_count, read_only, is_admin }: AgentFacts): Json {
  return {
    tools_count,
    key: agent.key,
    name: agent.name,
    ...(read_only && !is_admin ? {} : { instructions: agent.instructions ?? null }),
    model: agent.model ?? null,
    tools: agent.tools ?? null,
    max_parallel_tools: agent.max_parallel_tools,
    tool_call_timeout: agent.tool_call_timeout,
    max_tool_rounds: agent.max_tool_rounds,
    read_only,
  };
}
