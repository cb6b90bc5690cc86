import { Module } from '@nestjs/common';
import { ParleyConfig } from '../../config/parley-config.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { PromptDoor } from './prompt-door.js';
import { PROMPT_SETTINGS, type PromptSettings } from './prompt-settings.js';
import { TextController } from './text.controller.js';

/** The doors of the LLM server: prompts, answered as a whole or as text. */
@Module({
  imports: [ConversationsModule],
  controllers: [TextController],
  providers: [
    {
      provide: PROMPT_SETTINGS,
      inject: [ParleyConfig],
      useFactory: ({ system_prompts, improvement_passes, limits }: ParleyConfig): PromptSettings => ({
        system_prompts,
        passes: improvement_passes,
        history_messages: limits.history_messages,
      }),
    },
    PromptDoor,
  ],
  exports: [PromptDoor],
})
export class TextModule {}
