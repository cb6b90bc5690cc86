import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConversationId } from '../../src/core/kernel/ids.js';
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.js';
import { TYPESCRIPT_WORKER } from '../support/sqlite-worker.js';
import { batch, create, expectRefusal, facts, newRef, readAll, tenant } from './conversation-store/samples.js';
import { mountSmallDisk, type SmallDisk } from './conversation-store/small-disk.js';
import { WriterProcess } from './conversation-store/writer-process.js';

function open(data_dir: string): SqliteStore {
  return new SqliteStore({ data_dir, worker: TYPESCRIPT_WORKER });
}

describe('SIGKILL', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-crash-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('in the middle of appending loses nothing acknowledged and leaves no gap', async () => {
    for (const [round, lines] of [3, 40, 200, 900, 2500].entries()) {
      const writer = new WriterProcess(folder, `conv_${round}`, false);
      await writer.printed(lines);
      await writer.kill();
      const acknowledged = writer.acknowledged();
      expect(acknowledged.size).toBeGreaterThan(0);
      const store = open(folder);
      await store.start();
      for (const [id, seq] of acknowledged) {
        const ref = { tenant: tenant('alice'), conversation_id: id as ConversationId };
        const seqs = (await readAll(store, ref)).map((fact) => fact.seq);
        expect(seqs).toEqual(seqs.map((_, index) => index + 1));
        expect(seqs.length % 3).toBe(0);
        expect(seqs.length).toBeGreaterThanOrEqual(seq);
        expect((await store.catalogue.get(ref))?.head_seq).toBe(seqs.length);
      }
      await store.stop();
    }
  });

  test('of the owner frees the folder at once; until then it is refused with its pid', async () => {
    const owner = new WriterProcess(folder, 'conv', true);
    await owner.printed(1);
    const store = open(folder);
    await expect(store.start()).rejects.toMatchObject({
      code: 'storage_owned',
      message: expect.stringMatching(new RegExp(`${folder} is in use by process ${owner.pid} on `)),
    });
    await owner.kill();
    await store.start();
    await store.stop();
  });
});

const disk = mountSmallDisk(6 * 1024);
if (typeof disk === 'string') {
  // oxlint-disable-next-line jest/no-disabled-tests, jest/expect-expect -- the title says why
  test.skip(`a small disk (not here: ${disk})`, () => undefined);
} else describeSmallDisk(disk);

function describeSmallDisk({ path, remount, remove }: SmallDisk): void {
  describe('a small disk', () => {
    afterEach(() => remove());

    test('that is full fails writes, loses nothing, and works again once there is room', async () => {
      const ballast = join(path, 'ballast');
      writeFileSync(ballast, new Uint8Array(2 * 1024 * 1024));
      let store = open(path);
      await store.start();
      const ref = newRef();
      await create(store, ref, 1);
      let head = 1;
      const append = async (): Promise<void> => {
        const detail = `${head} ${'x'.repeat(50_000)}`;
        await store.log.append(batch(ref, facts(ref, head + 1, [{ type: 'warning', code: 'big', detail }])));
        head += 1;
      };
      const fill = async (): Promise<void> => {
        for (;;) await append();
      };
      await expectRefusal(fill(), 'storage_full');
      await expectRefusal(append(), 'storage_full');
      expect(head).toBeGreaterThan(10);
      expect(await readAll(store, ref)).toHaveLength(head);
      rmSync(ballast);
      for (let more = 0; more < 5; more++) await append();
      await store.check(AbortSignal.timeout(30_000));
      expect(await readAll(store, ref)).toHaveLength(head);
      await expectRefusal(fill(), 'storage_full');
      await store.stop();
      store = open(path);
      await store.start();
      expect(await readAll(store, ref)).toHaveLength(head);
      await store.stop();
      remount('ro');
      const refused = { code: 'storage_unavailable', message: expect.stringContaining(`${path} cannot be written`) };
      await expect(open(path).start()).rejects.toMatchObject(refused);
    });
  });
}
