import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigKeySource } from '../../src/auth/config-key-source.js';
import { KeyFileSource } from '../../src/auth/key-file/key-file-source.js';
import { AzureVault } from '../../src/auth/key-vault/azure-vault.js';
import { KeyVaultSource } from '../../src/auth/key-vault/key-vault-source.js';
import { SystemClock } from '../../src/runtime/system-clock.js';
import { ManualClock } from '../runs/fakes.js';
import { temporaryFolder } from '../support/server.js';
import { trustedHere, VaultDouble } from '../support/vault/vault-double.js';
import { describeKeySource } from './key-source.contract.js';

describeKeySource('the configuration', async () => ({
  source: new ConfigKeySource([
    { name: 'ann', key: 'key-of-ann' },
    { name: 'bob', key: 'key-of-bob' },
    { name: 'cleo' },
  ]),
}));

describeKeySource('a key file', async () => {
  const path = join(await temporaryFolder(), 'keys');
  const write = (text: string): Promise<void> => writeFile(path, text, { mode: 0o600 });
  await write('ann:key-of-ann\nbob:key-of-bob\n');
  return {
    source: new KeyFileSource({ path, warn: () => undefined }),
    change: (keys) => write(keys.map(({ name, key }) => `${name}:${key}\n`).join('')),
    break: (text) => write(`${text}\n`),
    remove: () => rm(path),
  };
});

describe('a key vault', () => {
  let double: VaultDouble;
  let distrust: () => void;
  let warnings: string[];

  beforeAll(async () => {
    double = await VaultDouble.start();
    distrust = trustedHere(double);
  });

  beforeEach(() => {
    warnings = [];
    double.clear();
    double.set('p-ann', 'key-of-ann');
    double.set('p-bob', '{"key": "key-of-bob"}');
  });

  afterEach(() => double.recover());

  afterAll(async () => {
    distrust();
    await double.stop();
  });

  function source(clock = new ManualClock(Date.now())): KeyVaultSource {
    return new KeyVaultSource({
      vault: new AzureVault({ url: double.url, on_loopback: true }),
      clock,
      warn: (message) => warnings.push(message),
      secrets: [{ secret: 'p-ann', name: 'ann' }],
      prefix: 'p-',
      refresh_seconds: 60,
    });
  }

  const load = (from: KeyVaultSource): ReturnType<KeyVaultSource['load']> => from.load(AbortSignal.timeout(20_000));
  const texts = async (from: KeyVaultSource): Promise<string[]> => (await load(from)).map(({ key }) => key).toSorted();

  describeKeySource('as a source', async () => ({
    source: new KeyVaultSource({
      vault: new AzureVault({ url: double.url, on_loopback: true }),
      clock: new SystemClock(),
      warn: () => undefined,
      secrets: [],
      prefix: 'p-',
      refresh_seconds: 60,
    }),
    async change(keys) {
      double.clear();
      for (const { name, key } of keys) double.set(`p-${name}`, key);
    },
    async break(text) {
      double.set('p-cleo', `{"key": "${text}"`);
    },
    async remove() {
      double.clear();
    },
  }));

  it('P20: the last keys of a secret that cannot be asked for stay for 24 h, and come back with the vault', async () => {
    const clock = new ManualClock(Date.now());
    const from = source(clock);
    expect(await texts(from)).toEqual(['key-of-ann', 'key-of-bob']);
    double.fail({ status: 403 }, /p-ann/);
    clock.advance(23 * 3_600_000);
    expect(await texts(from)).toEqual(['key-of-ann', 'key-of-bob']);
    clock.advance(2 * 3_600_000);
    expect(await texts(from)).toEqual(['key-of-bob']);
    double.fail({ status: 403 });
    clock.advance(25 * 3_600_000);
    expect(await texts(from)).toEqual([]);
    double.recover();
    expect(await texts(from)).toEqual(['key-of-ann', 'key-of-bob']);
    expect(warnings.filter((message) => message.includes('"p-ann"'))).toHaveLength(1);
  });

  it('what is revoked is gone, though another secret cannot be asked for', async () => {
    const from = source();
    const id = double.set('p-bob', 'key-of-bob-2');
    expect(await texts(from)).toEqual(['key-of-ann', 'key-of-bob', 'key-of-bob-2']);
    double.update('p-bob', id, { enabled: false });
    double.fail('reset', /p-ann/);
    expect(await texts(from)).toEqual(['key-of-ann', 'key-of-bob']);
  });

  it('a version is valid within its times, and its key ends with the narrowest of all limits', async () => {
    const clock = new ManualClock(Date.now());
    const now = Math.floor(clock.now() / 1000);
    const from = source(clock);
    await load(from);
    double.set('p-cleo', '{"key": "key-of-cleo", "expires": "2100-01-01"}', { nbf: now + 60, exp: now + 120 });
    expect(await texts(from)).not.toContain('key-of-cleo');
    clock.advance(61_000);
    expect((await load(from)).find(({ key }) => key === 'key-of-cleo')?.expires_at).toBe((now + 120) * 1000);
    clock.advance(60_000);
    expect(await texts(from)).not.toContain('key-of-cleo');
  });

  it('asks for the value of a version once, and follows listings over their pages', async () => {
    const from = source();
    for (const name of ['c', 'd', 'e', 'f']) double.set(`p-${name}`, `key-of-${name}`);
    for (let n = 2; n <= 6; n++) double.set('p-ann', `key-of-ann-${n}`);
    const keys = await texts(from);
    expect(keys).toHaveLength(11);
    const asked = double.requests.length;
    expect(await texts(from)).toEqual(keys);
    expect(double.requests.slice(asked).filter((line) => !/\/secrets(?:\/[^/]+\/versions)? 200$/.test(line))).toEqual(
      [],
    );
  });

  it('a key of two names is that of the first; a key of two versions is there once, with the later end', async () => {
    const from = source();
    await load(from);
    double.set('p-cleo', 'key-of-ann');
    double.set('p-bob', 'key-of-bob', { exp: 4_000_000_000 });
    warnings.length = 0;
    const keys = await load(from);
    expect(keys.map(({ name, key }) => `${name}:${key}`).toSorted()).toEqual(['ann:key-of-ann', 'bob:key-of-bob']);
    expect(keys.find(({ name }) => name === 'bob')).not.toHaveProperty('expires_at');
    expect(warnings).toEqual(['"ann" and "cleo" have the same key in the vault: it is ann\'s']);
  });

  it('a key that can be guessed is told once, without the key', async () => {
    const from = source();
    double.set('p-ann', 'a-key-that-is-long-enough');
    await load(from);
    await load(from);
    const weak = warnings.filter((line) => line.includes('can be guessed'));
    expect(weak).toContainEqual(
      expect.stringMatching(/^the key of "bob" in the vault is shorter than 16 characters, so that/),
    );
    expect(new Set(weak).size).toBe(weak.length);
    expect(weak.join()).not.toMatch(/key-of-/);
  });

  it('a token for somebody else is not asked for: a challenge has to name the domain of the vault', async () => {
    const vault = new AzureVault({ url: double.url, on_loopback: false });
    await expect(vault.names(AbortSignal.timeout(20_000))).rejects.toThrow('a token that is not for a vault');
  });

  it('is given up when its time is over, however long the vault wants to be left alone', async () => {
    double.fail({ status: 429, retryAfter: 600 });
    const late = source().load(AbortSignal.timeout(200));
    await expect(late).rejects.toMatchObject({ code: 'upstream_timeout' });
  });
});
