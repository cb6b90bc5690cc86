import {
  CompletionDto,
  CompletionFunctionDto,
  CompletionMessageDto,
  CompletionToolDto,
  StreamOptionsDto,
} from '../../openai/completion.dto.js';
import { count, listOf, object, schemaRef, text, type JsonSchema } from '../json-schema.js';
import type { Operation, OperationGroup } from '../operation.js';
import { describeDto } from '../schema-of.js';
import { CONVERSATION_HEADER, RUN_HEADER } from '../schemas/shared.schemas.js';
import { RUN_ERRORS } from './error-notes.js';

const IDS = { 'X-Conversation-Id': CONVERSATION_HEADER, 'X-Run-Id': RUN_HEADER } as const;

const HEAD = { id: 'chatcmpl-01a21755-9a1c-7d4f-8a54-3b2fbd5fd1a0', created: 1795682238, model: 'demo' };

const MODEL = { id: 'demo', object: 'model', created: 0, owned_by: 'parley' };

const chunk = (delta: object, finish_reason: string | null): string =>
  `data: ${JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

const STREAM = `${chunk({ role: 'assistant', content: '' }, null)}${chunk({ content: 'Hello!' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`;

const ERROR_NOTE =
  'Errors are those of OpenAI: `{error: {message, type, param, code}}`, a wrong key 401, an unknown model 404.';

const listOpenAiModels: Operation = {
  method: 'get',
  path: '/v1/models',
  tag: 'OpenAI',
  dialect: 'openai',
  access: 'chat',
  summary: 'List models and agents, for OpenAI’s clients',
  description: `Agents are models named \`agent/<key>\`. ${ERROR_NOTE}`,
  answers: {
    200: {
      description: 'All of them.',
      content: {
        'application/json': {
          schema: schemaRef('OpenAiModelList'),
          examples: {
            demo: {
              summary: 'The demo model and the default agent',
              value: { object: 'list', data: [MODEL, { ...MODEL, id: 'agent/default' }] },
            },
          },
        },
      },
    },
  },
};

const getOpenAiModel: Operation = {
  ...listOpenAiModels,
  path: '/v1/models/{model}',
  summary: 'Show a model, for OpenAI’s clients',
  segments: { model: { description: 'Name of the model.', schema: { type: 'string' }, example: 'demo' } },
  errors: { not_found: 'There is no such model.' },
  answers: {
    200: {
      description: 'It is there.',
      content: {
        'application/json': {
          schema: schemaRef('OpenAiModel'),
          examples: { demo: { summary: 'The demo model', value: MODEL } },
        },
      },
    },
  },
};

const getOpenAiAgent: Operation = {
  ...getOpenAiModel,
  path: '/v1/models/agent/{key}',
  summary: 'Show an agent, for OpenAI’s clients',
  segments: { key: { description: 'Key of the agent.', schema: { type: 'string' }, example: 'default' } },
};

const complete: Operation = {
  method: 'post',
  path: '/v1/chat/completions',
  tag: 'OpenAI',
  dialect: 'openai',
  access: 'chat',
  summary: 'Complete a chat, for OpenAI’s clients',
  description:
    'Streamed or not, with tools that the caller runs, or with an agent (`agent/<key>`) and its own. Known parameters are passed ' +
    `on, unknown ones ignored. A stream begins with the first word of the model: a failure before it has its status. ${ERROR_NOTE}`,
  body: {
    dto: CompletionDto,
    required: true,
    examples: {
      plain: { summary: 'One question', value: { model: 'demo', messages: [{ role: 'user', content: 'Hello' }] } },
      stream: {
        summary: 'Streamed',
        value: { model: 'demo', stream: true, messages: [{ role: 'user', content: 'Hello' }] },
      },
    },
  },
  headers: {
    'Idempotency-Key': {
      description: 'The same key with the same body starts nothing twice, for 24 hours.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    },
  },
  errors: {
    malformed_request: 'A field is not what it should be.',
    not_found: 'There is no such model or agent.',
    conflict: 'A run is under way.',
    ...RUN_ERRORS,
    upstream_rate_limited: 'The model provider is rate-limiting.',
    upstream_unavailable: 'The model could not be reached, or failed.',
    upstream_timeout: 'The model took too long.',
  },
  answers: {
    200: {
      description: 'The answer, or the stream of it.',
      headers: IDS,
      content: {
        'application/json': {
          schema: schemaRef('CompletionAnswer'),
          examples: {
            plain: {
              summary: 'A text',
              value: {
                ...HEAD,
                object: 'chat.completion',
                choices: [
                  {
                    index: 0,
                    message: { role: 'assistant', content: 'Hello!', refusal: null },
                    logprobs: null,
                    finish_reason: 'stop',
                  },
                ],
                usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
              },
            },
          },
        },
        'text/event-stream': {
          schema: {
            type: 'string',
            description:
              'Server-sent events: `data:` is a CompletionChunk, the last one `[DONE]`; without it something failed.',
          },
          frames: schemaRef('CompletionChunk'),
          examples: { text: { summary: 'A text', value: STREAM } },
        },
      },
    },
  },
};

const CHOICE = { index: count('Always 0.'), finish_reason: { type: ['string', 'null'] } as JsonSchema };

/** OpenAI's surface. */
export const OPENAI: OperationGroup = {
  operations: { listOpenAiModels, getOpenAiModel, getOpenAiAgent, complete },
  dtos: [
    describeDto(CompletionDto, {
      model: 'A configured model, `agent/<key>`, or a name for the environment’s provider.',
      messages: 'What was said, the last of it to be answered.',
      stream: { description: 'Whether the answer is streamed.', default: false },
      stream_options: 'Of a stream.',
      tools: 'Tools that the caller runs: calls of them end the answer.',
      tool_choice: '`auto`, `none`, `required`, or a function by name.',
      temperature: 'Sampling.',
      top_p: 'Sampling.',
      max_tokens: 'Tokens of the answer.',
      max_completion_tokens: 'The same, by its newer name.',
      seed: 'Sampling.',
      n: 'Must be 1.',
      on_disconnect: { description: 'What the end of the connection does to the run.', default: 'cancel' },
    }),
    describeDto(CompletionMessageDto, {
      role: 'Who speaks.',
      content: 'Text, a list of parts (`text`, `image_url`), or null.',
      tool_calls: 'Of an assistant: the tools it called.',
      tool_call_id: 'Of a tool: the call that it answers.',
    }),
    describeDto(CompletionToolDto, { type: 'Always `function`.', function: 'What can be called.' }),
    describeDto(CompletionFunctionDto, {
      name: 'Name of the tool.',
      description: 'For the model.',
      parameters: 'JSON Schema of the arguments.',
    }),
    describeDto(StreamOptionsDto, { include_usage: 'Whether a last chunk tells the tokens.' }),
  ],
  schemas: {
    OpenAiError: object({
      error: object({
        message: text('For people.'),
        type: text('What kind of error.'),
        param: { type: ['string', 'null'], description: 'The field it is about.' },
        code: text('For programs.'),
      }),
    }),
    OpenAiModel: object({
      id: text('Its name.'),
      object: { type: 'string', const: 'model' },
      created: count('Not known: 0.'),
      owned_by: text('Always `parley`.'),
    }),
    OpenAiModelList: object({
      object: { type: 'string', const: 'list' },
      data: listOf(schemaRef('OpenAiModel'), 'Models, then agents.'),
    }),
    CompletionAnswer: object({
      id: text('Id of the answer.'),
      object: { type: 'string', const: 'chat.completion' },
      created: count('Seconds since the epoch.'),
      model: text('As it was asked for.'),
      choices: listOf(
        object({ ...CHOICE, message: { type: 'object', description: 'As OpenAI’s.' }, logprobs: { type: 'null' } }),
        'One.',
      ),
      usage: { type: 'object', description: 'Tokens, in OpenAI’s names.' },
    }),
    CompletionChunk: object(
      {
        id: text('Id of the answer.'),
        object: { type: 'string', const: 'chat.completion.chunk' },
        created: count('Seconds since the epoch.'),
        model: text('As it was asked for.'),
        choices: listOf(object({ ...CHOICE, delta: { type: 'object', description: 'As OpenAI’s.' } }), 'One, or none.'),
      },
      { usage: { type: 'object', description: 'In the last chunk, if it was asked for.' } },
    ),
  },
};
