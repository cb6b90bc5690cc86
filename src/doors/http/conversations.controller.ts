import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { AwaitEnd } from '../../conversations/await-end.js';
import { CancelRun } from '../../conversations/cancel-run.js';
import { GetConversation } from '../../conversations/conversation-view.js';
import { CreateConversation } from '../../conversations/create-conversation.js';
import { DeleteConversation } from '../../conversations/delete-conversation.js';
import { ListConversations } from '../../conversations/list-conversations.js';
import { preferredWait, repeatKey } from '../wire/request-headers.js';
import { conversationRef } from '../wire/conversation-ref.js';
import { acceptedBody, conversationBody, listedBody, toRequest } from './conversation.mapper.js';
import { CreateConversationDto } from './create-conversation.dto.js';
import { CancelDto, ListQueryDto } from './queries.dto.js';
import { leftSignal } from '../wire/left-signal.js';

type Json = Readonly<Record<string, unknown>>;

/** Conversations of agents with each other. */
@Access('chat')
@Controller('conversations')
export class ConversationsController {
  constructor(
    @Inject(CreateConversation) private readonly create: CreateConversation,
    @Inject(GetConversation) private readonly read: GetConversation,
    @Inject(ListConversations) private readonly list: ListConversations,
    @Inject(CancelRun) private readonly cancelRun: CancelRun,
    @Inject(DeleteConversation) private readonly remove: DeleteConversation,
    @Inject(AwaitEnd) private readonly awaitEnd: AwaitEnd,
  ) {}

  @Post()
  @HttpCode(202)
  async start(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateConversationDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Json> {
    const repeat = repeatKey(request.get('idempotency-key'), request.body);
    const created = await this.create.execute(caller.tenant, toRequest(body), repeat);
    response.set({
      location: `/conversations/${created.conversation_id}`,
      'x-conversation-id': created.conversation_id,
      'x-run-id': created.run_id,
    });
    const wait = preferredWait(request.get('prefer'));
    if (wait === undefined) return acceptedBody(created);
    const gone = leftSignal(response);
    if (!(await this.awaitEnd.execute(created, wait, gone))) return acceptedBody(created);
    response.status(200).set('preference-applied', `wait=${wait}`);
    return conversationBody(await this.read.execute(created));
  }

  @Get()
  async page(@CurrentCaller() caller: Caller, @Query() query: ListQueryDto): Promise<Json> {
    const page = await this.list.execute(caller.tenant, query);
    return { conversations: page.records.map(listedBody), next_cursor: page.next_cursor ?? null };
  }

  @Get(':id')
  async show(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<Json> {
    return conversationBody(await this.read.execute(conversationRef(caller, id)));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  async cancel(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: CancelDto): Promise<Json> {
    const status = await this.cancelRun.execute(conversationRef(caller, id), body.mode ?? 'now');
    return { conversation_id: id, status };
  }

  @Delete(':id')
  @HttpCode(200)
  async delete(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<Json> {
    await this.remove.execute(conversationRef(caller, id));
    return { conversation_id: id, message: 'Conversation deleted' };
  }
}
