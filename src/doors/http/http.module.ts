import { Module } from '@nestjs/common';
import { AgentsModule } from '../../agents/agents.module.js';
import { ParleyConfig } from '../../config/parley-config.js';
import { redactConfig } from '../../config/redact-config.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { EVALUATOR_TYPES } from '../../core/ports/tokens.js';
import { AgentsController } from './agents.controller.js';
import { ChatController } from './chat.controller.js';
import { ChatLimitsModule } from '../wire/chat-limits.module.js';
import { ConversationsController } from './conversations.controller.js';
import { EventsController } from './events.controller.js';
import { MessagesController } from './messages.controller.js';
import { ModelsController } from './models.controller.js';
import { RootController } from './root.controller.js';
import { SERVER_FACTS, type ServerFacts } from './server-facts.js';
import { TextModule } from '../text/text.module.js';
import { ServerController } from './server.controller.js';

/** REST and server-sent events. */
@Module({
  imports: [ConversationsModule, ChatLimitsModule, AgentsModule, TextModule],
  controllers: [
    RootController,
    ConversationsController,
    ChatController,
    MessagesController,
    EventsController,
    AgentsController,
    ModelsController,
    ServerController,
  ],
  providers: [
    {
      provide: SERVER_FACTS,
      inject: [ParleyConfig, EVALUATOR_TYPES],
      useFactory: (config: ParleyConfig, evaluator_types: readonly string[]): ServerFacts => {
        const shown = redactConfig(config);
        const evaluators = (shown['evaluators'] ?? []) as ServerFacts['evaluators'];
        return { config: shown, evaluator_types, evaluators };
      },
    },
  ],
})
export class HttpModule {}
