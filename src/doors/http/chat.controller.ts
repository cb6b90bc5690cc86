import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { RunCollector, toolRecords, type CollectedRun } from '../../conversations/run-collector.js';
import { StartChat, type StartedChat } from '../../conversations/start-chat.js';
import { toolCallInfo, type ToolCallInfo } from '../wire/chat.projection.js';
import { toChatRequest } from '../wire/chat-request.js';
import { SSE_ENCODERS } from '../wire/projections.js';
import { repeatKey } from '../wire/request-headers.js';
import { SseStream } from '../wire/sse-response.js';
import { timestamp } from '../wire/timestamp.js';
import { ChatDto } from '../wire/chat.dto.js';
import { PromptDoor } from '../text/prompt-door.js';
import { PromptDto } from '../text/prompt.dto.js';
import { validateBody } from '../wire/validate-body.js';
import { CHAT_LIMITS, type ChatLimits } from '../wire/chat-limits.js';
import { dialectOf } from './stream-dialect.js';
import { leftSignal } from '../wire/left-signal.js';

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
    const run = new RunCollector();
    const gone = leftSignal(response);
    const started = await this.start.execute(caller.tenant, chat, {
      route: 'POST /chat',
      repeat: repeatKey(request.get('idempotency-key'), request.body),
      attach: run,
      signal: gone,
    });
    response.set(headersOf(started));
    const leave = (): void => started.watch?.close();
    if (gone.aborted) leave();
    else gone.addEventListener('abort', leave, { once: true });
    return chatBody(await run.completed(), started);
  }

  @Post('stream')
  @HttpCode(200)
  async stream(
    @CurrentCaller() caller: Caller,
    @Body() body: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (dialectOf(body) === 'text') {
      await this.prompts.stream(await validateBody(PromptDto, body), { caller, request, response });
      return;
    }
    const chat = toChatRequest(await validateBody(ChatDto, body), { on_disconnect: 'cancel', ...this.limits });
    const stream = new SseStream(response, SSE_ENCODERS.chat);
    const gone = leftSignal(response);
    const started = await this.start.execute(caller.tenant, chat, {
      route: 'POST /chat/stream',
      repeat: repeatKey(request.get('idempotency-key'), request.body),
      attach: stream,
      cursor: request.get('last-event-id'),
      signal: gone,
    });
    if (started.watch !== undefined) stream.open(headersOf(started), started.watch);
  }
}

function headersOf({ conversation_id, run_id }: StartedChat): Readonly<Record<string, string>> {
  return { 'x-conversation-id': conversation_id, 'x-run-id': run_id };
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
