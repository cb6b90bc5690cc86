import { Controller, Get, Inject, Param } from '@nestjs/common';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { Models } from '../../core/ports/models.js';
import { MODELS } from '../../core/ports/tokens.js';
import { AGENT_PREFIX } from './completion-request.js';

type Json = Readonly<Record<string, unknown>>;

/** Models and agents as OpenAI lists models (https://platform.openai.com/docs/api-reference/models). */
@Access('chat')
@Controller('v1/models')
export class ModelListController {
  constructor(
    @Inject(MODELS) private readonly models: Models,
    @Inject(AgentRegistry) private readonly agents: AgentRegistry,
  ) {}

  @Get()
  async list(@CurrentCaller() caller: Caller): Promise<Json> {
    const agents = await this.agents.keys(caller.tenant);
    const names = [...this.models.names(), ...agents.map((key) => `${AGENT_PREFIX}${key}`)];
    return { object: 'list', data: names.map(modelBody) };
  }

  @Get('agent/:key')
  async agent(@CurrentCaller() caller: Caller, @Param('key') key: string): Promise<Json> {
    if ((await this.agents.find(caller.tenant, key)) === undefined) throw unknown(`${AGENT_PREFIX}${key}`);
    return modelBody(`${AGENT_PREFIX}${key}`);
  }

  @Get(':model')
  show(@Param('model') id: string): Json {
    if (this.models.get(id) === undefined) throw unknown(id);
    return modelBody(id);
  }
}

/** When it was made is not known: OpenAI's clients want a number. */
function modelBody(id: string): Json {
  return { id, object: 'model', created: 0, owned_by: 'parley' };
}

function unknown(id: string): ParleyError {
  const message = `the model "${id}" is not known`;
  return new ParleyError('not_found', message, { problems: [{ pointer: '/model', message }] });
}
