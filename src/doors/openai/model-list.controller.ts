import { Controller, Get, Inject, Param } from '@nestjs/common';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import type { Models } from '../../core/ports/models.js';
import { MODELS } from '../../core/ports/tokens.js';
import { AGENT_PREFIX, modelNames, unknownModel } from './unknown-model.js';

type Json = Readonly<Record<string, unknown>>;

/** Models and agents as OpenAI lists models (https://platform.openai.com/docs/api-reference/models). */
@Access('chat')
@Controller('v1/models')
export class ModelListController {
  constructor(
    @Inject(MODELS) readonly models: Models,
    @Inject(AgentRegistry) readonly agents: AgentRegistry,
  ) {}

  @Get()
  async list(@CurrentCaller() caller: Caller): Promise<Json> {
    return { object: 'list', data: (await modelNames(this, caller.tenant)).map(modelBody) };
  }

  @Get('agent/:key')
  async agent(@CurrentCaller() caller: Caller, @Param('key') key: string): Promise<Json> {
    const id = `${AGENT_PREFIX}${key}`;
    if ((await this.agents.find(caller.tenant, key)) === undefined) throw await unknownModel(this, caller.tenant, id);
    return modelBody(id);
  }

  @Get(':model')
  async show(@CurrentCaller() caller: Caller, @Param('model') id: string): Promise<Json> {
    if (this.models.get(id) === undefined) throw await unknownModel(this, caller.tenant, id);
    return modelBody(id);
  }
}

/** When it was made is not known: OpenAI's clients want a number. */
function modelBody(id: string): Json {
  return { id, object: 'model', created: 0, owned_by: 'parley' };
}
