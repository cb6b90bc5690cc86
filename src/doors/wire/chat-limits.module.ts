import { Module } from '@nestjs/common';
import { ParleyConfig } from '../../config/parley-config.js';
import { CHAT_LIMITS, type ChatLimits } from './chat-limits.js';

/** What bodies of chats may hold, for every door of chats. */
@Module({
  providers: [
    {
      provide: CHAT_LIMITS,
      inject: [ParleyConfig],
      useFactory: ({ limits }: ParleyConfig): ChatLimits => ({ history_messages: limits.history_messages }),
    },
  ],
  exports: [CHAT_LIMITS],
})
export class ChatLimitsModule {}
