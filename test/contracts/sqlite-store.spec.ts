import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ParleyError } from '../../src/core/kernel/parley-error.js';
import { Connection } from '../../src/stores/sqlite/connection.js';
import { listStatement } from '../../src/stores/sqlite/list-statement.js';
import { migrate, MIGRATIONS } from '../../src/stores/sqlite/migrations.js';
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.js';
import { TYPESCRIPT_WORKER } from '../support/sqlite-worker.js';
import { batch, create, expectRefusal, newRef, readAll, turns } from './conversation-store/samples.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(data_dir = folder): SqliteStore {
  return new SqliteStore({ data_dir, worker: TYPESCRIPT_WORKER });
}

/** A folder whose database held something. */
async function used(facts = 3): Promise<string> {
  const store = open();
  await store.start();
  await create(store, newRef(), facts);
  await store.stop();
  return join(folder, 'parley.db');
}

async function refusalOf(store: SqliteStore): Promise<ParleyError> {
  return store.start().then(
    () => {
      throw new Error('it started');
    },
    (error: ParleyError) => error,
  );
}

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

test('a database of an earlier version is brought up to date, with all that it holds', async () => {
  const ref = newRef();
  const file = join(folder, 'parley.db');
  const store = open();
  await store.start();
  await create(store, ref, 3);
  await store.stop();
  const db = new DatabaseSync(file);
  // As version 3 left it: with a table of tool intents.
  const [table = ''] = /CREATE TABLE tool_intents[^;]*;/.exec(MIGRATIONS[0] ?? '') ?? [];
  db.exec(`${table} INSERT INTO tool_intents VALUES ('t', 'c', 'r', 'i', 1, 'n', 0, NULL); PRAGMA user_version = 3`);
  db.close();
  await store.start();
  expect(await readAll(store, ref)).toHaveLength(3);
  await store.stop();
  const after = new DatabaseSync(file, { readOnly: true });
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length });
  expect(after.prepare(`SELECT name FROM sqlite_master WHERE name LIKE '%intents%'`).all()).toEqual([]);
  after.close();
});

describe('a database that cannot be used is refused, with the file and the next step', () => {
  test('newer schema', async () => {
    const file = await used();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    const error = await refusalOf(open());
    expect(error).toMatchObject({ code: 'storage_unavailable', retryable: false });
    expect(error.message).toBe(
      `${file} has schema 99, newer than this Parley knows (${MIGRATIONS.length}): run the version that wrote it`,
    );
  });

  test('not SQLite at all', async () => {
    const file = join(folder, 'parley.db');
    writeFileSync(file, 'hello '.repeat(2000));
    expect(await refusalOf(open())).toMatchObject({ code: 'storage_corrupt', message: expect.stringContaining(file) });
    expect(statSync(file).size).toBe(12_000);
  });

  test('a database of something else, which stays as it is', async () => {
    const file = join(folder, 'parley.db');
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE songs (name TEXT)');
    db.close();
    const error = await refusalOf(open());
    expect(error).toMatchObject({ code: 'storage_corrupt', message: expect.stringContaining('not a Parley database') });
    expect(readdirSync(folder).toSorted()).toEqual(['lock.db', 'parley.db']);
  });

  test('cut short', async () => {
    const file = await used();
    truncateSync(file, statSync(file).size - 8192);
    expect(await refusalOf(open())).toMatchObject({
      code: 'storage_corrupt',
      message: expect.stringContaining(`${file} is damaged`),
    });
  });

  test('damaged pages', async () => {
    const file = await used(200);
    const before = statSync(file).size;
    for (let page = 2; page < 12; page++) overwrite(file, page * 4096, new Uint8Array(64).fill(0x5a));
    expect(await refusalOf(open())).toMatchObject({
      code: 'storage_corrupt',
      message: expect.stringContaining('backup'),
    });
    expect(statSync(file).size).toBe(before);
  });

  test('missing or empty, though the folder held one', async () => {
    const file = await used();
    truncateSync(file, 0);
    expect(await refusalOf(open())).toMatchObject({
      code: 'storage_corrupt',
      message: expect.stringContaining('missing or empty'),
    });
    rmSync(file);
    expect(await refusalOf(open())).toMatchObject({ code: 'storage_corrupt', message: expect.stringContaining(file) });
    expect(existsSync(file)).toBe(false);
  });

  test('no such folder, or not a folder', async () => {
    const missing = join(folder, 'not', 'here');
    const error = await refusalOf(open(missing));
    expect(error).toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining(`mkdir -p ${missing}`),
    });
    expect(existsSync(missing)).toBe(false);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(await refusalOf(open(file))).toMatchObject({ code: 'storage_unavailable' });
  });

  test('a refused start leaves the folder free, and can be tried again', async () => {
    const missing = join(folder, 'later');
    const store = open(missing);
    await refusalOf(store);
    await store.stop();
    const ready = open();
    await ready.start();
    await ready.stop();
  });
});

describe('one owner', () => {
  test('a second store on the folder is refused until the first one stops', async () => {
    const [first, second] = [open(), open()];
    await first.start();
    const error = await refusalOf(second);
    expect(error).toMatchObject({ code: 'storage_owned', retryable: false });
    expect(error.message).toContain(folder);
    expect(error.message).toContain(`process ${process.pid} `);
    await create(first, newRef(), 1);
    await first.stop();
    expect(readdirSync(folder).toSorted()).toEqual(['lock.db', 'parley.db']);
    await second.start();
    await second.stop();
  });
});

describe('while it runs', () => {
  test('a database locked by another process fails writes in time, and reads go on', async () => {
    const store = open();
    await store.start();
    const ref = newRef();
    await create(store, ref, 1);
    const other = new DatabaseSync(join(folder, 'parley.db'));
    other.exec('BEGIN IMMEDIATE');
    const before = performance.now();
    await expectRefusal(store.log.append(batch(ref, turns(ref, 2, 1))), 'storage_unavailable');
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(await readAll(store, ref)).toHaveLength(1);
    other.close();
    await store.log.append(batch(ref, turns(ref, 2, 1)));
    expect(await readAll(store, ref)).toHaveLength(2);
    await store.stop();
  });

  test('a check that takes too long fails', async () => {
    const store = open();
    await store.start();
    await expectRefusal(store.check(AbortSignal.abort()), 'storage_unavailable');
    await store.stop();
  });

  test('a worker that dies fails what waits and what comes later', async () => {
    const failures: string[] = [];
    const store = failing('throw new Error("boom")', failures);
    await store.start();
    const ref = newRef();
    const waiting = [readAll(store, ref), create(store, ref, 1)];
    for (const call of await Promise.allSettled(waiting)) {
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'storage_unavailable' } });
    }
    await expectRefusal(readAll(store, ref), 'storage_unavailable');
    await expectRefusal(store.check(AbortSignal.timeout(1_000)), 'storage_unavailable');
    expect(failures).toEqual(['storage_unavailable']);
    await store.stop();
  });

  test('a disk that failed is reported once', async () => {
    const failures: string[] = [];
    const error = '{code:"storage_unavailable",message:"m",retryable:false,level:"error",detail:"EIO",fatal:true}';
    const store = failing(
      `if(!m.stop)p.postMessage({replies:m.requests.map(({id})=>({id,error:${error}}))});else p.close()`,
      failures,
    );
    await store.start();
    await expectRefusal(create(store, newRef(), 1), 'storage_unavailable');
    await expectRefusal(create(store, newRef(), 1), 'storage_unavailable');
    expect(failures).toEqual(['storage_unavailable']);
    await store.stop();
  });

  test('a worker that cannot be loaded fails the start', async () => {
    const store = new SqliteStore({ data_dir: folder, worker: { url: new URL('file:///nowhere/worker.js') } });
    expect(await refusalOf(store)).toMatchObject({ code: 'storage_unavailable' });
    await store.stop();
  });
});

/** A store over a worker that opens and then does `onMessage`. */
function failing(onMessage: string, failures: string[]): SqliteStore {
  const source = `import {parentPort as p} from 'node:worker_threads'; p.on('message', (m) => { ${onMessage} }); p.postMessage({opened: true});`;
  return new SqliteStore({
    data_dir: folder,
    worker: { url: new URL(`data:text/javascript,${encodeURIComponent(source)}`) },
    onFailed: (error) => failures.push(error.code),
  });
}

describe('plans', () => {
  test('every list uses its index and needs no sorting', () => {
    const db = new DatabaseSync(':memory:');
    migrate(new Connection(db), 0);
    for (let set = 0; set < 16; set++) {
      const { sql, values } = listStatement({
        tenant: 't',
        limit: 10,
        max_chars: 9,
        status: set & 1 ? 'running' : null,
        kind: set & 2 ? 'chat' : null,
        owner: set & 4 ? 'o' : null,
        before: set & 8 ? { created_at: 1, conversation_id: 'c' } : null,
      });
      const plan = db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...values)
        .map((row) => String(row.detail));
      expect(plan).toHaveLength(2);
      expect(plan[0]).toContain('SEARCH c USING');
      if (set & 8) expect(plan[0]).toContain('(created_at,conversation_id)<(?,?)');
      expect(plan[1]).toContain('SEARCH s USING PRIMARY KEY');
    }
    db.close();
  });
});
