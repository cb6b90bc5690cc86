import type { ClientTool } from '../../core/agent/settings.js';
import type { FieldProblem } from '../../core/kernel/parley-error.js';
import type { SchemaProblem } from '../../core/ports/tool.js';
import { invalidRequest } from '../wire/validation.js';
import type { ClientFunctionDto, ClientToolDto } from './client-tool.dto.js';

/** Of a name as a model may be told it. */
const NAME_LENGTH = 64;

/** The tools of a client as it knows them, and as a model is told about them. */
export class ClientTools {
  readonly #names: ReadonlyMap<string, string>;

  constructor(readonly tools: readonly ClientTool[]) {
    this.#names = new Map(tools.map(({ name, client_name }) => [client_name ?? name, name]));
  }

  /** What a model is told instead of a name; one of no tool that is there too: it may stand in a history. */
  modelName(name: string): string {
    return this.#names.get(name) ?? sanitized(name);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }
}

/**
 * Reads tools in either form. Names that no model takes are replaced: characters outside `A-Za-z0-9_-` by `_`, and one that
 * is taken by then gets `_1`, `_2` …
 *
 * @param pointer where the list stands in what was sent
 * @throws ParleyError `invalid_request` naming the fields
 */
export function readTools(given: readonly ClientToolDto[], pointer: string, schemaProblem: SchemaProblem): ClientTools {
  const problems: FieldProblem[] = [];
  const names = new Set<string>();
  const taken = new Set<string>();
  const tools: ClientTool[] = [];
  for (const [index, tool] of given.entries()) {
    const place = `${pointer}/${index}`;
    const found = functionOf(tool, place, problems);
    if (found === undefined) continue;
    const { at, name, description, parameters } = found;
    if (names.has(name)) problems.push({ pointer: `${at}/name`, message: `"${name}" is the name of another tool` });
    names.add(name);
    const fault = parameters === undefined ? undefined : schemaProblem(parameters);
    if (fault !== undefined) problems.push({ pointer: `${at}/parameters`, message: fault });
    const told = freeName(name, taken);
    taken.add(told);
    tools.push({
      name: told,
      description: description ?? '',
      parameters: parameters ?? { type: 'object', properties: {} },
      ...(told === name ? {} : { client_name: name }),
    });
  }
  if (problems.length > 0) throw invalidRequest(problems);
  return new ClientTools(tools);
}

type Found = Pick<ClientFunctionDto, 'name' | 'description' | 'parameters'> & { readonly at: string };

/** The parts of a tool, and where they stand. */
function functionOf(tool: ClientToolDto, place: string, problems: FieldProblem[]): Found | undefined {
  const { name, function: nested } = tool;
  if (isGiven(nested)) {
    if (isGiven(name)) problems.push({ pointer: `${place}/name`, message: 'must not stand beside "function"' });
    return { name: nested.name, ...optional(nested), at: `${place}/function` };
  }
  if (!isGiven(name)) {
    problems.push({ pointer: `${place}/name`, message: 'is missing, and so is "function" with a name in it' });
    return undefined;
  }
  return { name, ...optional(tool), at: place };
}

function optional({
  description,
  parameters,
}: Partial<Pick<Found, 'description' | 'parameters'>>): Pick<Found, 'description' | 'parameters'> {
  return {
    ...(isGiven(description) ? { description } : {}),
    ...(isGiven(parameters) ? { parameters } : {}),
  };
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== undefined && value !== null;
}

function sanitized(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, NAME_LENGTH);
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  const wanted = sanitized(name);
  let free = wanted;
  for (let n = 1; taken.has(free); n++) {
    const ending = `_${n}`;
    free = `${wanted.slice(0, NAME_LENGTH - ending.length)}${ending}`;
  }
  return free;
}
