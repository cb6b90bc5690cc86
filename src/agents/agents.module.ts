import { Module } from '@nestjs/common';
import { ParleyConfig } from '../config/parley-config.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { Models } from '../core/ports/models.js';
import { MODELS, STORE, TOOLS } from '../core/ports/tokens.js';
import type { Tools } from '../core/ports/tool.js';
import { StoresModule } from '../stores/stores.module.js';
import { AgentRegistry } from './agent-registry.js';
import { AgentRules } from './agent-rules.js';

/** The agents of the configuration and those made at run time. */
@Module({
  imports: [StoresModule],
  providers: [
    {
      provide: AgentRegistry,
      inject: [ParleyConfig, STORE, MODELS, TOOLS],
      useFactory: (config: ParleyConfig, store: ConversationStore, models: Models, tools: Tools) =>
        new AgentRegistry({
          configured: config.agents,
          records: store.agents,
          rules: new AgentRules({
            models,
            tools,
            ...(config.environment_model === undefined ? {} : { environment_model: config.environment_model }),
          }),
          agents_per_tenant: config.limits.agents_per_key,
        }),
    },
  ],
  exports: [AgentRegistry],
})
export class AgentsModule {}
