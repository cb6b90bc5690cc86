import { ACTION_ORDERS } from '../../../core/multi-agent/settings.js';
import {
  AgentConfigDto,
  BackgroundAgentDto,
  BackgroundDto,
  CreateConversationDto,
} from '../../http/create-conversation.dto.js';
import { CancelDto, ListQueryDto } from '../../http/queries.dto.js';
import { object, orNull, schemaRef, text } from '../json-schema.js';
import type { Operation, OperationGroup } from '../operation.js';
import { describeDto } from '../schema-of.js';
import { CONVERSATION_SCHEMAS, STATUS_SCHEMA } from '../schemas/conversation.schemas.js';
import {
  CONVERSATION_HEADER,
  CONVERSATION_ID,
  CONVERSATION_SEGMENT,
  RUN_HEADER,
  USAGE_SCHEMA,
} from '../schemas/shared.schemas.js';
import { ACCEPTED, COMPLETED, REQUEST, SUMMARY } from './recorded-run.js';
import { NO_STORE } from './error-notes.js';

const NOT_FOUND = 'There is none with this id, or it is another tenant’s.';

const STARTED = {
  Location: { description: 'Where the conversation is.', schema: { type: 'string' } },
  'X-Conversation-Id': CONVERSATION_HEADER,
  'X-Run-Id': RUN_HEADER,
} as const;

const createConversation: Operation = {
  method: 'post',
  path: '/conversations',
  tag: 'Conversations',
  access: 'chat',
  summary: 'Start a conversation of agents',
  description:
    'Starts at once and answers at once: follow it on `GET /conversations/{id}/events`, or ask for it with ' +
    '`GET /conversations/{id}`. Names that are not known (models, agent types, orders, evaluators) are refused with what there is.',
  body: {
    dto: CreateConversationDto,
    required: true,
    examples: {
      pair: {
        summary: 'Two agents, one turn',
        value: REQUEST,
      },
    },
  },
  headers: {
    'Idempotency-Key': {
      description:
        'The same key with the same body starts nothing twice, for 24 hours: the answer is about what the first request ' +
        'started. Up to 255 printable ASCII characters.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    },
    Prefer: {
      description: '`wait=N` waits for the end, N seconds at most and never more than 300 (RFC 7240).',
      schema: { type: 'string' },
      example: 'wait=30',
    },
  },
  answers: {
    200: {
      description: 'It has ended within the time that `Prefer` gave it.',
      headers: {
        ...STARTED,
        'Preference-Applied': {
          description: 'The wait that was granted.',
          schema: { type: 'string' },
          example: 'wait=30',
        },
      },
      content: {
        'application/json': {
          schema: schemaRef('Conversation'),
          examples: { completed: { summary: 'After its only turn', value: COMPLETED } },
        },
      },
    },
    202: {
      description: 'It was accepted and is kept, also if the server goes down now.',
      headers: STARTED,
      content: {
        'application/json': {
          schema: schemaRef('ConversationAccepted'),
          examples: { accepted: { summary: 'Accepted', value: ACCEPTED } },
        },
      },
    },
  },
  errors: {
    idempotency_mismatch: 'The `Idempotency-Key` was used with another body.',
    draining: 'The server is shutting down.',
    overloaded: 'Too many runs are under way.',
    storage_unavailable: NO_STORE,
  },
};

const listConversations: Operation = {
  method: 'get',
  path: '/conversations',
  tag: 'Conversations',
  access: 'chat',
  summary: 'List conversations',
  description: 'Those of this tenant, newest first, page by page.',
  query: ListQueryDto,
  answers: {
    200: {
      description: 'A page.',
      content: {
        'application/json': {
          schema: object({
            conversations: { type: 'array', items: schemaRef('ConversationSummary') },
            next_cursor: orNull(text('To be sent as `cursor`; null on the last page.')),
          }),
          examples: { last: { summary: 'The last page', value: { conversations: [SUMMARY], next_cursor: null } } },
        },
      },
    },
  },
  errors: { cursor_malformed: 'The cursor is not one that was given.', storage_unavailable: NO_STORE },
};

const getConversation: Operation = {
  method: 'get',
  path: '/conversations/{id}',
  tag: 'Conversations',
  access: 'chat',
  summary: 'Show a conversation',
  description:
    'Where it stands, and once it has ended how: what was said, why it ended, how it was judged and what it took.',
  segments: { id: CONVERSATION_SEGMENT },
  answers: {
    200: {
      description: 'The conversation.',
      content: {
        'application/json': {
          schema: schemaRef('Conversation'),
          examples: { completed: { summary: 'After its only turn', value: COMPLETED } },
        },
      },
    },
  },
  errors: { not_found: NOT_FOUND, storage_unavailable: NO_STORE },
};

const cancelConversation: Operation = {
  method: 'post',
  path: '/conversations/{id}/cancel',
  tag: 'Conversations',
  access: 'chat',
  summary: 'Cancel a conversation',
  description:
    'Stops what runs, the calls to its models included. One that is over stays as it ended: the same request again changes nothing.',
  segments: { id: CONVERSATION_SEGMENT },
  body: {
    dto: CancelDto,
    required: false,
    examples: { after_turn: { summary: 'Let the turn end', value: { mode: 'after_turn' } } },
  },
  answers: {
    200: {
      description: 'With `now` it has stopped; with `after_turn` it will.',
      content: {
        'application/json': {
          schema: object({ conversation_id: CONVERSATION_ID, status: STATUS_SCHEMA }),
          examples: {
            over: {
              summary: 'It was over already',
              value: { conversation_id: ACCEPTED.conversation_id, status: 'completed' },
            },
          },
        },
      },
    },
  },
  errors: { not_found: NOT_FOUND, storage_unavailable: NO_STORE },
};

const deleteConversation: Operation = {
  method: 'delete',
  path: '/conversations/{id}',
  tag: 'Conversations',
  access: 'chat',
  summary: 'Delete a conversation',
  description: 'Stops what runs and removes the conversation with its log. Streams of it end.',
  segments: { id: CONVERSATION_SEGMENT },
  answers: {
    200: {
      description: 'It is gone.',
      content: {
        'application/json': {
          schema: object({ conversation_id: CONVERSATION_ID, message: text('For people.') }),
          examples: {
            deleted: {
              summary: 'Deleted',
              value: { conversation_id: ACCEPTED.conversation_id, message: 'Conversation deleted' },
            },
          },
        },
      },
    },
  },
  errors: { not_found: NOT_FOUND, storage_unavailable: NO_STORE },
};

/** What can be done with conversations of agents. */
export const CONVERSATIONS: OperationGroup = {
  operations: { createConversation, listConversations, getConversation, cancelConversation, deleteConversation },
  schemas: { ...CONVERSATION_SCHEMAS, Usage: USAGE_SCHEMA },
  dtos: [
    describeDto(CreateConversationDto, {
      agent_configs: 'Who takes part; names must differ.',
      scenario: 'What all of them are told; with none, a plain sentence on how many they are.',
      background: 'The older form: a scenario with what each agent knows.',
      max_turns: 'The end at the latest. Default: the configured one; the evaluators may set a smaller one.',
      model_name: 'The model of agents without one of their own. Default: the configured one.',
      action_order: { description: 'Who acts when. Default: the configured one.', enum: ACTION_ORDERS },
      speaking_order: 'The `speaking_id`s in order, for `agent_id_based`.',
      enable_evaluation: { description: 'Whether evaluators are asked.', default: true },
      evaluators: 'Names of the evaluators to ask. Default: all enabled ones.',
      seed: 'Of all that is left to chance; one is drawn if there is none.',
      return_log: { description: 'Whether the conversation is shown with its episode log.', default: true },
      on_disconnect: { description: 'What the end of the last stream on it does to it.', default: 'continue' },
    }),
    describeDto(AgentConfigDto, {
      name: 'What the others call it.',
      type: { description: 'What acts for it: a model, or a person.', enum: ['llm', 'human'], default: 'llm' },
      model: 'Name of a configured model. Default: `model_name`.',
      goal: 'What it wants; only it knows. With none it sets itself one on the first turn.',
      background: 'What it knows; only it.',
      profile: 'Whatever else it is; only it knows.',
      instructions: 'Added to what its model is told.',
      speaking_id: 'Its place, for `agent_id_based`.',
    }),
    describeDto(BackgroundDto, {
      scenario: 'What all of them are told, unless there is a `scenario`.',
      agent_configs: 'What each of them knows.',
    }),
    describeDto(BackgroundAgentDto, {
      name: 'Name of the agent.',
      background: 'What it knows, unless it says so itself.',
      goal: 'What it wants, unless it says so itself.',
    }),
    describeDto(ListQueryDto, {
      limit: { description: 'Length of a page.', default: 50 },
      cursor: 'The `next_cursor` of the page before.',
      status: 'Only those that stand so.',
      kind: 'Only those: agents with each other, chats, or sessions.',
    }),
    describeDto(CancelDto, {
      mode: { description: 'At once, or when the turn is over.', default: 'now' },
    }),
  ],
};
