import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { ChatLimitsModule } from '../wire/chat-limits.module.js';
import { CompletionsController } from './completions.controller.js';
import { ModelListController } from './model-list.controller.js';

/** The door for OpenAI's clients. */
@Module({
  imports: [ConversationsModule, ChatLimitsModule],
  controllers: [CompletionsController, ModelListController],
})
export class OpenAiModule {}
