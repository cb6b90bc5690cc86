import { describe, expect, it } from '@jest/globals';
import { isKeyName } from '../../src/core/kernel/key-rules.js';
import { ParleyError } from '../../src/core/kernel/parley-error.js';
import type { KeySource } from '../../src/core/ports/key-source.js';

/** A source with its place: where its keys stand, to be changed and broken. */
export interface KeySourceUnderTest {
  readonly source: KeySource;
  /** Replaces what stands in the place by these keys. Absent: it never changes. */
  readonly change?: (keys: readonly { readonly name: string; readonly key: string }[]) => Promise<void>;
  /** Puts something in the place that is no key, with this text in it. Absent: it cannot be broken. */
  readonly break?: (text: string) => Promise<void>;
  readonly remove?: () => Promise<void>;
}

const SECRET = 'canary-of-a-broken-place';

/**
 * The contract of the KeySource port. Every implementation runs it.
 *
 * @param make a source whose place holds the keys `ann: key-of-ann` and `bob: key-of-bob`
 */
export function describeKeySource(name: string, make: () => Promise<KeySourceUnderTest>): void {
  // oxlint-disable-next-line jest/valid-title -- the implementation's name
  describe(name, () => {
    it('has a name for messages, and says how often it is to be asked, if ever', async () => {
      const { source, change } = await make();
      expect(source.name).not.toBe('');
      expect(source.refresh_ms === undefined).toBe(change === undefined);
    });

    it('gives all keys with their names, and the same list while nothing changed', async () => {
      const { source } = await make();
      const keys = await load(source);
      expect(keys.map((key) => `${key.name}:${key.key}`).toSorted()).toEqual(['ann:key-of-ann', 'bob:key-of-bob']);
      expect(keys.every((key) => isKeyName(key.name))).toBe(true);
      const again = await load(source);
      // A source that is asked only once need not remember.
      expect(again).toEqual(keys);
      expect(source.refresh_ms === undefined || again === keys).toBe(true);
    });

    it('gives another list when something changed: what is gone is gone, what is new is there', async () => {
      const { source, change } = await make();
      if (change === undefined) return;
      const before = await load(source);
      await change([
        { name: 'bob', key: 'key-of-bob' },
        { name: 'cleo', key: 'key-of-cleo' },
      ]);
      const after = await load(source);
      expect(after).not.toBe(before);
      expect(after.map(({ name: each }) => each).toSorted()).toEqual(['bob', 'cleo']);
    });

    it('fails at the start when its place is broken or gone, without showing what stands there', async () => {
      for (const spoil of ['break', 'remove'] as const) {
        const { source, [spoil]: act } = await make();
        if (act === undefined) continue;
        await act(SECRET);
        const error: unknown = await load(source).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(ParleyError);
        expect(error).toMatchObject({ code: 'config_invalid' });
        expect(String(error)).not.toContain(SECRET);
      }
    });
  });
}

function load(source: KeySource): ReturnType<KeySource['load']> {
  return source.load(AbortSignal.timeout(20_000));
}
