import { Controller, Get, Inject } from '@nestjs/common';
import { Access } from '../../auth/access.js';
import { SERVER_FACTS, type ServerFacts } from './server-facts.js';

type Json = Readonly<Record<string, unknown>>;

/** How the server is set up. */
@Controller()
export class ServerController {
  constructor(@Inject(SERVER_FACTS) private readonly facts: ServerFacts) {}

  /** The types of evaluators there are, and those that are configured. */
  @Access('chat')
  @Get('evaluators')
  evaluators(): Json {
    return { types: this.facts.evaluator_types, evaluators: this.facts.evaluators };
  }

  /** The effective configuration, without its secrets. */
  @Access('admin')
  @Get('config')
  config(): Json {
    return this.facts.config;
  }
}
