// Appends to a SQLite store until it is killed, and prints each acknowledged batch: `<conversation> <last seq>`.
// node --import test/support/worker-loader.mjs writer-child.mjs <data_dir> <prefix> [hold]
import { SqliteStore } from '../../../src/stores/sqlite/sqlite-store.ts';

const [data_dir = '', prefix = '', hold] = process.argv.slice(2);
const worker = {
  url: new URL('../../../src/stores/sqlite/sqlite-worker.ts', import.meta.url),
  execArgv: ['--import', new URL('../../support/worker-loader.mjs', import.meta.url).href],
};
const store = new SqliteStore({ data_dir, worker });
await store.start();
await print('started');
if (hold === undefined) {
  await Promise.all(Array.from({ length: 8 }, (_, index) => write(`${prefix}-${index}`)));
}

async function write(conversation_id) {
  const ref = { tenant: 'alice', conversation_id };
  for (let from = 1; ; from += 3) {
    const list = [0, 1, 2].map((step) => ({
      seq: from + step,
      at: from,
      conversation_id,
      body: { type: 'warning', code: 'c', detail: 'x'.repeat((from * 37) % 3000) },
    }));
    await store.log.append({
      ref,
      expected_seq: from,
      facts: list,
      summary: { status: 'running', turn_count: 0, updated_at: from },
      ...(from === 1 ? { create: { kind: 'chat', created_at: 1, settings: {} } } : {}),
    });
    await print(`${conversation_id} ${from + 2}`);
  }
}

/** Resolves when the line is out of this process. */
function print(line) {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, resolve));
}
