import type { Tools } from '../../core/ports/tool.js';
import type { ClientTools } from './client-tools.js';

/** A tool as a client is told about it. */
export interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The tools of this server. */
export function toolList(tools: Tools): readonly ListedTool[] {
  return tools.names().flatMap((name) => {
    const tool = tools.get(name);
    if (tool === undefined) return [];
    const { description, parameters } = tool;
    return [{ name: tool.name, description, parameters }];
  });
}

/** The tools of a session, as its client knows them. */
export function clientToolList({ tools }: ClientTools): readonly ListedTool[] {
  return tools.map(({ name, client_name, description, parameters }) => ({
    name: client_name ?? name,
    description,
    parameters,
  }));
}
