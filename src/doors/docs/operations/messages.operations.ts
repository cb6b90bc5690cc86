import type { ListedMessage, ListedToolResult } from '../../../conversations/list-messages.js';
import { ACTION_TYPES } from '../../../core/multi-agent/settings.js';
import { ExportQueryDto, InputDto, MessagesQueryDto } from '../../http/messages.dto.js';
import {
  count,
  listOf,
  object,
  objectOf,
  oneOfWords,
  orNull,
  schemaRef,
  text,
  time,
  type JsonSchema,
} from '../json-schema.js';
import type { Operation, OperationGroup } from '../operation.js';
import { describeDto } from '../schema-of.js';
import { ACCOUNT_PROPERTIES, CONVERSATION_PROPERTIES } from '../schemas/conversation.schemas.js';
import { ASKED_CALL, ROLE, STOP_REASON } from '../schemas/event.schemas.js';
import { CONVERSATION_ID, CONVERSATION_SEGMENT, MESSAGE_ID, RUN_ID } from '../schemas/shared.schemas.js';
import { CHAT_ERRORS, CHAT_HEADERS, CHAT_IDS } from './chat.shared.js';
import { ACCEPTED, CANONICAL_FRAMES, COMPLETED, MARKDOWN, MESSAGES as SAID } from './recorded-run.js';
import { NO_STORE } from './error-notes.js';

const RUN_OF_IT = 'run_01a1fd70-c097-7ac7-8420-f13abd1ef42e';

const NOT_FOUND = 'There is no such conversation, or it is another tenant’s.';

const TOOL_RESULT = objectOf<ListedToolResult>(
  {
    always: {
      tool_call_id: text('Id of the call.'),
      name: text('Name of the tool.'),
      content: text('What the model is told.'),
      is_error: { type: 'boolean', description: 'The call failed, or was never run.' },
    },
    maybe: {},
  },
  'What became of a tool call.',
);

const MESSAGE = objectOf<ListedMessage>(
  {
    always: {
      seq: { type: 'integer', minimum: 1, description: 'Its place in the log.' },
      message_id: MESSAGE_ID,
      at: time('When it was whole.'),
      role: ROLE,
      text: text('All of it.'),
      stop_reason: STOP_REASON,
    },
    maybe: {
      agent: text('Who wrote it.'),
      usage: schemaRef('Usage'),
      turn: count('The turn of its action.'),
      action_type: oneOfWords(ACTION_TYPES, 'The action it carried.'),
      to: listOf({ type: 'string' }, 'Who may notice it; missing or empty: everybody.'),
      tool_calls: listOf(ASKED_CALL, 'The tools that the model called with it.'),
      tool_results: listOf(
        TOOL_RESULT,
        'What became of the calls, in their order. Of an answer under way some may be missing.',
      ),
    },
  },
  'A message as it stands in the log, with the action it carried and the tools it called.',
);

const CALLED = [
  {
    seq: 6,
    message_id: 'msg_01a1fd70-c0b1-7c02-9a41-5d0b6f1a77d3',
    at: '2026-11-21T09:31:02.118Z',
    role: 'assistant',
    agent: 'default',
    text: '',
    stop_reason: 'tool_calls',
    usage: { input_tokens: 140, output_tokens: 12, total_tokens: 152, calls: 1 },
    tool_calls: [{ id: 'call_1', name: 'calculate', arguments: { expression: '15 + 27' } }],
    tool_results: [{ tool_call_id: 'call_1', name: 'calculate', content: '42', is_error: false }],
  },
] as const;

const EXPORT: JsonSchema = object(
  { ...CONVERSATION_PROPERTIES, messages: listOf(schemaRef('Message')) },
  { ...ACCOUNT_PROPERTIES, episode_log: schemaRef('EpisodeLog') },
  'The conversation, one of agents always with its episode log, and all its messages.',
);

const listMessages: Operation = {
  method: 'get',
  path: '/conversations/{id}/messages',
  tag: 'Messages',
  access: 'chat',
  summary: 'List the messages of a conversation',
  description: 'In the order in which they were whole, page by page. Discarded ones are not among them.',
  segments: { id: CONVERSATION_SEGMENT },
  query: MessagesQueryDto,
  answers: {
    200: {
      description: 'A page.',
      content: {
        'application/json': {
          schema: object({
            messages: listOf(schemaRef('Message')),
            next_cursor: orNull(text('To be sent as `cursor`; null on the last page.')),
          }),
          examples: {
            all: { summary: 'All of them', value: { messages: SAID, next_cursor: null } },
            tools: {
              summary: 'The second page of a chat: a tool was called',
              value: { messages: CALLED, next_cursor: '9' },
            },
          },
        },
      },
    },
  },
  errors: {
    cursor_malformed: 'The cursor is not one that was given.',
    not_found: NOT_FOUND,
    storage_unavailable: NO_STORE,
  },
};

const sendMessage: Operation = {
  method: 'post',
  path: '/conversations/{id}/messages',
  tag: 'Messages',
  access: 'chat',
  summary: 'Say something in a conversation',
  description:
    'In a conversation of agents with each other it gives the action of a person who is asked for one: the conversation is ' +
    '`waiting`, and its log has an `input_requested`. Plain words in `message` are the same as to speak them. In a chat, ' +
    '`message` is what its agent answers next: the answer is begun, and can be watched on the events.',
  headers: CHAT_HEADERS,
  segments: { id: CONVERSATION_SEGMENT },
  body: {
    dto: InputDto,
    required: true,
    examples: {
      words: { summary: 'Plain words', value: { agent: 'Eve', message: 'Hello Alice' } },
      action: {
        summary: 'Something else',
        value: { agent: 'Eve', action_type: 'action', argument: 'opens the window' },
      },
      chat: { summary: 'In a chat', value: { message: 'And in Kelvin?' } },
    },
  },
  answers: {
    200: {
      description: 'It was taken, and is kept.',
      content: {
        'application/json': {
          schema: object(
            {
              conversation_id: CONVERSATION_ID,
              status: { type: 'string', const: 'accepted' },
              agent: text('Who acted.'),
              action_type: oneOfWords(ACTION_TYPES, 'What it did.'),
              argument: text('Its words, or what could be seen of it.'),
            },
            { to: listOf({ type: 'string' }, 'Who may notice it; missing: everybody.') },
          ),
          examples: {
            words: {
              summary: 'Plain words',
              value: {
                conversation_id: ACCEPTED.conversation_id,
                status: 'accepted',
                agent: 'Eve',
                action_type: 'speak',
                argument: 'Hello Alice',
              },
            },
          },
        },
      },
    },
    202: {
      description: 'The agent of the chat answers.',
      headers: {
        ...CHAT_IDS,
        Location: { description: 'Where the answer can be watched.', schema: { type: 'string' } },
      },
      content: {
        'application/json': {
          schema: object({
            conversation_id: CONVERSATION_ID,
            run_id: RUN_ID,
            status: { type: 'string', const: 'running' },
          }),
          examples: {
            begun: {
              summary: 'It is begun',
              value: { conversation_id: ACCEPTED.conversation_id, run_id: RUN_OF_IT, status: 'running' },
            },
          },
        },
      },
    },
  },
  errors: { ...CHAT_ERRORS, conflict: 'This person is not asked to act now, or the agent answers already.' },
};

const exportConversation: Operation = {
  method: 'get',
  path: '/conversations/{id}/export',
  tag: 'Messages',
  access: 'chat',
  summary: 'Download a conversation',
  description: 'Whole as JSON, its log as lines of JSON, or a transcript for people in Markdown.',
  segments: { id: CONVERSATION_SEGMENT },
  query: ExportQueryDto,
  answers: {
    200: {
      description: 'The file.',
      headers: {
        'Content-Disposition': { description: 'Names the file after the conversation.', schema: { type: 'string' } },
      },
      content: {
        'application/json': {
          schema: EXPORT,
          examples: { json: { summary: 'format=json', value: { ...COMPLETED, messages: SAID } } },
        },
        'application/x-ndjson': {
          schema: { type: 'string', description: 'An Event a line.' },
          lines: schemaRef('Event'),
          examples: {
            jsonl: {
              summary: 'format=jsonl (the first lines)',
              value: CANONICAL_FRAMES.slice(0, 3)
                .map(([, event]) => `${JSON.stringify(event)}\n`)
                .join(''),
            },
          },
        },
        'text/markdown': {
          schema: { type: 'string' },
          examples: { markdown: { summary: 'format=markdown', value: MARKDOWN } },
        },
      },
    },
  },
  errors: { not_found: NOT_FOUND, storage_unavailable: NO_STORE },
};

/** What is said in conversations. */
export const MESSAGES: OperationGroup = {
  operations: { listMessages, sendMessage, exportConversation },
  schemas: { Message: MESSAGE },
  dtos: [
    describeDto(MessagesQueryDto, {
      limit: { description: 'Length of a page.', default: 100 },
      cursor: 'The `next_cursor` of the page before.',
    }),
    describeDto(InputDto, {
      agent: 'Who acts; may be left out where one person only takes part.',
      action_type: { description: 'What the person does.', enum: ACTION_TYPES, default: 'speak' },
      argument: 'The words, or what can be seen of it.',
      to: 'Who may notice it, by name. Default: everybody.',
      message: 'Plain words, in place of `argument`; in a chat, what is said to its agent.',
      on_disconnect: {
        description: 'Of a chat: what it does to the answer when the last watcher leaves.',
        default: 'continue',
      },
      on_busy: { description: 'Of a chat: what to do while its agent answers already.', default: 'reject' },
    }),
    describeDto(ExportQueryDto, { format: { description: 'What to make of it.', default: 'json' } }),
  ],
};
