import { mkdir } from 'node:fs/promises';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ParleyConfig } from '../config/parley-config.js';
import { STORE } from '../core/ports/tokens.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import { createStore } from './open-store.js';

/** The configured store: open before anything uses it, closed after everything else. */
@Module({
  providers: [
    {
      provide: STORE,
      inject: [ParleyConfig],
      useFactory: async (config: ParleyConfig): Promise<ConversationStore> => {
        if (config.storage.type !== 'memory') await mkdir(config.data_dir, { recursive: true, mode: 0o700 });
        const store = createStore({ type: config.storage.type, data_dir: config.data_dir });
        await store.start();
        return store;
      },
    },
  ],
  exports: [STORE],
})
export class StoresModule implements OnApplicationShutdown {
  constructor(@Inject(STORE) private readonly store: ConversationStore) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store.stop();
  }
}
