import { ParleyError } from '../core/kernel/parley-error.js';
import type { ToolPlugin } from './tool-plugin.js';

/** The tools that plugins brought. */
export class ToolRegistrations {
  readonly #tools = new Map<string, ToolPlugin>();

  get tools(): readonly ToolPlugin[] {
    return [...this.#tools.values()];
  }

  /** @throws ParleyError `config_invalid` when the name is taken or this is no tool */
  registerTool(tool: ToolPlugin): void {
    const name: unknown = tool.name;
    if (typeof name !== 'string' || !/^[\w-]{1,64}$/.test(name))
      throw new ParleyError('config_invalid', 'a tool needs a name of up to 64 letters, digits, _ and -');
    if (typeof tool.execute !== 'function')
      throw new ParleyError('config_invalid', `the tool "${name}" has no execute`);
    if (this.#tools.has(name)) throw new ParleyError('config_invalid', `the tool "${name}" is there already`);
    this.#tools.set(name, tool);
  }
}
