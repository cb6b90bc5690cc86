import type { AgentSpec } from '../core/agent/agent-spec.js';
import type { ChatRunSettings, ClientTool } from '../core/agent/settings.js';
import { ParleyError, type FieldProblem } from '../core/kernel/parley-error.js';
import { thereIs } from '../core/kernel/there-is.js';
import type { Models } from '../core/ports/models.js';
import type { ChatRequest } from './start-chat.js';

export interface ChatToCheck {
  readonly request: ChatRequest;
  readonly agent: AgentSpec;
  readonly models: Models;
  /** Tools that the client of the session runs. */
  readonly client_tools?: readonly ClientTool[] | undefined;
}

/**
 * What a run is asked for, with the names in it looked up.
 *
 * @throws ParleyError `invalid_request` naming every field that names something unknown or asks for what cannot be
 */
export function checkChat({ request, agent, models, client_tools }: ChatToCheck): ChatRunSettings {
  const problems: FieldProblem[] = [];
  const asked = request.model ?? agent.model ?? models.default_model;
  const model = modelOf(models, asked);
  if (model === undefined) {
    const whose = request.model === undefined && agent.model !== undefined ? ` of the agent "${agent.key}"` : '';
    const message = `the model "${asked}"${whose} is not known; ${thereIs(models.names())}`;
    problems.push({ pointer: '/model', message });
  } else if (!models.get(model.model)?.accepts_images && hasImages(request)) {
    problems.push({ pointer: '/message', message: `the model "${asked}" takes text only` });
  }
  const tools = request.client_tools ?? client_tools;
  const named = request.tool_choice;
  if (typeof named === 'object' && !(tools ?? []).some(({ name }) => name === named.name) && request.bare === true) {
    problems.push({ pointer: '/tool_choice', message: `names the tool "${named.name}", which is not among the tools` });
  }
  if (model === undefined || problems.length > 0) {
    throw new ParleyError('invalid_request', problems.map(({ message }) => message).join('; '), { problems });
  }
  return { agent, ...model, parallel_tools: request.parallel_tools ?? true, ...given(request), ...toolsOf(tools) };
}

/** A configured model, or the environment's, which is told the name. */
function modelOf(models: Models, name: string): Pick<ChatRunSettings, 'model' | 'upstream_id'> | undefined {
  if (models.get(name) !== undefined) return { model: name };
  const { environment_model } = models;
  return environment_model === undefined ? undefined : { model: environment_model, upstream_id: name };
}

function toolsOf(client_tools: readonly ClientTool[] | undefined): Pick<ChatRunSettings, 'client_tools'> {
  return client_tools === undefined || client_tools.length === 0 ? {} : { client_tools };
}

const PASSED_ON = [
  'instructions',
  'history',
  'client_tool_mode',
  'tool_choice',
  'sampling',
  'improvement',
  'allow_empty',
] as const satisfies readonly (keyof ChatRequest & keyof ChatRunSettings)[];

function given(request: ChatRequest): Partial<ChatRunSettings> {
  const entries = PASSED_ON.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]] as const]));
  return Object.fromEntries(entries);
}

function hasImages({ message, history = [] }: ChatRequest): boolean {
  const all = [message?.parts, ...history.map((entry) => ('parts' in entry ? entry.parts : undefined))];
  return all.some((parts) => parts?.some(({ type }) => type === 'image') === true);
}
