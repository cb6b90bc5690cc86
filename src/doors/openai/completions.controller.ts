import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { runError } from '../../conversations/run-error.js';
import { StartChat, type ChatRequest } from '../../conversations/start-chat.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { Models } from '../../core/ports/models.js';
import { MODELS } from '../../core/ports/tokens.js';
import { CHAT_LIMITS, type ChatLimits } from '../wire/chat-limits.js';
import { answerStream, answerWhole, type Exchange } from '../wire/chat-exchange.js';
import { SseStream } from '../wire/sse-response.js';
import { validateLenient } from '../wire/validate-body.js';
import { completionBody, completionHead } from './completion-body.js';
import { CompletionEncoder } from './completion-encoder.js';
import { toCompletionRequest } from './completion-request.js';
import { CompletionDto } from './completion.dto.js';
import { unknownModel } from './unknown-model.js';

/** OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat), over the same log as every door. */
@Access('chat')
@Controller('v1/chat/completions')
export class CompletionsController {
  constructor(
    @Inject(StartChat) private readonly start: StartChat,
    @Inject(CHAT_LIMITS) private readonly limits: ChatLimits,
    @Inject(MODELS) readonly models: Models,
    @Inject(AgentRegistry) readonly agents: AgentRegistry,
  ) {}

  @Post()
  @HttpCode(200)
  async complete(
    @CurrentCaller() caller: Caller,
    @Body() raw: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { history_messages } = this.limits;
    const body = await validateLenient(CompletionDto, raw, history_messages);
    const chat = toCompletionRequest(body, { ...(raw as object) }, history_messages);
    const asked = { body, chat, exchange: { caller, request, response } };
    try {
      if (body.stream === true) await this.#stream(asked);
      else await this.#whole(asked);
    } catch (error) {
      throw isUnknownName(error, chat) ? await unknownModel(this, caller.tenant, body.model) : error;
    }
  }

  async #whole({ body, chat, exchange }: Asked): Promise<void> {
    const { run, started } = await answerWhole(this.start, chat, exchange);
    exchange.response.json(completionBody(run, completionHead(started.run_id, body.model, run.at), offered(body)));
  }

  /** The head waits for the first word of the model, so that a failure before it has its status. */
  async #stream({ body, chat, exchange }: Asked): Promise<void> {
    const encoder = new CompletionEncoder({
      model: body.model,
      include_usage: body.stream_options?.include_usage ?? false,
      offered: offered(body),
    });
    const stream = new SseStream(exchange.response, encoder);
    await answerStream(this.start, chat, { ...exchange, stream, late: true });
    if (!exchange.response.headersSent && encoder.failure !== undefined) throw runError(encoder.failure);
  }
}

interface Asked {
  readonly body: CompletionDto;
  readonly chat: ChatRequest;
  readonly exchange: Exchange;
}

/** A model or agent that is not there is 404 here; what an agent is asked to use is its own affair. */
function isUnknownName(error: unknown, { bare }: ChatRequest): boolean {
  if (!(error instanceof ParleyError)) return false;
  return bare === true ? error.problems.some(({ pointer }) => pointer === '/model') : error.code === 'not_found';
}

/** Names of the tools that the caller runs. */
function offered({ tools }: CompletionDto): ReadonlySet<string> {
  return new Set((tools ?? []).map((tool) => tool.function.name));
}
