import { AuthDto } from '../../websocket/chat/chat-message.js';
import { ChatDto } from '../../wire/chat.dto.js';
import { CancelChatDto, ResumeDto } from '../../wire/socket.dto.js';
import { object, schemaRef, text, time, type JsonSchema } from '../json-schema.js';
import { describeDto, schemaName, type DtoClass } from '../schema-of.js';
import { CONVERSATION_ID, RUN_ID } from '../schemas/shared.schemas.js';
import type { SocketChannel, SocketMessage } from './socket-channel.js';

const CONVERSATION = 'conv_01a21755-9a1c-7d4f-8a54-3b2fbd5fd1a0';
const AT = '2026-11-26T08:30:00.000Z';
const FRAMES = ['chatFrame'];
const PONG = ['pong', 'chatFrame'];

const ask = (type: string, dto: DtoClass | undefined): JsonSchema => ({
  ...object({ type: { type: 'string', const: type } }),
  properties: {
    type: { type: 'string', const: type },
    ...(dto === undefined ? {} : { data: schemaRef(schemaName(dto)) }),
  },
});

const message = (
  type: string,
  dto: DtoClass | undefined,
  { data, ...rest }: Pick<SocketMessage, 'summary' | 'replies'> & { readonly data?: SocketMessage['example'] },
): SocketMessage => ({
  ...rest,
  payload: ask(type, dto),
  example: data === undefined ? { type } : { type, data },
});

const ENVELOPE = { timestamp: time('When it happened.') };
const CURSOR = { cursor: text('To be sent as `after`; on the last frame of each event.') };

/** `/ws`. */
export const CHAT_CHANNEL: SocketChannel = {
  name: 'chat',
  address: '/ws',
  title: 'Streaming chat',
  description:
    'What POST /chat/stream is over HTTP, and the streams of any conversation. A key goes with the handshake, or comes as ' +
    'the first message within 5 s.',
  received: {
    chat: message('chat', ChatDto, {
      summary: 'Says something to an agent.',
      data: { message: 'What is 15 + 27?' },
      replies: FRAMES,
    }),
    cancel: message('cancel', CancelChatDto, {
      summary: 'Stops what runs over this socket, or in the conversation that is named.',
      data: { conversation_id: CONVERSATION },
      replies: PONG,
    }),
    resume: message('resume', ResumeDto, {
      summary: 'Goes on in the stream of a conversation, whatever door began it.',
      data: { conversation_id: CONVERSATION, after: '6/7' },
      replies: PONG,
    }),
    ping: message('ping', undefined, { summary: 'Asks for a sign of life.', replies: ['pong'] }),
    disconnect: message('disconnect', undefined, { summary: 'Asks to close the socket.' }),
    auth: message('auth', AuthDto, {
      summary: 'Brings the key, where the handshake could not.',
      data: { api_key: 'YOUR_KEY' },
      replies: PONG,
    }),
  },
  sent: {
    chatFrame: {
      summary: 'An event of a run. Exactly one `chat_complete` or `error` ends it.',
      payload: object(
        {
          type: {
            type: 'string',
            enum: ['chat_chunk', 'tool_call', 'chat_discard', 'chat_complete', 'error'],
            description: 'The `event_type` in it; `tool_call` for all that tools do.',
          },
          data: schemaRef('ChatSocketData'),
          ...ENVELOPE,
        },
        CURSOR,
      ),
      example: {
        type: 'chat_chunk',
        data: {
          event_type: 'chat_chunk',
          timestamp: AT,
          content: '42',
          is_complete: false,
          conversation_id: CONVERSATION,
        },
        timestamp: AT,
        cursor: '6/2',
      },
    },
    pong: {
      summary: 'An answer to what no run answers.',
      payload: object(
        {
          type: { type: 'string', const: 'pong' },
          data: { type: 'object', description: 'What was done: `conversation_id`, `status`, `exhausted`.' },
          ...ENVELOPE,
        },
        CURSOR,
      ),
      example: { type: 'pong', data: {}, timestamp: AT },
    },
  },
  bodies: [ChatDto, CancelChatDto, ResumeDto, AuthDto],
  dtos: [
    describeDto(AuthDto, { api_key: 'A key of this server.' }),
    describeDto(CancelChatDto, {
      conversation_id: 'Missing: what runs over this socket.',
      mode: { description: 'At once, or when the turn under way is over.', default: 'now' },
    }),
    describeDto(ResumeDto, {
      conversation_id: 'The conversation.',
      after: {
        description: 'The last cursor that was given; missing: the start.',
        schema: { type: ['string', 'integer'] },
      },
      run_id: 'Only this run.',
    }),
  ],
  schemas: {
    ChatSocketData: {
      description: 'A ChatFrame, with the ids of where it belongs.',
      anyOf: [
        schemaRef('ChatFrame'),
        object(
          {
            event_type: { type: 'string', const: 'error' },
            error_message: text('For people.'),
            error_code: text('For programs.'),
          },
          { conversation_id: CONVERSATION_ID, run_id: RUN_ID },
          'A message that was refused, or a stream that broke off.',
        ),
      ],
    },
  },
};
