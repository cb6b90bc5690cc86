import { Module } from '@nestjs/common';
import { ParleyConfig } from '../../config/parley-config.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { ApiStreamController } from './api-stream.controller.js';
import { API_STREAM_LIMITS, type ApiStreamLimits } from './api-stream-limits.js';

/** The door of agent frameworks' proxy clients. */
@Module({
  imports: [ConversationsModule],
  controllers: [ApiStreamController],
  providers: [
    {
      provide: API_STREAM_LIMITS,
      inject: [ParleyConfig],
      useFactory: ({ limits }: ParleyConfig): ApiStreamLimits => ({ history_messages: limits.history_messages }),
    },
  ],
})
export class ApiStreamModule {}
