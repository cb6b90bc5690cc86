import { CreateConversationDto } from '../../http/create-conversation.dto.js';
import { ChatDto } from '../../wire/chat.dto.js';
import { CancelConversationDto, ConversationDto, ResumeDto } from '../../wire/socket.dto.js';
import { object, orNull, schemaRef, text, type JsonSchema, type JsonValue } from '../json-schema.js';
import { describeDto, schemaName, type DtoClass } from '../schema-of.js';
import { CONVERSATION_ID, RUN_ID } from '../schemas/shared.schemas.js';
import type { SocketChannel, SocketMessage } from './socket-channel.js';

const CONVERSATION = 'conv_01a21755-9a1c-7d4f-8a54-3b2fbd5fd1a0';
const RUN = 'run_01a21755-9a24-7b8e-9d0f-5c1d2e3f4a5b';
const OK: JsonSchema = { type: 'boolean', const: true };

function event(name: string, dto: DtoClass, data: JsonValue, summary: string): SocketMessage {
  return {
    summary,
    payload: packet(name, schemaRef(schemaName(dto))),
    example: [name, data],
    replies: ['accepted', 'refused'],
  };
}

/** An event packet: its name, then its argument. */
function packet(name: string, argument: JsonSchema): JsonSchema {
  return { type: 'array', prefixItems: [{ type: 'string', const: name }, argument], minItems: 2, maxItems: 2 };
}

/** `/socket.io/`. */
export const SOCKET_IO_CHANNEL: SocketChannel = {
  name: 'socketio',
  address: '/socket.io/',
  title: 'Socket.IO',
  description:
    'Socket.IO 4 (protocol 5), namespace `/`, transport WebSocket or polling; the payloads here are its events `[name, argument]` and ' +
    'acknowledgements. The key goes as `auth.apiKey` or in a header. Who starts something has joined it; who has joined gets every event ' +
    'of the log, run after run.',
  received: {
    join: event(
      'join',
      ResumeDto,
      { conversation_id: CONVERSATION, after: '0' },
      'Joins a conversation, from a cursor on.',
    ),
    leave: event('leave', ConversationDto, { conversation_id: CONVERSATION }, 'Leaves it.'),
    chat: event('chat', ChatDto, { message: 'What is 15 + 27?' }, 'Says something to an agent.'),
    create: event(
      'conversation:create',
      CreateConversationDto,
      { agent_configs: [{ name: 'Alice' }, { name: 'Bob' }], max_turns: 2 },
      'Starts a conversation of agents with each other.',
    ),
    cancelRun: event('cancel', CancelConversationDto, { conversation_id: CONVERSATION }, 'Stops what is under way.'),
  },
  sent: {
    accepted: {
      summary: 'The acknowledgement of what was accepted.',
      payload: object(
        { ok: OK, conversation_id: CONVERSATION_ID },
        { run_id: orNull(RUN_ID), status: text('Of `cancel`.'), left: { type: 'boolean', description: 'Of `leave`.' } },
      ),
      example: { ok: true, conversation_id: CONVERSATION, run_id: RUN },
    },
    refused: {
      summary: 'The acknowledgement of what was not.',
      payload: object({ ok: { type: 'boolean', const: false }, error: schemaRef('SocketError') }),
      example: { ok: false, error: { code: 'not_found', message: 'there is no such conversation', retryable: false } },
    },
    logEvent: {
      summary: 'An event of a conversation that was joined, as it is in the log.',
      payload: packet('event', schemaRef('StreamEvent')),
      example: [
        'event',
        {
          seq: 3,
          cursor: '3',
          at: '2026-11-26T08:30:00.000Z',
          conversation_id: CONVERSATION,
          run_id: RUN,
          type: 'turn_start',
          turn: 1,
        },
      ],
    },
    streamEnd: {
      summary: 'Nothing more of a conversation comes: where to go on, and why, if it broke off.',
      payload: packet(
        'end',
        object(
          { conversation_id: CONVERSATION_ID },
          { cursor: text('To be sent as `after`.'), error: schemaRef('SocketError') },
        ),
      ),
      example: ['end', { conversation_id: CONVERSATION, cursor: '14' }],
    },
    refusal: {
      summary: 'What was refused without an acknowledgement.',
      payload: packet('error', schemaRef('SocketError')),
      example: ['error', { code: 'invalid_request', message: 'must be an object', retryable: false }],
    },
  },
  bodies: [ResumeDto, ConversationDto, ChatDto, CreateConversationDto, CancelConversationDto],
  dtos: [
    describeDto(ConversationDto, { conversation_id: 'The conversation.' }),
    describeDto(CancelConversationDto, {
      conversation_id: 'The conversation.',
      mode: { description: 'At once, or when the turn under way is over.', default: 'now' },
    }),
  ],
  schemas: {
    SocketError: object(
      {
        code: text('What went wrong, for programs.'),
        message: text('What went wrong, for people.'),
        retryable: { type: 'boolean', description: 'Whether the same may succeed later.' },
      },
      {
        retry_after: { type: 'integer', minimum: 0, description: 'Seconds after which it makes sense again.' },
        errors: { type: 'array', items: { type: 'object' }, description: 'Every field that did not validate.' },
      },
    ),
  },
};
