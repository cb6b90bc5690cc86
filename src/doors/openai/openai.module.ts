import { Module } from '@nestjs/common';
import { ParleyConfig } from '../../config/parley-config.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { CHAT_LIMITS, type ChatLimits } from '../wire/chat-limits.js';
import { CompletionsController } from './completions.controller.js';
import { ModelListController } from './model-list.controller.js';

/** The door for OpenAI's clients. */
@Module({
  imports: [ConversationsModule],
  controllers: [CompletionsController, ModelListController],
  providers: [
    {
      provide: CHAT_LIMITS,
      inject: [ParleyConfig],
      useFactory: ({ limits }: ParleyConfig): ChatLimits => ({ history_messages: limits.history_messages }),
    },
  ],
})
export class OpenAiModule {}
