import type { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import { MemoryStore } from './memory/memory-store.js';
import { SqliteStore } from './sqlite/sqlite-store.js';
import type { WorkerSource } from './sqlite/worker-client.js';

export type StorageType = 'sqlite' | 'memory';

/** The `storage:` section of the configuration, as far as a store sees it. */
export interface StorageSection {
  readonly type: StorageType;
  readonly data_dir: string;
}

/** What the process, not the configuration, decides. */
export interface StoreHooks {
  /** Nothing can be written any more: the process should end with code 1 and be started again. */
  readonly onFailed?: (error: ParleyError) => void;
  /** Tests run the worker from its TypeScript source. */
  readonly worker?: WorkerSource;
}

type StoreFactory = (section: StorageSection, hooks: StoreHooks) => ConversationStore;

const STORES = {
  sqlite: (section, hooks) => new SqliteStore({ data_dir: section.data_dir, ...hooks }),
  memory: () => new MemoryStore(),
} satisfies Record<StorageType, StoreFactory>;

/** Builds the configured store; it is opened by its `start()`. */
export function createStore(section: StorageSection, hooks: StoreHooks = {}): ConversationStore {
  return STORES[section.type](section, hooks);
}
