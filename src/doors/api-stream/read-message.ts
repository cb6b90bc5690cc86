import {
  NO_TOKENS,
  type AssistantMessage,
  type ImageContent,
  type Message,
  type StopReason,
  type TextContent,
  type ToolResultMessage,
} from '../../core/agent-messages/message.js';
import type { FieldProblem } from '../../core/kernel/parley-error.js';

/** A parsed JSON object whose fields are not known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** Where one reads, and what was wrong so far. */
export interface Place {
  /** JSON pointer. */
  readonly pointer: string;
  readonly problems: FieldProblem[];
}

type AnswerBlock = AssistantMessage['content'][number];

const ROLES = ['user', 'assistant', 'tool_result', 'toolResult'];

const BROKEN: Readonly<Record<string, StopReason>> = { error: 'error', aborted: 'aborted' };

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first of several names of a field that is there. */
export function fieldOf(object: Json, ...names: readonly string[]): unknown {
  const name = names.find((known) => object[known] !== undefined && object[known] !== null);
  return name === undefined ? undefined : object[name];
}

/** One message, in the words of either framework (`tool_result`, `toolResult`). Undefined: it is none, which was said. */
export function readMessage(value: unknown, place: Place): Message | undefined {
  const role = isObject(value) ? value['role'] : undefined;
  if (!isObject(value) || typeof role !== 'string' || !ROLES.includes(role)) {
    return wrong(at(place, 'role'), `must be one of ${ROLES.join(', ')}`);
  }
  const content = at(place, 'content');
  if (role === 'user') return { role, content: readContent(value['content'], content), timestamp: 0 };
  return role === 'assistant' ? readAnswer(value, content) : readResult(value, place);
}

function readAnswer(value: Json, place: Place): AssistantMessage {
  const given = value['content'];
  const content: AnswerBlock[] =
    typeof given === 'string'
      ? [{ type: 'text', text: given }]
      : listOf(given, place).flatMap((block, index) => readAnswerBlock(block, at(place, index)) ?? []);
  const reason = textOf(fieldOf(value, 'stop_reason', 'stopReason'));
  return {
    role: 'assistant',
    content,
    stop_reason: BROKEN[reason] ?? 'stop',
    timestamp: 0,
    api: textOf(value['api']),
    provider: textOf(value['provider']),
    model: textOf(value['model']),
    usage: NO_TOKENS,
  };
}

function readAnswerBlock(value: unknown, place: Place): AnswerBlock | undefined {
  const type = isObject(value) ? value['type'] : undefined;
  if (isObject(value) && type === 'text') return { type, text: textOf(value['text']) };
  if (isObject(value) && type === 'thinking') {
    const thinking_signature = fieldOf(value, 'thinking_signature', 'thinkingSignature');
    const signed = typeof thinking_signature === 'string' ? { thinking_signature } : {};
    const redacted = value['redacted'] === true ? { redacted: true } : {};
    return { type, thinking: textOf(value['thinking']), ...signed, ...redacted };
  }
  if (isObject(value) && (type === 'tool_call' || type === 'toolCall')) return readCall(value, place);
  return wrong(at(place, 'type'), 'must be one of text, thinking, tool_call, toolCall');
}

function readCall(value: Json, place: Place): AnswerBlock | undefined {
  const { id, name } = value;
  if (typeof id !== 'string' || id === '') return wrong(at(place, 'id'), 'must be a text that is not empty');
  if (typeof name !== 'string' || name === '') return wrong(at(place, 'name'), 'must be a text that is not empty');
  const args = value['arguments'] ?? {};
  if (!isObject(args)) return wrong(at(place, 'arguments'), 'must be an object');
  return { type: 'tool_call', id, name, arguments: args };
}

function readResult(value: Json, place: Place): ToolResultMessage | undefined {
  const tool_call_id = fieldOf(value, 'tool_call_id', 'toolCallId');
  if (typeof tool_call_id !== 'string' || tool_call_id === '')
    return wrong(at(place, 'tool_call_id'), 'must be a text that is not empty');
  return {
    role: 'tool_result',
    tool_call_id,
    tool_name: textOf(fieldOf(value, 'tool_name', 'toolName')),
    content: readContent(value['content'], at(place, 'content')),
    is_error: fieldOf(value, 'is_error', 'isError') === true,
    timestamp: 0,
  };
}

function readContent(value: unknown, place: Place): readonly (TextContent | ImageContent)[] {
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  return listOf(value, place).flatMap((block, index) => readBlock(block, at(place, index)) ?? []);
}

function readBlock(value: unknown, place: Place): TextContent | ImageContent | undefined {
  const type = isObject(value) ? value['type'] : undefined;
  if (isObject(value) && type === 'text') return { type, text: textOf(value['text']), ...markOf(value) };
  if (isObject(value) && type === 'image') {
    const url = urlOf(value);
    return url === undefined ? wrong(place, 'must have a `url` (https: or data:), or `data` in base64') : { type, url };
  }
  return wrong(at(place, 'type'), 'must be one of text, image');
}

/** The end of what may be kept of a prompt; what is no such mark is not one. */
function markOf(block: Json): Pick<TextContent, 'cache_control'> {
  const mark = fieldOf(block, 'cache_control', 'cacheControl');
  if (!isObject(mark) || mark['type'] !== 'ephemeral') return {};
  const ttl = mark['ttl'];
  return { cache_control: { type: 'ephemeral', ...(ttl === '5m' || ttl === '1h' ? { ttl } : {}) } };
}

/** An image by its address, or by its bytes. */
function urlOf(image: Json): string | undefined {
  const { url, data } = image;
  if (typeof url === 'string' && /^(?:https:|data:image\/)/i.test(url)) return url;
  if (typeof data !== 'string' || data === '' || /[^\w+/=-]/.test(data)) return undefined;
  const type = textOf(fieldOf(image, 'mime_type', 'mimeType'));
  return /^image\/[\w.+-]+$/.test(type) ? `data:${type};base64,${data}` : undefined;
}

function listOf(value: unknown, place: Place): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value !== undefined && value !== null) wrong(place, 'must be a text or a list');
  return [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A place inside another. */
export function at({ pointer, problems }: Place, key: string | number): Place {
  return { pointer: `${pointer}/${key}`, problems };
}

/** Says what is wrong there. */
export function wrong({ pointer, problems }: Place, message: string): undefined {
  problems.push({ pointer, message });
  return undefined;
}
