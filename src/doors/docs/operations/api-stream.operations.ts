import { ApiStreamDto } from '../../api-stream/api-stream.dto.js';
import { count, object, schemaRef, text } from '../json-schema.js';
import type { Operation, OperationGroup } from '../operation.js';
import { describeDto } from '../schema-of.js';
import { CONVERSATION_HEADER, RUN_HEADER } from '../schemas/shared.schemas.js';
import { RUN_ERRORS } from './error-notes.js';

const apiStream: Operation = {
  method: 'post',
  path: '/api/stream',
  tag: 'Chat',
  access: 'chat',
  summary: 'One model call for an agent that runs elsewhere',
  description:
    'The proxy protocol of agent frameworks: the client has the history and the tools, this server the models and their ' +
    'keys. `model.id` is the name of a model of this server; where the client would send the call itself (base, headers, ' +
    'key) is not looked at. Names in snake_case and camelCase are read alike. The call is kept as a conversation of its ' +
    'own, and ends with the connection.',
  body: {
    dto: ApiStreamDto,
    required: true,
    examples: {
      snake_case: {
        summary: 'As TinyAgent sends it',
        value: {
          model: { provider: 'openai', id: 'demo', api: 'openai-completions', thinking_level: 'off' },
          context: {
            system_prompt: 'You are helpful.',
            messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }], timestamp: 1 }],
            tools: [{ name: 'sum', description: 'Add numbers', parameters: { type: 'object' }, label: 'Sum' }],
          },
          options: { temperature: 0.7, maxTokens: 1024, reasoning: null },
        },
      },
      camelCase: {
        summary: 'As pi sends it',
        value: {
          model: { id: 'demo', provider: 'openai', baseUrl: 'https://api.openai.com/v1' },
          context: { systemPrompt: 'You are helpful.', messages: [{ role: 'user', content: 'Hello', timestamp: 1 }] },
        },
      },
    },
  },
  headers: {
    'Idempotency-Key': {
      description:
        'The same key with the same body starts nothing twice, for 24 hours: the stream is given from its start. Up to 255 ' +
        'printable ASCII characters.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    },
  },
  answers: {
    200: {
      description: 'The answer as it comes. It ends in exactly one `done` or `error`.',
      headers: { 'X-Conversation-Id': CONVERSATION_HEADER, 'X-Run-Id': RUN_HEADER },
      content: {
        'text/event-stream': {
          schema: { type: 'string', description: 'Server-sent events: `data:` is a ProxyFrame.' },
          frames: schemaRef('ProxyFrame'),
          examples: {
            text: {
              summary: 'Text only',
              value:
                'data: {"type":"start"}\n\ndata: {"type":"text_start","contentIndex":0}\n\n' +
                'data: {"type":"text_delta","contentIndex":0,"delta":"Hello"}\n\n',
            },
          },
        },
      },
    },
  },
  errors: {
    ...RUN_ERRORS,
  },
};

/** The proxy door. */
export const API_STREAM: OperationGroup = {
  operations: { apiStream },
  dtos: [
    describeDto(ApiStreamDto, {
      model: '`id`: the name of a model of this server.',
      context:
        '`system_prompt`, `messages` (roles `user`, `assistant`, `tool_result`), `tools` (`name`, `description`, `parameters`).',
      options: '`temperature`, `maxTokens`, `reasoning` (off, minimal, low, medium, high, xhigh).',
    }),
  ],
  schemas: {
    ProxyFrame: object(
      { type: text('`start`, `text_start`, `text_delta`, `toolcall_start` …, and at the end `done` or `error`.') },
      {
        contentIndex: count('Which block of the answer it is about, from 0.'),
        delta: text('More text, thinking or arguments (JSON).'),
        id: text('Of a call.'),
        toolName: text('Of a call.'),
        reason: text('`stop`, `length` or `toolUse` of `done`; `error` or `aborted` of `error`.'),
        errorMessage: text('What went wrong, for people.'),
        usage: { type: 'object', description: 'Tokens, in snake_case and camelCase.' },
      },
    ),
  },
};
