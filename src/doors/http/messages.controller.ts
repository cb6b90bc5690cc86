import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { GetConversation } from '../../conversations/conversation-view.js';
import { GiveInput } from '../../conversations/give-input.js';
import { ListMessages, type ListedMessage } from '../../conversations/list-messages.js';
import { ReadEvents } from '../../conversations/read-events.js';
import { conversationRef } from '../wire/conversation-ref.js';
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
    @Inject(GiveInput) private readonly give: GiveInput,
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

  @Post('messages')
  @HttpCode(200)
  async say(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: InputDto): Promise<Json> {
    const given = await this.give.execute(conversationRef(caller, id), {
      agent: body.agent ?? undefined,
      action_type: body.action_type ?? undefined,
      argument: body.argument ?? undefined,
      to: body.to ?? undefined,
      message: body.message ?? undefined,
    });
    return { conversation_id: id, status: 'accepted', ...given };
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
        response
          .set('content-disposition', name('md'))
          .type('text/markdown; charset=utf-8')
          .send(await exportMarkdown(source));
        return;
      default:
        response.set('content-disposition', name('json')).json(await exportJson(source));
    }
  }
}

/** A message as it is listed. */
export function messageBody(message: ListedMessage): Json {
  return { ...message, at: timestamp(message.at) };
}
