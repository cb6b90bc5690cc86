import type { QueuedMessage } from '../../core/agent/context.js';
import type { Sampling } from '../../core/agent/settings.js';
import type { ChatRequest } from '../../conversations/start-chat.js';
import type { ContentPart } from '../../core/events/conversation-event.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { ModelMessage, ModelRequest, ToolSpec } from '../../core/ports/model-provider.js';
import type { HistoryMessageDto } from '../wire/history.dto.js';
import { toHistory } from '../wire/history.js';
import type { CompletionDto, CompletionMessageDto } from './completion.dto.js';
import { AGENT_PREFIX } from './unknown-model.js';

/** What is passed on to the model as it is. */
const PASSED_ON: readonly string[] = [
  'stop',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'response_format',
  'parallel_tool_calls',
  'reasoning_effort',
  'verbosity',
  'service_tier',
  'prediction',
  'repetition_penalty',
  'top_k',
  'min_p',
];

/**
 * A completion as the application layer takes it: a conversation of its own, with the caller's messages as its history.
 *
 * @param raw the body as it was sent, for what is passed on
 * @throws ParleyError `malformed_request` naming the field, as OpenAI's clients expect (400)
 */
export function toCompletionRequest(
  body: CompletionDto,
  raw: Readonly<Record<string, unknown>>,
  history_messages: number,
): ChatRequest {
  if ((body.n ?? 1) !== 1) throw malformed('/n', 'only one answer at a time can be given: n must be 1');
  const messages = body.messages.map(toMessage);
  const last = messages.at(-1);
  const message = last?.role === 'user' ? { text: last.content, ...partsOf(last) } : undefined;
  const before = message === undefined ? messages : messages.slice(0, -1);
  const tools = (body.tools ?? []).map(toTool);
  const tool_choice = toolChoice(body.tool_choice);
  return {
    kind: 'chat',
    apart: true,
    ...(body.model.startsWith(AGENT_PREFIX)
      ? { agent_key: body.model.slice(AGENT_PREFIX.length) }
      : { bare: true, model: body.model }),
    ...(message === undefined ? {} : { message }),
    history: checked(before, history_messages),
    ...(tools.length === 0 ? {} : { client_tools: tools }),
    client_tool_mode: 'return',
    ...(tool_choice === undefined ? {} : { tool_choice }),
    sampling: samplingOf(body, raw),
    allow_empty: true,
    on_disconnect: body.on_disconnect ?? 'cancel',
  };
}

function samplingOf(body: CompletionDto, raw: Readonly<Record<string, unknown>>): Sampling {
  const { temperature, top_p, seed } = body;
  const max_tokens = body.max_completion_tokens ?? body.max_tokens;
  const parameters = Object.fromEntries(
    PASSED_ON.flatMap((name) => (raw[name] === undefined || raw[name] === null ? [] : [[name, raw[name]] as const])),
  );
  const given = { temperature, top_p, seed, max_tokens };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return { ...Object.fromEntries(entries), ...(Object.keys(parameters).length === 0 ? {} : { parameters }) };
}

type Role = HistoryMessageDto['role'];
type Read = { readonly role: Role; readonly content: string; readonly parts?: readonly ContentPart[] } & Pick<
  CompletionMessageDto,
  'tool_calls' | 'tool_call_id'
>;

function toMessage(message: CompletionMessageDto, index: number): Read {
  const { role, tool_calls, tool_call_id } = message;
  const pointer = `/messages/${index}/content`;
  const parts = contentParts(message.content, pointer);
  const images = parts.some(({ type }) => type === 'image');
  if (images && role !== 'user') throw malformed(pointer, 'only messages of the user may have images');
  return {
    role: role === 'developer' ? 'system' : role,
    content: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    ...(images ? { parts } : {}),
    ...(tool_calls === undefined || tool_calls === null ? {} : { tool_calls }),
    ...(tool_call_id === undefined || tool_call_id === null ? {} : { tool_call_id }),
  };
}

function contentParts(content: unknown, pointer: string): readonly ContentPart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw malformed(pointer, 'must be a text or a list of parts');
  return content.map((part: unknown, index) => contentPart(part, `${pointer}/${index}`));
}

function contentPart(part: unknown, pointer: string): ContentPart {
  const { type, text, refusal, image_url } = record(part);
  if (type === 'text' && typeof text === 'string') return { type: 'text', text };
  if (type === 'refusal' && typeof refusal === 'string') return { type: 'text', text: refusal };
  if (type !== 'image_url') throw malformed(`${pointer}/type`, 'must be text or image_url');
  const { url, detail } = record(image_url);
  if (typeof url !== 'string' || !/^(?:https?:\/\/|data:image\/)/i.test(url)) {
    throw malformed(`${pointer}/image_url/url`, 'must be an http, https or data:image address');
  }
  return { type: 'image', url, ...(typeof detail === 'string' ? { detail } : {}) };
}

/** Messages before the last one, with the images of those who sent some. */
function checked(messages: readonly Read[], most: number): readonly ModelMessage[] {
  const plain = messages.map(({ parts: _parts, ...message }) => message);
  let history: readonly ModelMessage[];
  try {
    history = toHistory(plain, { pointer: '/messages', most });
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    throw new ParleyError('malformed_request', error.message, { problems: error.problems });
  }
  const images = messages.filter(({ parts }) => parts !== undefined).map(({ parts }) => parts);
  if (images.length === 0) return history;
  // Users' messages come out as they went in, one for one.
  const users = messages.filter(({ role }) => role === 'user').values();
  return history.map((message) => {
    if (message.role !== 'user') return message;
    const { parts } = users.next().value ?? {};
    return parts === undefined ? message : { ...message, parts };
  });
}

function partsOf({ parts }: Read): Pick<QueuedMessage, 'parts'> {
  return parts === undefined ? {} : { parts };
}

function toTool({
  function: { name, description, parameters },
}: NonNullable<CompletionDto['tools']>[number]): ToolSpec {
  return { name, description: description ?? '', parameters: parameters ?? { type: 'object', properties: {} } };
}

function toolChoice(choice: unknown): ModelRequest['tool_choice'] {
  if (choice === undefined || choice === null) return undefined;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  const { name } = record(record(choice)['function']);
  if (typeof name === 'string') return { name };
  throw malformed('/tool_choice', 'must be auto, none, required, or {type: function, function: {name}}');
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function malformed(pointer: string, message: string): ParleyError {
  return new ParleyError('malformed_request', message, { problems: [{ pointer, message }] });
}
