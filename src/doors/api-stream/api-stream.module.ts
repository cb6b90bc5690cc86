import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { ApiStreamController } from './api-stream.controller.js';
import { ChatLimitsModule } from '../wire/chat-limits.module.js';

/** The door of agent frameworks' proxy clients. */
@Module({
  imports: [ConversationsModule, ChatLimitsModule],
  controllers: [ApiStreamController],
})
export class ApiStreamModule {}
