import type { ParleyConfig } from '../config/parley-config.js';
import { thereIs } from '../core/kernel/there-is.js';
import { BUILT_IN_NAMES } from '../tools/builtin/built-in-tools.js';
import { mcpToolPrefix } from '../tools/mcp/mcp-tool.js';
import { placeProblem, type Where } from './place-problems.js';
import type { Registries } from './registries.js';

/**
 * A line for every tool of an agent that there is not and that no configured MCP server can bring: the agent goes without.
 *
 * @param registered what plugins brought
 */
export function unknownTools(
  { agents, mcp_servers }: ParleyConfig,
  registered: Pick<Registries, 'tools'>,
  where: Where,
): readonly string[] {
  const known = new Set([...BUILT_IN_NAMES, ...registered.tools.tools.map(({ name }) => name)]);
  const servers = mcp_servers.map(({ name }) => mcpToolPrefix(name));
  const there = [...known, ...servers.map((prefix) => `${prefix}…`)];
  return agents.flatMap(({ key, tools = [] }) =>
    tools.flatMap((tool, index) => {
      if (known.has(tool) || servers.some((prefix) => tool.startsWith(prefix))) return [];
      const message = `there is no ${missing(tool)}: the agent goes without it; ${thereIs(there)}`;
      return [placeProblem({ path: ['agents', key, 'tools', index], message }, where)];
    }),
  );
}

/** A tool of an MCP server is named after it. */
function missing(tool: string): string {
  const end = tool.indexOf('__');
  return end <= 0 ? `tool "${tool}"` : `MCP server "${tool.slice(0, end)}" that could bring the tool "${tool}"`;
}
