import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { CreateSession } from '../../conversations/create-session.js';
import { sessionIdOf } from '../../core/kernel/ids.js';
import { SCHEMA_PROBLEM } from '../../core/ports/tokens.js';
import type { SchemaProblem } from '../../core/ports/tool.js';
import { validateBody } from '../wire/validate-body.js';
import { CreateSessionDto } from './client-tool.dto.js';
import { readTools } from './client-tools.js';

/** Sessions of clients that run their own tools. */
@Access('chat')
@Controller('create_session')
export class SessionsController {
  constructor(
    @Inject(CreateSession) private readonly createSession: CreateSession,
    @Inject(SCHEMA_PROBLEM) private readonly schemaProblem: SchemaProblem,
  ) {}

  /** `null` is as good as no body. */
  @Post()
  @HttpCode(200)
  async create(@CurrentCaller() caller: Caller, @Body() body: unknown): Promise<Readonly<Record<string, string>>> {
    const { tools } = await validateBody(CreateSessionDto, body ?? {});
    const read = readTools(tools ?? [], '/tools', this.schemaProblem);
    const { conversation_id } = await this.createSession.execute(caller.tenant, read.tools);
    return { session_id: sessionIdOf(conversation_id), conversation_id };
  }
}
