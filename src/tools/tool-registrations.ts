import { ParleyError } from '../core/kernel/parley-error.js';
import type { Tool } from '../core/ports/tool.js';
import { BUILT_IN_NAMES } from './builtin/built-in-tools.js';
import { schemaProblem } from './shared/check-arguments.js';
import { isToolName } from './shared/tool-name.js';
import { toolOf, type ToolPlugin } from './tool-plugin.js';

/** The tools that plugins brought. */
export class ToolRegistrations {
  readonly #tools = new Map<string, Tool>();

  /** In the order in which they were registered. */
  get tools(): readonly Tool[] {
    return [...this.#tools.values()];
  }

  /** @throws ParleyError `config_invalid` when the name is taken or this is no tool */
  registerTool(tool: ToolPlugin): void {
    const name: unknown = tool.name;
    if (typeof name !== 'string' || !isToolName(name))
      throw invalid('a tool needs a name of up to 64 letters, digits, _ and -');
    if (typeof tool.execute !== 'function') throw invalid(`the tool "${name}" has no execute`);
    if (typeof tool.description !== 'string') throw invalid(`the tool "${name}" has no description`);
    const problem = schemaProblem(tool.parameters);
    if (problem !== undefined) throw invalid(`the parameters of the tool "${name}" are not a JSON Schema: ${problem}`);
    if (this.#tools.has(name) || BUILT_IN_NAMES.has(name)) throw invalid(`the tool "${name}" already exists`);
    this.#tools.set(name, toolOf(tool));
  }
}

function invalid(message: string): ParleyError {
  return new ParleyError('config_invalid', message);
}
