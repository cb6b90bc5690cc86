import { EventsQueryDto } from '../../http/queries.dto.js';
import { schemaRef } from '../json-schema.js';
import type { Operation, OperationGroup } from '../operation.js';
import { describeDto } from '../schema-of.js';
import { EVENT_SCHEMAS } from '../schemas/event.schemas.js';
import { CONVERSATION_HEADER, CONVERSATION_SEGMENT, RUN_HEADER } from '../schemas/shared.schemas.js';
import { TEXT_STREAM } from './prompt.operations.js';
import { CANONICAL_FRAMES, CHAT_FRAMES } from './recorded-run.js';
import { NO_STORE } from './error-notes.js';

const toStream = (frames: readonly (readonly [cursor: string, data: object])[]): string =>
  frames.map(([cursor, data]) => `id: ${cursor}\ndata: ${JSON.stringify(data)}\n\n`).join('');

const FIRST_PAGE = [CANONICAL_FRAMES[0][1], CANONICAL_FRAMES[1][1], CANONICAL_FRAMES[2][1]] as const;

const watchEvents: Operation = {
  method: 'get',
  path: '/conversations/{id}/events',
  tag: 'Events',
  access: 'chat',
  summary: 'Stream or read the log of a conversation',
  description:
    'With `Accept: text/event-stream`, and without any, the log as a stream from the cursor on: what is kept first, then ' +
    'live. It ends after the last `run_end` when nothing runs or waits, with `run_id` after that of this run, and with ' +
    '`follow=true` never. With `projection=text` and `Accept: text/plain` it is text without frames. With `Accept: application/json` a page of the log, without pieces of messages.',
  segments: { id: CONVERSATION_SEGMENT },
  headers: {
    'Last-Event-ID': {
      description: 'The cursor to go on from; before the two in the query. Browsers send it when they come back.',
      schema: { type: 'string', maxLength: 2000 },
      example: '4/42',
    },
  },
  query: EventsQueryDto,
  answers: {
    200: {
      description: 'The stream, or the page.',
      headers: {
        'X-Conversation-Id': {
          ...CONVERSATION_HEADER,
          description: 'Of a stream: id of the conversation.',
          sometimes: true,
        },
        'X-Run-Id': {
          ...RUN_HEADER,
          description: 'Of a stream: the run that is asked for, or under way.',
          sometimes: true,
        },
      },
      content: {
        'text/event-stream': {
          schema: {
            type: 'string',
            description:
              'Server-sent events: `data:` is a StreamEvent, or with `projection=chat` a ChatFrame, or with `projection=text` a ' +
              'TextFrame; `id:` is the cursor.',
          },
          frames: { oneOf: [schemaRef('StreamEvent'), schemaRef('ChatFrame'), schemaRef('TextFrame')] },
          examples: {
            canonical: { summary: 'projection=canonical (shortened)', value: toStream(CANONICAL_FRAMES) },
            chat: { summary: 'projection=chat', value: toStream(CHAT_FRAMES) },
          },
        },
        ...TEXT_STREAM,
        'application/json': {
          schema: schemaRef('EventPage'),
          examples: {
            first: { summary: 'limit=3', value: { events: FIRST_PAGE, has_more: true, next_cursor: '3' } },
          },
        },
      },
    },
    204: {
      description: 'The cursor is at the end, and nothing runs: there is no more to come. Browsers do not come back.',
    },
  },
  errors: {
    cursor_malformed: 'The cursor is not one that was given.',
    not_found: 'There is no such conversation or run, or it is another tenant’s.',
    cursor_ahead: 'The cursor is beyond the log.',
    storage_unavailable: NO_STORE,
  },
};

/** The log of a conversation. */
export const EVENTS: OperationGroup = {
  operations: { watchEvents },
  schemas: EVENT_SCHEMAS,
  dtos: [
    describeDto(EventsQueryDto, {
      projection: {
        description:
          'How the stream looks: the log as it is, as the frames of a streaming chat, or as the answer’s text alone.',
        default: 'canonical',
      },
      run_id: 'Only this run; without a cursor from its start.',
      follow: { description: 'Whether the stream stays open when nothing runs any more.', default: 'false' },
      last_event_id: 'As the header, for clients that cannot send it.',
      after: 'The same; reads better for pages.',
      limit: { description: 'Length of a page.', default: 200 },
    }),
  ],
};
