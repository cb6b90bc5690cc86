import type { WorkerSource } from '../../src/stores/sqlite/worker-client.js';

/** Runs the worker of the SQLite store from its TypeScript source: for `SqliteStore` and `createStore` in tests. */
export const TYPESCRIPT_WORKER: WorkerSource = {
  url: new URL('../../src/stores/sqlite/sqlite-worker.ts', import.meta.url),
  execArgv: ['--import', new URL('./worker-loader.mjs', import.meta.url).href],
};
