import { ParleyError } from '../core/kernel/parley-error.js';
import type { Tool, Tools } from '../core/ports/tool.js';
import { isToolName } from './shared/tool-name.js';

/** Tools that come and go while the server runs. */
export interface ToolSource {
  /** Those there are now, in a stable order. The same array as long as nothing changed. */
  tools(): readonly Tool[];
}

/** The tools of a server: fixed ones, then those of each source. The first of a name stands. */
export class ToolRegistry implements Tools {
  readonly #fixed: readonly Tool[];
  readonly #sources: readonly ToolSource[];
  #seen: readonly (readonly Tool[])[] = [];
  #byName: ReadonlyMap<string, Tool> = new Map();

  /** @throws ParleyError `config_invalid` when a fixed tool has a name that is taken, or that no model could be told */
  constructor(fixed: readonly Tool[], sources: readonly ToolSource[] = []) {
    const names = new Set<string>();
    for (const { name } of fixed) {
      if (!isToolName(name))
        throw new ParleyError('config_invalid', `${JSON.stringify(name)} is not a name that a tool can have`);
      if (names.has(name)) throw new ParleyError('config_invalid', `the tool "${name}" already exists`);
      names.add(name);
    }
    this.#fixed = fixed;
    this.#sources = sources;
    this.#byName = byName([fixed]);
  }

  names(): readonly string[] {
    return [...this.#current().keys()];
  }

  get(name: string): Tool | undefined {
    return this.#current().get(name);
  }

  #current(): ReadonlyMap<string, Tool> {
    const now = this.#sources.map((source) => source.tools());
    if (now.some((tools, index) => tools !== this.#seen[index])) {
      this.#seen = now;
      this.#byName = byName([this.#fixed, ...now]);
    }
    return this.#byName;
  }
}

function byName(groups: readonly (readonly Tool[])[]): ReadonlyMap<string, Tool> {
  const found = new Map<string, Tool>();
  for (const tool of groups.flat()) {
    if (!found.has(tool.name)) found.set(tool.name, tool);
  }
  return found;
}
