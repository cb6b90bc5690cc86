import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CONTENT_SECURITY_POLICY, PAGES } from './pages.js';
import { StaticFiles } from './static-files.js';

const vendor = (name: string): Promise<Buffer> => readFile(new URL(`vendor/${name}`, import.meta.url));

describe('the files of the pages', () => {
  it('are those that were taken over', async () => {
    const sums = (await vendor('SHA256SUMS')).toString().trim().split('\n');
    expect(sums).toHaveLength(4);
    for (const line of sums) {
      const [sum, name = ''] = line.split(/ +/);
      expect([
        name,
        createHash('sha256')
          .update(await vendor(name))
          .digest('hex'),
      ]).toEqual([name, sum]);
    }
  });

  it('ask no other host', async () => {
    const redoc = (await vendor('redoc.standalone.js')).toString();
    expect(redoc.includes('cdn.redoc')).toBe(false);
    expect(redoc.includes('alt:"redocly logo",onError:()=>t(!1),src:"data:image/svg+xml,')).toBe(true);
  });

  it('are found by their names only', async () => {
    const files = new StaticFiles();
    for (const name of ['../pages.js', 'constructor', '__proto__', 'README.md', 'vendor/favicon.png', '']) {
      expect(await files.find('docs', name)).toBeUndefined();
    }
    expect(await files.find('redoc', 'swagger-ui.css')).toBeUndefined();
    expect((await files.find('docs', 'favicon.png'))?.type).toBe('image/png');
  });

  it('are all that a page names, and nothing in a page is a script', async () => {
    const files = new StaticFiles();
    for (const page of ['docs', 'redoc'] as const) {
      const html = PAGES[page].body.toString();
      const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
      expect(named.length).toBeGreaterThan(0);
      for (const address of named) {
        const [folder, name = ''] = address.split('/');
        expect([address, await files.find(folder === 'docs' ? 'docs' : 'redoc', name)]).not.toEqual([
          address,
          undefined,
        ]);
      }
      expect(html).not.toMatch(/<script(?! src=)|\son\w+=|https?:/);
    }
    expect(CONTENT_SECURITY_POLICY).toContain("script-src 'self';");
  });
});
