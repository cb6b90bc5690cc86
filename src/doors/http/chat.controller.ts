import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { toolRecords, type CollectedRun } from '../../conversations/run-collector.js';
import { StartChat, type StartedChat } from '../../conversations/start-chat.js';
import { toolCallInfo, type ToolCallInfo } from '../wire/chat.projection.js';
import { answerStream, answerWhole } from '../wire/chat-exchange.js';
import { toChatRequest } from '../wire/chat-request.js';
import { SSE_ENCODERS } from '../wire/projections.js';
import { SseStream } from '../wire/sse-response.js';
import { timestamp } from '../wire/timestamp.js';
import { ChatDto } from '../wire/chat.dto.js';
import { PromptDoor } from '../text/prompt-door.js';
import { PromptDto } from '../text/prompt.dto.js';
import { validateBody } from '../wire/validate-body.js';
import { CHAT_LIMITS, type ChatLimits } from '../wire/chat-limits.js';
import { dialectOf } from './stream-dialect.js';

type Json = Readonly<Record<string, unknown>>;

/** Chats with agents: whole answers, and streams, which are told apart from those of prompts. */
@Access('chat')
@Controller('chat')
export class ChatController {
  constructor(
    @Inject(StartChat) private readonly start: StartChat,
    @Inject(CHAT_LIMITS) private readonly limits: ChatLimits,
    @Inject(PromptDoor) private readonly prompts: PromptDoor,
  ) {}

  @Post()
  @HttpCode(200)
  async chat(
    @CurrentCaller() caller: Caller,
    @Body() body: ChatDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Json> {
    const chat = toChatRequest(body, { on_disconnect: 'cancel', ...this.limits });
    const { run, started } = await answerWhole(this.start, chat, { caller, request, response });
    return chatBody(run, started);
  }

  @Post('stream')
  @HttpCode(200)
  async stream(
    @CurrentCaller() caller: Caller,
    @Body() body: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { history_messages } = this.limits;
    if (dialectOf(body) === 'text') {
      await this.prompts.stream(await validateBody(PromptDto, body, '', history_messages), {
        caller,
        request,
        response,
      });
      return;
    }
    const checked = await validateBody(ChatDto, body, '', history_messages);
    const chat = toChatRequest(checked, { on_disconnect: 'cancel', history_messages });
    const stream = new SseStream(response, SSE_ENCODERS.chat);
    await answerStream(this.start, chat, { caller, request, response, stream });
  }
}

function chatBody(run: CollectedRun, { conversation_id }: StartedChat): Json {
  const tool_calls: ToolCallInfo[] = toolRecords(run).map(({ call, ok, result, duration_ms }) =>
    toolCallInfo({
      ...call,
      status: ok ? 'completed' : 'failed',
      ...(ok ? { result } : { error: result }),
      execution_time_ms: duration_ms,
    }),
  );
  return { response: run.text, tool_calls, conversation_id, timestamp: timestamp(run.at), usage: run.usage };
}
