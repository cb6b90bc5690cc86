import { Controller, Get } from '@nestjs/common';
import { Access } from '../../auth/access.js';
import { VERSION } from '../../runtime/version.js';

/** What is here. */
@Access('public')
@Controller()
export class RootController {
  @Get()
  root(): Readonly<Record<string, unknown>> {
    return {
      message: 'Parley, the conversation server for LLM agents',
      version: VERSION,
      endpoints: {
        conversations: '/conversations',
        agents: '/agents',
        models: '/models',
        health: '/health',
      },
      documentation: '/docs',
    };
  }
}
