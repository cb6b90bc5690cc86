import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findModule } from './find-module.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-find-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Installs a package of one module. */
async function install(name: string, manifest: Readonly<Record<string, unknown>>, file: string): Promise<string> {
  const root = join(folder, 'node_modules', name);
  const path = join(root, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(join(root, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...manifest }));
  await writeFile(path, '');
  return pathToFileURL(path).href;
}

describe('findModule', () => {
  it.each([
    ['plain', {}, 'index.js'],
    ['with-main', { main: './lib/main.js' }, 'lib/main.js'],
    ['with-exports', { main: './no.js', exports: './yes.js' }, 'yes.js'],
    ['with-dot', { exports: { '.': './dot.js', './other': './other.js' } }, 'dot.js'],
    ['import-only', { exports: { '.': { types: './t.d.ts', require: './r.cjs', import: './i.mjs' } } }, 'i.mjs'],
    ['nested', { exports: { node: { import: { default: './deep.js' } }, default: './d.js' } }, 'deep.js'],
    ['@scope/name', { exports: { '.': [{ browser: './b.js' }, './fallback.js'] } }, 'fallback.js'],
  ])('finds the entry of %s', async (name, manifest, file) => {
    const url = await install(name, manifest, file);
    expect(findModule(name, [join(tmpdir(), 'nothing'), join(folder, 'some/where')])).toBe(url);
  });

  it('takes files by their absolute path', () => {
    expect(findModule('/a/b c.js', [])).toBe('file:///a/b%20c.js');
  });

  it.each(['fs', 'node:fs', '..', 'a/b', '@a/b/c', '../x', 'data:text/javascript,1', 'https://x.test/a.js', ''])(
    'names no module by %j',
    (name) => {
      expect(() => findModule(name, [folder])).toThrow('must be a path that begins with ./');
    },
  );

  it('refuses a package that is not there, has no module, or leads out of itself', async () => {
    expect(() => findModule('not-installed', [folder])).toThrow(
      `no such package is installed (looked for from ${folder})`,
    );
    await install('empty', { exports: './gone.js' }, 'other.js');
    expect(() => findModule('empty', [folder])).toThrow('has no module ./gone.js');
    await install('outside', { main: '../plain/index.js' }, 'index.js');
    expect(() => findModule('outside', [folder])).toThrow('has no module ../plain/index.js');
  });
});
