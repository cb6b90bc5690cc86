// Declarations of what the package exports: of the entries and of every source that a declaration of theirs imports.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isolatedDeclarationSync } from 'oxc-transform';

const IMPORT = /(?:from|import\()\s*["'](\.{1,2}\/[^"']+)\.js["']/g;

/**
 * @param {string} source folder of the sources
 * @param {readonly string[]} entries paths in it
 * @returns {Map<string, string>} texts by path in the folder, `.d.ts`
 */
export function declarations(source, entries) {
  const texts = new Map();
  const open = entries.map((entry) => join(source, entry));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const target = relative(source, file).replace(/\.ts$/, '.d.ts');
    if (texts.has(target)) continue;
    const { code, errors } = isolatedDeclarationSync(file, readFileSync(file, 'utf8'), { sourcemap: false });
    if (errors.length > 0) {
      throw new Error(errors.map((error) => `${file}: ${error.message}\n${error.codeframe ?? ''}`).join('\n'));
    }
    texts.set(target, code);
    for (const [, path] of code.matchAll(IMPORT)) {
      const next = join(dirname(file), `${path}.ts`);
      if (existsSync(next)) open.push(next);
    }
  }
  return texts;
}
