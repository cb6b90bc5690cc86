import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Res } from '@nestjs/common';
import type { Response } from 'express';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import type { AgentSpec } from '../../core/agent/agent-spec.js';
import { agentBody, toAgentSpec } from './agent.mapper.js';
import { AgentDto } from './agents.dto.js';

type Json = Readonly<Record<string, unknown>>;

/** The agents that answer chats: the operator's, and those that a key made for itself. */
@Access('chat')
@Controller('agents')
export class AgentsController {
  constructor(@Inject(AgentRegistry) private readonly agents: AgentRegistry) {}

  @Get()
  async list(@CurrentCaller() caller: Caller): Promise<Json> {
    const agents = await this.agents.keys(caller.tenant);
    return { agents, count: agents.length };
  }

  @Get(':key')
  async show(@CurrentCaller() caller: Caller, @Param('key') key: string): Promise<Json> {
    const agent = await this.agents.find(caller.tenant, key);
    if (agent === undefined) throw await this.agents.unknown(caller.tenant, key);
    return this.#body(agent, caller);
  }

  @Post(':key')
  async create(
    @CurrentCaller() caller: Caller,
    @Param('key') key: string,
    @Body() body: AgentDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Json> {
    const agent = toAgentSpec(key, body);
    await this.agents.create(caller.tenant, agent);
    response.set('location', `/agents/${key}`);
    return { message: `Agent '${key}' created successfully`, ...this.#body(agent, caller) };
  }

  @Put(':key')
  async replace(@CurrentCaller() caller: Caller, @Param('key') key: string, @Body() body: AgentDto): Promise<Json> {
    const agent = toAgentSpec(key, body);
    await this.agents.replace(caller.tenant, agent);
    return { message: `Agent '${key}' replaced`, ...this.#body(agent, caller) };
  }

  @Delete(':key')
  @HttpCode(200)
  async remove(@CurrentCaller() caller: Caller, @Param('key') key: string): Promise<Json> {
    await this.agents.remove(caller.tenant, key);
    return { message: `Agent '${key}' deleted`, key };
  }

  #body(agent: AgentSpec, caller: Caller): Json {
    return agentBody(agent, {
      tools_count: this.agents.toolsOf(agent).length,
      read_only: this.agents.isConfigured(agent.key),
      is_admin: caller.scopes.includes('admin'),
    });
  }
}
