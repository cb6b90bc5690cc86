import { ChatDto } from '../../wire/chat.dto.js';
import { HistoryFunctionDto, HistoryMessageDto, HistoryToolCallDto } from '../../wire/history.dto.js';
import { listOf, object, schemaRef, text, time } from '../json-schema.js';
import type { Answer, Operation, OperationGroup } from '../operation.js';
import { describeDto } from '../schema-of.js';
import { CONVERSATION_ID } from '../schemas/shared.schemas.js';
import { CHAT_ERRORS, CHAT_HEADERS, CHAT_IDS, UPSTREAM_ERRORS } from './chat.shared.js';
import { PROMPT_EXAMPLES, TEXT_STREAM } from './prompt.operations.js';
import { PromptDto } from '../../text/prompt.dto.js';

const CONVERSATION = 'conv_01a21755-9a1c-7d4f-8a54-3b2fbd5fd1a0';

const BODY = {
  dto: ChatDto,
  required: true,
  examples: {
    question: { summary: 'In the current conversation with the default agent', value: { message: 'What is 15 + 27?' } },
    other: {
      summary: 'Another agent, from the start',
      value: { message: 'Hello', agent_name: 'my_custom_agent', reset_history: true },
    },
  },
} as const;

const FRAMES: Answer = {
  description: 'The answer as it comes. It ends in exactly one `chat_complete` or `error`.',
  headers: CHAT_IDS,
  content: {
    'text/event-stream': {
      schema: { type: 'string', description: 'Server-sent events: `data:` is a ChatFrame, `id:` the cursor.' },
      frames: schemaRef('ChatFrame'),
      examples: {
        text: {
          summary: 'Text only',
          value:
            'id: 6/7\ndata: {"event_type":"chat_chunk","timestamp":"2026-11-26T08:30:00.000Z","content":"15 + 27","is_complete":false}\n\n',
        },
      },
    },
  },
};

const chat: Operation = {
  method: 'post',
  path: '/chat',
  tag: 'Chat',
  access: 'chat',
  summary: 'Say something to an agent; the answer as a whole',
  description:
    'Without `conversation_id` and `history` it goes on in the current conversation of the key with that agent (and `user`); ' +
    'if that one is busy, in a new one. The run ends with the connection unless `on_disconnect` is `continue`.',
  body: BODY,
  headers: CHAT_HEADERS,
  answers: {
    200: {
      description: 'The agent has answered.',
      headers: CHAT_IDS,
      content: {
        'application/json': {
          schema: schemaRef('ChatAnswer'),
          examples: {
            sum: {
              summary: 'With a tool',
              value: {
                response: 'It is 42.',
                tool_calls: [
                  {
                    id: 'call_1',
                    name: 'calculate',
                    arguments: { expression: '15 + 27' },
                    status: 'completed',
                    result: '42',
                    error: null,
                    execution_time_ms: 501,
                  },
                ],
                conversation_id: CONVERSATION,
                timestamp: '2026-11-26T08:30:00.000Z',
                usage: { input_tokens: 310, output_tokens: 24, total_tokens: 334, calls: 2 },
              },
            },
          },
        },
      },
    },
  },
  errors: {
    ...CHAT_ERRORS,
    ...UPSTREAM_ERRORS,
  },
};

const streamChat: Operation = {
  ...chat,
  path: '/chat/stream',
  summary: 'Say something to an agent, or ask a model; the answer as it comes',
  description:
    'A body with `message` is a chat, as in POST /chat, and is answered with server-sent events. A body with `prompt` asks a ' +
    'model, as in POST /chat/blocking, and is answered with plain text. Both, or neither, is refused.',
  body: { ...BODY, or: PromptDto, examples: { ...BODY.examples, ...PROMPT_EXAMPLES } },
  answers: { 200: { ...FRAMES, content: { ...FRAMES.content, ...TEXT_STREAM } } },
  errors: CHAT_ERRORS,
};

/** Chats. */
export const CHAT: OperationGroup = {
  operations: { chat, streamChat },
  dtos: [
    describeDto(ChatDto, {
      message: 'What is said. May be empty.',
      agent_name: { description: 'Key of the agent.', default: 'default' },
      conversation_id: 'The conversation it goes on in.',
      history: 'What was said before, instead of what this server remembers.',
      reset_history: { description: 'Starts another conversation, which then is the current one.', default: false },
      parallel_tools: { description: 'Whether tool calls of one answer run at the same time.', default: true },
      instructions: 'Instead of those of the agent, for this answer.',
      model: 'Instead of that of the agent, for this answer.',
      user: 'Whom the caller speaks for: each has a current conversation of their own.',
      on_disconnect: {
        description: 'What the end of the connection does to the run.',
        default: 'cancel',
      },
      on_busy: {
        description: 'What to do while a run of the conversation that is named is under way.',
        default: 'reject',
      },
    }),
    describeDto(HistoryMessageDto, {
      role: 'Who speaks.',
      content: 'What was said.',
      tool_calls: 'Of an assistant: the tools it called.',
      tool_call_id: 'Of a tool: the call that it answers.',
      tool_name: 'Of a tool.',
      tool_result: 'Of a tool, instead of `content`: any JSON.',
      tool_error: 'Of a tool that failed, instead of `content`.',
    }),
    describeDto(HistoryToolCallDto, { id: 'Id of the call.', type: 'Always `function`.', function: 'What is called.' }),
    describeDto(HistoryFunctionDto, { name: 'Name of the tool.', arguments: 'JSON, as text.' }),
  ],
  schemas: {
    ChatAnswer: object({
      response: text('All text of the answer.'),
      tool_calls: listOf(schemaRef('ToolCall'), 'In the order in which they began.'),
      conversation_id: CONVERSATION_ID,
      timestamp: time('When the run ended.'),
      usage: schemaRef('Usage'),
    }),
  },
};
