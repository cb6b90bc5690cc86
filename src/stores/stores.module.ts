import { mkdir } from 'node:fs/promises';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ParleyConfig } from '../config/parley-config.js';
import { STORE } from '../core/ports/tokens.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import { exitOn } from '../runtime/fatal.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { measureStore } from '../telemetry/store-metrics.js';
import { createStore } from './open-store.js';

/** The configured store: open before anything uses it, closed after everything else. */
@Module({
  providers: [
    {
      provide: STORE,
      inject: [ParleyConfig, LOGGER, Metrics],
      useFactory: async (config: ParleyConfig, logger: Logger, metrics: Metrics): Promise<ConversationStore> => {
        if (config.storage.type !== 'memory') await makeFolder(config.data_dir);
        const store = createStore(
          { type: config.storage.type, data_dir: config.data_dir },
          { onFailed: exitOn(logger, 'the storage failed: nothing can be written until the next start') },
        );
        await store.start();
        return measureStore(store, metrics);
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

/**
 * Creates the data folder, but no folder above it: where its parent is missing, a volume is probably not mounted, and a
 * database made in its place would hide the real one. The store then refuses to start and says what to do.
 */
async function makeFolder(folder: string): Promise<void> {
  // Whatever else went wrong, the store names the folder and the next step.
  await mkdir(folder, { mode: 0o700 }).catch(() => undefined);
}
