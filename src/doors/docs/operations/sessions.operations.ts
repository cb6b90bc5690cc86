import { ClientFunctionDto, ClientToolDto, CreateSessionDto, RpcRequestDto } from '../../jsonrpc/client-tool.dto.js';
import { listOf, object, oneOfWords, schemaRef, text, type JsonSchema } from '../json-schema.js';
import type { Operation, OperationGroup } from '../operation.js';
import { describeDto } from '../schema-of.js';
import { CONVERSATION_ID } from '../schemas/shared.schemas.js';
import { NO_STORE, RUN_ERRORS } from './error-notes.js';

const WEATHER = {
  name: 'get_weather',
  description: 'Get the current weather for a location',
  parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
};

const createSession: Operation = {
  method: 'post',
  path: '/create_session',
  tag: 'Sessions',
  access: 'chat',
  summary: 'Make a session for a client that runs its own tools',
  description:
    'Open a WebSocket at `/ws/{session_id}` then. The session is a conversation of the kind `session`; it outlives its sockets ' +
    'and the server’s process, and is removed when nothing has run in it for `limits.session_idle_seconds` (a day).',
  body: {
    dto: CreateSessionDto,
    required: false,
    examples: {
      flat: { summary: 'With a tool', value: { tools: [WEATHER] } },
      nested: { summary: 'The same in OpenAI’s form', value: { tools: [{ type: 'function', function: WEATHER }] } },
    },
  },
  answers: {
    200: {
      description: 'It is there, and durable.',
      content: {
        'application/json': {
          schema: schemaRef('CreatedSession'),
          examples: {
            created: {
              summary: 'A session',
              value: {
                session_id: 'sess_01a21755-9a1c-7d4f-8a54-3b2fbd5fd1a0',
                conversation_id: 'conv_01a21755-9a1c-7d4f-8a54-3b2fbd5fd1a0',
              },
            },
          },
        },
      },
    },
  },
  errors: { storage_unavailable: NO_STORE, storage_full: RUN_ERRORS.storage_full },
};

const TOOL_LIST = { name: 'calculate', description: 'Calculates.', parameters: { type: 'object', properties: {} } };

const callRpc: Operation = {
  method: 'post',
  path: '/rpc',
  tag: 'Sessions',
  dialect: 'jsonrpc',
  access: 'chat',
  summary: 'Call a method without a session',
  description:
    'JSON-RPC 2.0, single calls and batches of up to 20. There is one method: `tool_list`, the tools of this server. What is no ' +
    'call at all is answered with the status 400.',
  body: {
    dto: RpcRequestDto,
    required: true,
    examples: { tools: { summary: 'The tools', value: { jsonrpc: '2.0', id: 1, method: 'tool_list' } } },
  },
  answers: {
    200: {
      description: 'The answer, or a list of them for a batch.',
      content: {
        'application/json': {
          schema: {
            oneOf: [schemaRef('RpcResponse'), { type: 'array', items: schemaRef('RpcResponse'), minItems: 1 }],
          },
          examples: {
            tools: { summary: 'The tools', value: { jsonrpc: '2.0', result: { tools: [TOOL_LIST] }, id: 1 } },
          },
        },
      },
    },
    204: { description: 'Notifications are not answered.' },
    400: {
      description: 'It was no call: not JSON (−32700), or JSON of another form (−32600).',
      content: {
        'application/json': {
          schema: schemaRef('RpcResponse'),
          examples: {
            broken: {
              summary: 'Not JSON',
              value: { jsonrpc: '2.0', error: { code: -32_700, message: 'Parse error: Invalid JSON' }, id: null },
            },
          },
        },
      },
    },
  },
};

/** Text, number or null. */
export const RPC_ID: JsonSchema = { type: ['string', 'number', 'null'], description: 'As the call had it.' };

/** Error object of JSON-RPC 2.0. */
export const RPC_ERROR: JsonSchema = object(
  {
    code: {
      type: 'integer',
      description:
        '−32700 not JSON, −32600 no call, −32601 no such method, −32602 wrong parameters, −32603 it failed or cannot be now, ' +
        '−32000 no such session, −32001 not allowed, −32002 too much, −32003 nothing to cancel.',
    },
    message: text('What went wrong, for people.'),
  },
  {
    data: {
      description: 'What went wrong, for programs: `{code, retryable, retry_after?, errors?}` for most of them.',
    },
  },
);

/** Sessions. */
export const SESSIONS: OperationGroup = {
  operations: { createSession, callRpc },
  dtos: [
    describeDto(CreateSessionDto, { tools: 'Tools that the client runs, unless a `generate` brings others.' }),
    describeDto(ClientToolDto, {
      type: 'Of OpenAI’s form.',
      function: 'OpenAI’s form; the other fields are not there then.',
      name: 'As the client calls it. Characters that no model takes are replaced for the model only.',
      description: 'What it does, for the model.',
      parameters: 'JSON Schema of its arguments; missing: it has none.',
      strict: 'Taken and not used.',
    }),
    describeDto(ClientFunctionDto, {
      name: 'As the client calls it.',
      description: 'What it does, for the model.',
      parameters: 'JSON Schema of its arguments; missing: it has none.',
      strict: 'Taken and not used.',
    }),
    describeDto(RpcRequestDto, {
      jsonrpc: 'Always `2.0`.',
      method: { description: 'What is called.', examples: ['tool_list'] },
      params: 'Its parameters.',
      id: {
        description: 'Comes back with the answer; without it there is none.',
        schema: { type: ['string', 'number', 'null'] },
      },
    }),
  ],
  schemas: {
    CreatedSession: object({
      session_id: text('Names the session in `/ws/{session_id}`. It is no credential.'),
      conversation_id: CONVERSATION_ID,
    }),
    ListedTool: object({
      name: text('Unique.'),
      description: text('What it does, as models are told.'),
      parameters: { type: 'object', description: 'JSON Schema of its arguments.', additionalProperties: true },
    }),
    RpcResponse: object(
      { jsonrpc: oneOfWords(['2.0'], 'Always.'), id: RPC_ID },
      {
        result: object({ tools: listOf(schemaRef('ListedTool')) }),
        error: RPC_ERROR,
      },
    ),
  },
};
