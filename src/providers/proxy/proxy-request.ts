import type { ModelMessage, ModelPart, ModelRequest } from '../../core/ports/model-provider.js';
import type { JsonRecord } from '../shared/json.js';

/** What a proxied model's configuration says about its calls. */
export interface ProxyDefaults {
  /** What the proxy calls the model. */
  readonly upstream_id: string;
  /** Whose model it is, and in which dialect the proxy is to ask for it: words of the proxy's. */
  readonly provider: string;
  readonly api: string;
  readonly temperature?: number;
  readonly max_tokens?: number;
  /** Of these only `reasoning_effort` has a place in the proxy's format. */
  readonly parameters?: JsonRecord;
}

const NO_COST = { input: 0, output: 0, cache_read: 0, cache_write: 0, total: 0 };
const NO_USAGE = { input: 0, output: 0, cache_read: 0, cache_write: 0, total_tokens: 0, cost: NO_COST };

/** The body of `POST /api/stream`: model, context and options, in the format of agent frameworks' proxies. */
export function proxyBody(request: ModelRequest, defaults: ProxyDefaults, now: number): JsonRecord {
  const { provider, api } = defaults;
  const id = request.upstream_id ?? defaults.upstream_id;
  const effort = request.parameters?.['reasoning_effort'] ?? defaults.parameters?.['reasoning_effort'];
  const temperature = request.temperature ?? defaults.temperature;
  const maxTokens = request.max_tokens ?? defaults.max_tokens;
  const instructions = request.messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const tools = request.tool_choice === 'none' ? [] : (request.tools ?? []);
  return {
    model: { provider, id, api, thinking_level: effort ?? 'off' },
    context: {
      system_prompt: instructions.join('\n\n'),
      messages: messagesOf(request.messages, { provider, id, api, now }),
      ...(tools.length === 0 ? {} : { tools: tools.map((tool) => ({ ...tool, label: tool.name })) }),
    },
    options: {
      ...(temperature === undefined ? {} : { temperature }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(effort === undefined ? {} : { reasoning: effort }),
    },
  };
}

interface Written {
  readonly provider: string;
  readonly id: string;
  readonly api: string;
  readonly now: number;
}

function messagesOf(messages: readonly ModelMessage[], written: Written): readonly JsonRecord[] {
  const names = new Map<string, string>();
  const wired: JsonRecord[] = [];
  for (const message of messages) {
    if (message.role === 'assistant') for (const { id, name } of message.tool_calls ?? []) names.set(id, name);
    if (message.role === 'system') continue;
    wired.push({ ...wireMessage(message, { names, written }), timestamp: written.now });
  }
  return wired;
}

interface Surroundings {
  /** Of the tools, by the ids of their calls. */
  readonly names: ReadonlyMap<string, string>;
  readonly written: Written;
}

function wireMessage(message: ModelMessage, { names, written }: Surroundings): JsonRecord {
  if (message.role === 'assistant') return wireAnswer(message, written);
  if (message.role !== 'tool')
    return { role: 'user', content: message.parts?.map(wirePart) ?? textBlocks(message.content) };
  return {
    role: 'tool_result',
    tool_call_id: message.tool_call_id,
    tool_name: names.get(message.tool_call_id) ?? '',
    content: textBlocks(message.content),
    details: {},
    is_error: false,
  };
}

function wireAnswer(message: Extract<ModelMessage, { role: 'assistant' }>, { api, provider, id }: Written): JsonRecord {
  const { thinking } = message;
  const thoughts =
    thinking === undefined
      ? []
      : [{ type: 'thinking', thinking: thinking.text, thinking_signature: thinking.signature }];
  const calls = (message.tool_calls ?? []).map((call) => ({ type: 'tool_call', ...call }));
  return {
    role: 'assistant',
    content: [...thoughts, ...textBlocks(message.content), ...calls],
    stop_reason: calls.length === 0 ? 'stop' : 'tool_calls',
    api,
    provider,
    model: id,
    usage: NO_USAGE,
  };
}

function textBlocks(text: string): readonly JsonRecord[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function wirePart(part: ModelPart): JsonRecord {
  const { cache_control } = part;
  if (part.type === 'text')
    return { type: 'text', text: part.text, ...(cache_control === undefined ? {} : { cache_control }) };
  const mime_type = /^data:([\w.+-]+\/[\w.+-]+)/.exec(part.url)?.[1];
  return { type: 'image', url: part.url, ...(mime_type === undefined ? {} : { mime_type }) };
}
