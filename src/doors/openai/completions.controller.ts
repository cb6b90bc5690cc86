import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { RunCollector } from '../../conversations/run-collector.js';
import { runError } from '../../conversations/run-error.js';
import { StartChat, type ChatOptions, type ChatRequest, type StartedChat } from '../../conversations/start-chat.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { CHAT_LIMITS, type ChatLimits } from '../wire/chat-limits.js';
import { repeatKey } from '../wire/request-headers.js';
import { SseStream } from '../wire/sse-response.js';
import { validateLenient } from '../wire/validate-body.js';
import { completionBody, completionHead } from './completion-body.js';
import { CompletionEncoder } from './completion-encoder.js';
import { toCompletionRequest } from './completion-request.js';
import { CompletionDto } from './completion.dto.js';

/** OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat), over the same log as every door. */
@Access('chat')
@Controller('v1/chat/completions')
export class CompletionsController {
  constructor(
    @Inject(StartChat) private readonly start: StartChat,
    @Inject(CHAT_LIMITS) private readonly limits: ChatLimits,
  ) {}

  @Post()
  @HttpCode(200)
  async complete(
    @CurrentCaller() caller: Caller,
    @Body() raw: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const body = await validateLenient(CompletionDto, raw);
    const chat = toCompletionRequest(body, { ...(raw as object) }, this.limits.history_messages);
    const options = {
      route: 'POST /v1/chat/completions',
      repeat: repeatKey(request.get('idempotency-key'), raw),
    };
    if (body.stream === true) await this.#stream(caller, { body, chat, options }, response);
    else await this.#whole(caller, { body, chat, options }, response);
  }

  async #whole(caller: Caller, { body, chat, options }: Asked, response: Response): Promise<void> {
    const run = new RunCollector();
    const started = await this.#begin(caller, chat, { ...options, attach: run });
    const leave = (): void => started.watch?.close();
    response.once('close', leave);
    if (response.destroyed) leave();
    response.set(headersOf(started));
    const collected = await run.completed();
    response.json(completionBody(collected, completionHead(started.run_id, body.model, collected.at)));
  }

  /** The head waits for the first word of the model, so that a failure before it has its status. */
  async #stream(caller: Caller, { body, chat, options }: Asked, response: Response): Promise<void> {
    const encoder = new CompletionEncoder({
      model: body.model,
      include_usage: body.stream_options?.include_usage ?? false,
    });
    const stream = new SseStream(response, encoder);
    const started = await this.#begin(caller, chat, { ...options, attach: stream });
    const { watch } = started;
    if (watch === undefined) return;
    await stream.openWithFirstFrame(headersOf(started), watch);
    if (!response.headersSent && encoder.failure !== undefined) throw runError(encoder.failure);
  }

  /** What a model or agent of that name is not is 404 here, and what it cannot take 422. */
  async #begin(caller: Caller, chat: ChatRequest, options: ChatOptions): Promise<StartedChat> {
    try {
      return await this.start.execute(caller.tenant, chat, options);
    } catch (error) {
      if (!(error instanceof ParleyError) || !error.problems.some(({ pointer }) => pointer === '/model')) throw error;
      throw new ParleyError('not_found', error.message, { problems: error.problems });
    }
  }
}

interface Asked {
  readonly body: CompletionDto;
  readonly chat: ChatRequest;
  readonly options: ChatOptions;
}

function headersOf({ conversation_id, run_id }: StartedChat): Readonly<Record<string, string>> {
  return { 'x-conversation-id': conversation_id, 'x-run-id': run_id };
}
