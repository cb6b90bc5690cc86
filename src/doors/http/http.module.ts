import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { ConversationsController } from './conversations.controller.js';
import { EventsController } from './events.controller.js';
import { MessagesController } from './messages.controller.js';
import { ModelsController } from './models.controller.js';
import { RootController } from './root.controller.js';

/** REST and server-sent events. */
@Module({
  imports: [ConversationsModule],
  controllers: [RootController, ConversationsController, MessagesController, EventsController, ModelsController],
})
export class HttpModule {}
