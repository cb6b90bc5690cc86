import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore } from '../../src/stores/open-store.js';
import { TYPESCRIPT_WORKER } from '../support/sqlite-worker.js';
import { describeConversationStore } from './conversation-store.contract.js';

describeConversationStore(
  'memory',
  async () => ({
    open: () => createStore({ type: 'memory', data_dir: '' }),
    dispose: async () => undefined,
  }),
  { skip: [{ reason: 'memory keeps nothing', tests: ['has everything again after a stop and a start'] }] },
);

describeConversationStore('sqlite', async () => {
  const data_dir = await mkdtemp(join(tmpdir(), 'parley-store-'));
  return {
    open: () => createStore({ type: 'sqlite', data_dir }, { worker: TYPESCRIPT_WORKER }),
    dispose: () => rm(data_dir, { recursive: true }),
  };
});
