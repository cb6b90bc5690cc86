import { Controller, Get, Inject, Param } from '@nestjs/common';
import { Access } from '../../auth/access.js';
import { MODELS } from '../../core/ports/tokens.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { thereIs } from '../../core/kernel/there-is.js';
import type { Models } from '../../core/ports/models.js';

type Json = Readonly<Record<string, unknown>>;

/** The configured models and how they are, from their own traffic: asking costs nothing upstream. */
@Access('chat')
@Controller('models')
export class ModelsController {
  constructor(@Inject(MODELS) private readonly models: Models) {}

  @Get()
  list(): Json {
    return Object.fromEntries(this.models.names().map((name) => [name, this.#show(name)]));
  }

  @Get(':name')
  show(@Param('name') name: string): Json {
    const body = this.#show(name);
    if (body === undefined) {
      throw new ParleyError('not_found', `there is no model "${name}"; ${thereIs(this.models.names())}`);
    }
    return body;
  }

  #show(name: string): Json | undefined {
    const info = this.models.describe(name);
    const provider = this.models.get(name);
    if (info === undefined || provider === undefined) return undefined;
    return { name: info.upstream_id, type: info.type, ...provider.health(), config: info.config };
  }
}
