import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { SseStreams } from '../wire/sse-response.js';
import { ConversationsController } from './conversations.controller.js';
import { EventsController } from './events.controller.js';
import { ModelsController } from './models.controller.js';
import { RootController } from './root.controller.js';

/** REST and server-sent events. */
@Module({
  imports: [ConversationsModule],
  controllers: [RootController, ConversationsController, EventsController, ModelsController],
  providers: [SseStreams],
  exports: [SseStreams],
})
export class HttpModule {}
