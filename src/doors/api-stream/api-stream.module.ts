import { Module } from '@nestjs/common';
import { ParleyConfig } from '../../config/parley-config.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { ApiStreamController } from './api-stream.controller.js';
import { CHAT_LIMITS, type ChatLimits } from '../wire/chat-limits.js';

/** The door of agent frameworks' proxy clients. */
@Module({
  imports: [ConversationsModule],
  controllers: [ApiStreamController],
  providers: [
    {
      provide: CHAT_LIMITS,
      inject: [ParleyConfig],
      useFactory: ({ limits }: ParleyConfig): ChatLimits => ({ history_messages: limits.history_messages }),
    },
  ],
})
export class ApiStreamModule {}
