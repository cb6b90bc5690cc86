import { toModelMessages } from '../../core/agent-messages/to-model-messages.js';
import type { Sampling } from '../../core/agent/settings.js';
import type { FieldProblem } from '../../core/kernel/parley-error.js';
import type { ModelMessage, ToolSpec } from '../../core/ports/model-provider.js';
import type { ChatRequest } from '../../conversations/start-chat.js';
import { invalidRequest } from '../wire/validation.js';
import type { ApiStreamDto } from './api-stream.dto.js';
import { at, fieldOf, isObject, readMessage, textOf, wrong, type Json, type Place } from './read-message.js';

const LEVELS = ['off', 'minimal', 'low', 'medium', 'high', 'xhigh'];
const NAME = /^[\w.:-]{1,128}$/;
const MOST_TOOLS = 128;

/**
 * What a proxy client asks for, as the application layer takes it: the model alone, with the client's history and tools.
 * Where the client would send it (base, headers, key of its model) is not looked at: those are the server's.
 *
 * @param most messages of a history
 * @throws ParleyError `invalid_request` naming every field that is wrong
 */
export function readApiStream(body: ApiStreamDto, most: number): ChatRequest {
  const problems: FieldProblem[] = [];
  const root: Place = { pointer: '', problems };
  const model = body.model['id'];
  if (typeof model !== 'string' || model === '') wrong(at(at(root, 'model'), 'id'), 'must be the name of a model');
  const context = at(root, 'context');
  const asked = { provider: textOf(body.model['provider']), id: textOf(model) };
  const history = readHistory(body.context, { asked, most, context });
  const client_tools = readTools(body.context['tools'], at(context, 'tools'));
  const sampling = readOptions(body.options ?? {}, at(root, 'options'));
  const instructions = fieldOf(body.context, 'system_prompt', 'systemPrompt');
  if (instructions !== undefined && typeof instructions !== 'string')
    wrong(at(context, 'system_prompt'), 'must be a text');
  if (problems.length > 0) throw invalidRequest(problems);
  return {
    kind: 'chat',
    bare: true,
    apart: true,
    model: asked.id,
    history,
    client_tools,
    client_tool_mode: 'return',
    sampling,
    ...(textOf(instructions) === '' ? {} : { instructions: textOf(instructions) }),
    on_disconnect: 'cancel',
  };
}

interface HistoryRules {
  readonly asked: { readonly provider: string; readonly id: string };
  readonly most: number;
  readonly context: Place;
}

function readHistory(context: Json, { asked, most, context: place }: HistoryRules): readonly ModelMessage[] {
  const messages = context['messages'];
  const list = at(place, 'messages');
  if (!Array.isArray(messages) || messages.length === 0) {
    wrong(list, 'must be a list of messages that is not empty');
    return [];
  }
  if (messages.length > most) {
    wrong(list, `may have ${most} messages at most`);
    return [];
  }
  const read = messages.flatMap((message: unknown, index) => readMessage(message, at(list, index)) ?? []);
  return toModelMessages(read, asked);
}

function readTools(value: unknown, place: Place): readonly ToolSpec[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MOST_TOOLS) {
    wrong(place, `must be a list of ${MOST_TOOLS} tools at most`);
    return [];
  }
  const tools = value.flatMap((tool: unknown, index) => readTool(tool, at(place, index)) ?? []);
  if (new Set(tools.map(({ name }) => name)).size < tools.length) wrong(place, 'must have different names');
  return tools;
}

function readTool(value: unknown, place: Place): ToolSpec | undefined {
  if (!isObject(value)) return wrong(place, 'must be an object');
  const { name, description, parameters = { type: 'object' } } = value;
  if (typeof name !== 'string' || !NAME.test(name))
    return wrong(at(place, 'name'), 'must be 1 to 128 letters, digits or any of _ . : -');
  if (!isObject(parameters)) return wrong(at(place, 'parameters'), 'must be a JSON Schema');
  return { name, description: textOf(description), parameters };
}

function readOptions(options: Json, place: Place): Sampling {
  const temperature = fieldOf(options, 'temperature');
  const max_tokens = fieldOf(options, 'maxTokens', 'max_tokens');
  const reasoning = fieldOf(options, 'reasoning');
  if (temperature !== undefined && !(typeof temperature === 'number' && temperature >= 0 && temperature <= 2))
    wrong(at(place, 'temperature'), 'must be a number from 0 to 2');
  if (max_tokens !== undefined && !(Number.isSafeInteger(max_tokens) && Number(max_tokens) >= 1))
    wrong(at(place, 'maxTokens'), 'must be an integer of 1 or more');
  if (reasoning !== undefined && !(typeof reasoning === 'string' && LEVELS.includes(reasoning)))
    wrong(at(place, 'reasoning'), `must be one of ${LEVELS.join(', ')}`);
  return {
    ...(typeof temperature === 'number' ? { temperature } : {}),
    ...(typeof max_tokens === 'number' ? { max_tokens } : {}),
    ...(typeof reasoning === 'string' && reasoning !== 'off' ? { parameters: { reasoning_effort: reasoning } } : {}),
  };
}
