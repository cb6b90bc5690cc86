import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own for one test. */
export interface SmallDisk {
  readonly path: string;
  readonly remount: (options: string) => void;
  readonly remove: () => void;
}

/** Mounts a tmpfs of some KiB, or says why it cannot: only root may. */
export function mountSmallDisk(kib: number): SmallDisk | string {
  const path = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  const reason = mount(['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', path]);
  if (reason !== undefined) {
    rmdirSync(path);
    return `no tmpfs can be mounted here: ${reason}`;
  }
  return {
    path,
    remount: (options) => void mount(['-o', `remount,${options}`, path]),
    remove: () => {
      spawnSync('umount', [path]);
      rmdirSync(path);
    },
  };
}

function mount(args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}
