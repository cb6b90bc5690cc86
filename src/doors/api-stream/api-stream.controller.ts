import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { StartChat } from '../../conversations/start-chat.js';
import { answerStream } from '../wire/chat-exchange.js';
import { SseStream } from '../wire/sse-response.js';
import { ApiStreamDto } from './api-stream.dto.js';
import { ApiStreamEncoder } from './api-stream.encoder.js';
import { CHAT_LIMITS, type ChatLimits } from '../wire/chat-limits.js';
import { readApiStream } from './read-api-stream.js';

/** One model call for agents that run elsewhere: they have the history and the tools, this server has the models and keys. */
@Access('chat')
@Controller('api/stream')
export class ApiStreamController {
  constructor(
    @Inject(StartChat) private readonly start: StartChat,
    @Inject(CHAT_LIMITS) private readonly limits: ChatLimits,
  ) {}

  @Post()
  @HttpCode(200)
  async stream(
    @CurrentCaller() caller: Caller,
    @Body() body: ApiStreamDto,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const chat = readApiStream(body, this.limits.history_messages);
    const stream = new SseStream(response, new ApiStreamEncoder());
    await answerStream(this.start, chat, { caller, request, response, stream });
  }
}
