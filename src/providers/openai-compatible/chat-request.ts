import type { ModelMessage, ModelPart, ModelRequest, Thinking, ToolSpec } from '../../core/ports/model-provider.js';
import { THINKING_FIELDS } from './chunk.js';
import type { Dialect } from './dialect.js';
import type { JsonRecord } from '../shared/json.js';

/** What a model's configuration says about its calls. */
export interface CallDefaults {
  readonly upstream_id: string;
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly parameters?: JsonRecord;
}

/** Never taken from open parameters: they are ours, or (`n`) would be paid for and not read. */
const RESERVED: readonly string[] = ['model', 'messages', 'stream', 'stream_options', 'n'];

const ABOUT_TOOLS: readonly string[] = ['tool_choice', 'parallel_tool_calls'];

/** The body of a chat-completions call: open parameters, configured defaults, the request, each over the one before. */
export function chatBody(request: ModelRequest, defaults: CallDefaults, dialect: Dialect): JsonRecord {
  const model = request.upstream_id ?? defaults.upstream_id;
  const body: Record<string, unknown> = {
    model,
    messages: request.messages.map((message) => wireMessage(message, dialect)),
  };
  const open = { ...defaults.parameters, ...request.parameters };
  for (const [name, value] of Object.entries(open)) if (!RESERVED.includes(name)) body[name] = value;
  set(
    body,
    'temperature',
    request.temperature ?? (body['temperature'] === undefined ? defaults.temperature : undefined),
  );
  set(body, 'top_p', request.top_p);
  set(body, 'seed', request.seed);
  setMaxTokens(body, request, defaults, dialect);
  if (request.tools !== undefined && request.tools.length > 0) {
    body['tools'] = request.tools.map(wireTool);
    set(body, 'tool_choice', wireToolChoice(request.tool_choice));
  }
  // Upstreams refuse what is about tools where there are none.
  if (body['tools'] === undefined) for (const name of ABOUT_TOOLS) delete body[name];
  if (request.json !== undefined && dialect.jsonSchema) {
    const name = request.json.name.replace(/[^\w-]/g, '_').slice(0, 64);
    body['response_format'] = { type: 'json_schema', json_schema: { name, schema: request.json.schema, strict: true } };
  }
  for (const name of dialect.dropped) delete body[name];
  body['stream'] = true;
  if (dialect.streamOptions) body['stream_options'] = { include_usage: true };
  return body;
}

/** One of the two names, never both: the one the model is known to take, else the one the open parameters use. */
function setMaxTokens(
  body: Record<string, unknown>,
  { max_tokens: asked }: ModelRequest,
  { max_tokens: configured }: CallDefaults,
  { maxTokensField }: Dialect,
): void {
  const { max_completion_tokens: newer, max_tokens: older } = body;
  delete body['max_completion_tokens'];
  delete body['max_tokens'];
  const usual = newer === undefined ? 'max_tokens' : 'max_completion_tokens';
  set(body, maxTokensField ?? usual, asked ?? newer ?? older ?? configured);
}

function set(body: Record<string, unknown>, name: string, value: unknown): void {
  if (value !== undefined) body[name] = value;
}

function wireMessage(message: ModelMessage, dialect: Dialect): JsonRecord {
  if (message.role === 'tool') {
    return { role: 'tool', tool_call_id: message.tool_call_id, content: message.content };
  }
  if (message.role !== 'assistant')
    return { role: message.role, content: message.parts?.map((part) => wirePart(part, dialect)) ?? message.content };
  const thinking = wireThinking(message.thinking);
  if (message.tool_calls === undefined || message.tool_calls.length === 0) {
    return { role: message.role, content: message.content, ...thinking };
  }
  const calls = message.tool_calls.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(given) },
  }));
  return {
    role: 'assistant',
    content: message.content === '' ? null : message.content,
    ...thinking,
    tool_calls: calls,
  };
}

/** Thinking goes back into the field it came in; what came from elsewhere is signed otherwise, and left out. */
function wireThinking(thinking: Thinking | undefined): JsonRecord {
  const field = THINKING_FIELDS.find((known) => known === thinking?.signature);
  return thinking === undefined || field === undefined ? {} : { [field]: thinking.text };
}

function wirePart(part: ModelPart, { cacheMarks }: Dialect): JsonRecord {
  const mark = part.cache_control === undefined || !cacheMarks ? {} : { cache_control: part.cache_control };
  if (part.type === 'text') return { type: 'text', text: part.text, ...mark };
  const { url, detail } = part;
  return { type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) }, ...mark };
}

function wireTool({ name, description, parameters }: ToolSpec): JsonRecord {
  return { type: 'function', function: { name, description, parameters } };
}

function wireToolChoice(choice: ModelRequest['tool_choice']): unknown {
  return typeof choice === 'object' ? { type: 'function', function: { name: choice.name } } : choice;
}
