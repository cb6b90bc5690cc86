import { describe, expect, it } from '@jest/globals';
import { ManualClock, settle } from '../../test/runs/fakes.js';
import type { ApiKey, KeySource } from '../core/ports/key-source.js';
import { createLogger } from '../telemetry/logger.js';
import { Authenticator } from './authenticator.js';
import { KeyRing } from './key-ring.js';

const REFRESH_MS = 60_000;

/** A source whose keys are a test's to set; `undefined`: it cannot be read. */
class SettableSource implements KeySource {
  loads = 0;

  constructor(
    readonly name: string,
    public keys: readonly ApiKey[] | undefined,
    readonly refresh_ms: number = REFRESH_MS,
  ) {}

  async load(): Promise<readonly ApiKey[]> {
    this.loads++;
    if (this.keys === undefined) throw new Error('it cannot be read');
    return this.keys;
  }
}

interface Given {
  readonly clock: ManualClock;
  readonly valid: (key: string) => boolean;
  readonly refresh: () => Promise<void>;
}

async function given(...sources: readonly KeySource[]): Promise<Given> {
  const clock = new ManualClock();
  const authenticator = new Authenticator({ clock, open: false, allow_anonymous: false });
  const ring = new KeyRing({ sources, authenticator, clock, logger: createLogger({ level: 'silent' }) });
  await ring.start();
  return {
    clock,
    valid(key) {
      try {
        return authenticator.authenticate(key).key_id !== undefined;
      } catch {
        return false;
      }
    },
    async refresh() {
      clock.advance(REFRESH_MS);
      await settle();
    },
  };
}

describe('keys of a source', () => {
  it('change with it, within the time it is asked again', async () => {
    const source = new SettableSource('a', [{ name: 'ann', key: 'first' }]);
    const { clock, refresh, valid } = await given(source);
    source.keys = [{ name: 'ann', key: 'second' }];
    clock.advance(REFRESH_MS * 0.89);
    await settle();
    expect([source.loads, valid('first'), valid('second')]).toEqual([1, true, false]);
    await refresh();
    expect([valid('first'), valid('second')]).toEqual([false, true]);
  });

  it('stay while it cannot be read', async () => {
    const source = new SettableSource('a', [{ name: 'ann', key: 'first' }]);
    const { refresh, valid } = await given(source);
    source.keys = undefined;
    await refresh();
    expect([source.loads, valid('first')]).toEqual([2, true]);
    source.keys = [];
    await refresh();
    expect(valid('first')).toBe(false);
  });

  it("that clash with another source's bring nothing new in; what was taken away is gone all the same", async () => {
    const other = new SettableSource('b', [{ name: 'bob', key: 'of bob' }]);
    const source = new SettableSource('a', [
      { name: 'ann', key: 'kept' },
      { name: 'ann', key: 'revoked' },
    ]);
    const { refresh, valid } = await given(other, source);
    source.keys = [
      { name: 'ann', key: 'kept' },
      { name: 'ann', key: 'new' },
      { name: 'bob', key: 'stolen name' },
    ];
    await refresh();
    const keys = ['kept', 'revoked', 'new', 'stolen name', 'of bob'];
    expect(keys.map(valid)).toEqual([true, false, false, false, true]);
    source.keys = [{ name: 'ann', key: 'new' }];
    await refresh();
    expect(keys.map(valid)).toEqual([false, false, true, false, true]);
  });

  it('that were given no name may be in several', async () => {
    const { valid } = await given(
      new SettableSource('a', [{ name: 'default', key: 'first' }]),
      new SettableSource('b', [{ name: 'default', key: 'second' }]),
    );
    expect([valid('first'), valid('second')]).toEqual([true, true]);
  });
});
