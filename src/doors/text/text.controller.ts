import { Body, Controller, Get, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { PromptDto, PromptQueryDto } from './prompt.dto.js';
import { PromptDoor } from './prompt-door.js';
import { fromQuery } from './prompt-request.js';

type Json = Readonly<Record<string, unknown>>;

/** Answers that came with a key in their address: nobody keeps or passes on that address. */
const PRIVATE = { 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' } as const;

/** Prompts as the LLM server takes them; by GET for browsers. POST /chat/stream is told apart by `ChatController`. */
@Access('chat')
@Controller()
export class TextController {
  constructor(@Inject(PromptDoor) private readonly door: PromptDoor) {}

  @Post('chat/blocking')
  @HttpCode(200)
  async answer(
    @CurrentCaller() caller: Caller,
    @Body() body: PromptDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Json> {
    return this.door.answer(body, { caller, request, response });
  }

  @Get('chat/blocking')
  async answerQuery(
    @CurrentCaller() caller: Caller,
    @Query() query: PromptQueryDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Json | undefined> {
    response.set(PRIVATE);
    return isHead(request) ? undefined : this.door.answer(fromQuery(query), { caller, request, response });
  }

  @Get('chat/stream')
  async streamQuery(
    @CurrentCaller() caller: Caller,
    @Query() query: PromptQueryDto,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    response.set(PRIVATE);
    if (isHead(request)) response.type('text/plain').end();
    else await this.door.stream(fromQuery(query), { caller, request, response });
  }

  @Get('ping')
  ping(@Res({ passthrough: true }) response: Response): Json {
    response.set(PRIVATE);
    return { status: 'ok' };
  }
}

/** Who asks for the head alone pays for no answer. */
function isHead({ method }: Request): boolean {
  return method === 'HEAD';
}
