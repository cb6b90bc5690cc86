import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Access } from '../../auth/access.js';
import { TOOLS } from '../../core/ports/tokens.js';
import type { Tools } from '../../core/ports/tool.js';
import { answerRpc, isInvalidCall, METHOD_NOT_FOUND } from '../wire/json-rpc.js';
import { toolList } from './tool-list.js';

/** JSON-RPC 2.0 over HTTP: what can be asked without a session. */
@Access('chat')
@Controller('rpc')
export class RpcController {
  constructor(@Inject(TOOLS) private readonly tools: Tools) {}

  @Post()
  async call(@Body() body: unknown, @Res() response: Response): Promise<void> {
    const answer = await answerRpc(body, ({ method }) =>
      method === 'tool_list' ? { result: { tools: toolList(this.tools) } } : METHOD_NOT_FOUND,
    );
    if (answer === undefined) response.status(204).end();
    else
      response
        .status(isInvalidCall(answer) ? 400 : 200)
        .type('application/json')
        .send(answer);
  }
}
