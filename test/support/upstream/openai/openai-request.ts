import type { RawRequest } from '../dialect.js';
import { isRecord, listAt, numberAt, recordAt, textAt } from '../json.js';
import type { JsonRecord } from '../json.js';
import type { Ask, AskMessage, AskTool } from '../types.js';

/** Reads a chat-completions request. */
export function readChatRequest(request: RawRequest): Ask {
  const body: JsonRecord = isRecord(request.body) ? request.body : {};
  const choice = body['tool_choice'];
  const maxTokens = numberAt(body, 'max_completion_tokens') ?? numberAt(body, 'max_tokens');
  const schema = readSchema(body);
  const forcedTool = readForcedTool(choice);
  return {
    index: request.index,
    model: textAt(body, 'model'),
    stream: body['stream'] === true,
    wantsUsage: recordAt(body, 'stream_options')['include_usage'] === true,
    messages: listAt(body, 'messages').map(readMessage),
    tools: choice === 'none' ? [] : listAt(body, 'tools').flatMap(readTool),
    body,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(forcedTool === undefined ? {} : { forcedTool }),
    ...(schema === undefined ? {} : { schema }),
  };
}

function readMessage(message: unknown): AskMessage {
  const text = listAt(message, 'content').map((part) => textAt(part, 'text'));
  return { role: textAt(message, 'role'), text: text.length > 0 ? text.join('') : textAt(message, 'content') };
}

function readTool(tool: unknown): AskTool[] {
  const declared = recordAt(tool, 'function');
  const name = textAt(declared, 'name');
  return name === '' ? [] : [{ name, parameters: recordAt(declared, 'parameters') }];
}

function readForcedTool(choice: unknown): string | undefined {
  if (choice === 'required') return '*';
  const name = textAt(recordAt(choice, 'function'), 'name');
  return name === '' ? undefined : name;
}

function readSchema(body: JsonRecord): Ask['schema'] {
  const format = recordAt(body, 'response_format');
  if (format['type'] !== 'json_schema') return undefined;
  const declared = recordAt(format, 'json_schema');
  return { name: textAt(declared, 'name'), schema: recordAt(declared, 'schema') };
}
