import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { GetConversation } from '../../conversations/conversation-view.js';
import { ListMessages, type ListedMessage } from '../../conversations/list-messages.js';
import { ReadEvents } from '../../conversations/read-events.js';
import { SendMessage, type MessageRequest } from '../../conversations/send-message.js';
import { conversationRef } from '../wire/conversation-ref.js';
import { repeatKey } from '../wire/request-headers.js';
import { timestamp } from '../wire/timestamp.js';
import { exportJson, exportLines, exportMarkdown } from './export.js';
import { ExportQueryDto, InputDto, MessagesQueryDto } from './messages.dto.js';

type Json = Readonly<Record<string, unknown>>;

/** What was said in a conversation, and what people say to it. */
@Access('chat')
@Controller('conversations/:id')
export class MessagesController {
  constructor(
    @Inject(ListMessages) private readonly list: ListMessages,
    @Inject(SendMessage) private readonly send: SendMessage,
    @Inject(GetConversation) private readonly read: GetConversation,
    @Inject(ReadEvents) private readonly events: ReadEvents,
  ) {}

  @Get('messages')
  async page(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: MessagesQueryDto,
  ): Promise<Json> {
    const page = await this.list.execute(conversationRef(caller, id), query);
    return { messages: page.messages.map(messageBody), next_cursor: page.next_cursor ?? null };
  }

  /** A person's action is taken at once (200); in a chat an answer is begun (202), to be watched on the events. */
  @Post('messages')
  async say(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: InputDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Json> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const sent = await this.send.execute(conversationRef(caller, id), toMessage(body), {
      route: `POST /conversations/${id}/messages`,
      repeat: repeatKey(request.get('idempotency-key'), request.body),
      signal: gone.signal,
    });
    if (sent.kind === 'action') {
      response.status(200);
      return { conversation_id: id, status: 'accepted', ...sent.action };
    }
    const { conversation_id, run_id } = sent.started;
    response.status(202).set({
      location: `/conversations/${conversation_id}/events?run_id=${run_id}`,
      'x-conversation-id': conversation_id,
      'x-run-id': run_id,
    });
    return { conversation_id, run_id, status: 'running' };
  }

  @Get('export')
  async export(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ExportQueryDto,
    @Res() response: Response,
  ): Promise<void> {
    const ref = conversationRef(caller, id);
    const view = await this.read.execute(ref);
    const source = { ref, view, list: this.list, events: this.events };
    const name = (extension: string): string => `attachment; filename="${id}.${extension}"`;
    switch (query.format ?? 'json') {
      case 'jsonl':
        response.set('content-disposition', name('jsonl')).type('application/x-ndjson; charset=utf-8');
        await exportLines(source, response);
        return;
      case 'markdown':
        response.set('content-disposition', name('md')).type('text/markdown; charset=utf-8');
        await exportMarkdown(source, response);
        return;
      default:
        response.set('content-disposition', name('json')).type('application/json; charset=utf-8');
        await exportJson(source, response);
    }
  }
}

/** `null` stands for "not given". */
function toMessage(body: InputDto): MessageRequest {
  return {
    agent: body.agent ?? undefined,
    action_type: body.action_type ?? undefined,
    argument: body.argument ?? undefined,
    to: body.to ?? undefined,
    message: body.message ?? undefined,
    on_disconnect: body.on_disconnect ?? undefined,
    on_busy: body.on_busy ?? undefined,
  };
}

/** A message as it is listed. */
export function messageBody(message: ListedMessage): Json {
  return { ...message, at: timestamp(message.at) };
}
