import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../server.js';
import { findSecrets } from './find-secrets.js';
import { CANARIES, RECORD, secretsOf } from './record.js';
import { cleanFolder, scanFolder } from './scan-folder.js';

const SECRET = 'canary-of-the-scan/+="\u00e9 end';

describe('a secret', () => {
  it.each([
    ['as it is', SECRET],
    ['as JSON', JSON.stringify({ a: SECRET })],
    ['as JSON in JSON', JSON.stringify({ a: JSON.stringify({ b: 'canary-of-the-scan' }) }), 'canary-of-the-scan'],
    ['in a URL', `https://x/?a=${encodeURIComponent(SECRET)}`],
    ['in a form', new URLSearchParams({ a: SECRET }).toString()],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['as a basic credential', Buffer.from(`u:${SECRET}`).toString('base64')],
    ['in base64 after two bytes', Buffer.from(`${SECRET}--${SECRET}:`).toString('base64').slice(3)],
    ['in base64url', Buffer.from(`{"${SECRET}"}`).toString('base64url')],
    ['in hex', Buffer.from(SECRET).toString('hex')],
    ['between colour codes', SECRET.replaceAll('a', '\u001b[31ma\u001b[0m')],
  ])('is found %s', (_way, text, secret = SECRET) => {
    expect(findSecrets(Buffer.from(`before ${text} after`), [secret])).not.toEqual([]);
  });

  it('is not found where it is not, and is not shown where it is', () => {
    expect(findSecrets(Buffer.from('canary-of-the-other-scan'), [SECRET])).toEqual([]);
    expect(findSecrets(Buffer.from('xcanary-of-the-scany'), ['canary-of-the-scan'])).toEqual([
      { form: 'raw', around: '"x***y"' },
    ]);
  });

  it('is known from what a server was given', () => {
    const config =
      'auth: {keys: [{name: a, key: "in-the-file"}, {name: b, key: short}]}\nmodels: {m: {api_key: "${NAMED}", x: 1}}\nserver: {api_key: CHAT_SERVER_API_KEY}\n';
    const env = { PARLEY_API_KEYS: 'a:first-of-two,second-of-two', OPENAI_API_KEY: 'a-provider-key', PATH: '/usr/bin' };
    expect(secretsOf({ config, env })).toEqual(['in-the-file', 'first-of-two', 'second-of-two', 'a-provider-key']);
  });
});

describe('the scan', () => {
  async function recorded(secret: string): Promise<{ readonly folder: string; readonly data: string }> {
    const [folder, data] = [await temporaryFolder(), await temporaryFolder()];
    const record = join(folder, '77-a');
    mkdirSync(record);
    writeFileSync(join(folder, `${CANARIES}77.jsonl`), `${JSON.stringify('canary-of-a-suite')}\n`);
    writeFileSync(join(record, RECORD.secrets), `${JSON.stringify(secret)}\n`);
    writeFileSync(join(record, RECORD.places), `${JSON.stringify(data)}\n`);
    return { folder, data };
  }

  it.each([RECORD.output, RECORD.answers, 'log-parley.log'])('looks into %s', async (file) => {
    const { folder } = await recorded(SECRET);
    writeFileSync(join(folder, '77-a', file), `it was ${SECRET}`);
    expect(scanFolder(folder)).toMatchObject({ servers: 1, secrets: 2, findings: [{ form: 'raw' }] });
  });

  it('looks into the data where it is, for the canaries of the suite too, and takes it away', async () => {
    const { folder, data } = await recorded(SECRET);
    writeFileSync(join(data, 'parley.db'), Buffer.from([0, 1, ...Buffer.from('canary-of-a-suite'), 2]));
    expect(scanFolder(folder).findings).toHaveLength(1);
    cleanFolder(folder);
    expect([scanFolder(folder).servers, scanFolder(data).servers]).toEqual([0, 0]);
  });

  it('finds nothing where there is nothing', async () => {
    const { folder, data } = await recorded(SECRET);
    writeFileSync(join(data, 'parley.db'), 'harmless');
    expect(scanFolder(folder).findings).toEqual([]);
  });
});
