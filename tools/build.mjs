// Compiles src to dist: into a temporary folder first, then renamed, so that a server that runs from dist keeps its files.
// --if-stale: only when a source is newer than the last build.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from './compile.mjs';
import { declarations } from './declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const dist = join(root, 'dist');
const stamp = join(dist, '.built');
/** What package.json exports, without its folder. */
const entries = ['agent.ts', 'parley.ts', 'plugins.ts', 'server.ts'].map((name) => join('library', name));

const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
  .map((entry) => join(entry.parentPath, entry.name));
const TOOLS = ['tools/compile.mjs', 'tools/declarations.mjs', 'tools/build.mjs', 'package.json'];
// The list of files is part of the stamp: a deleted source makes the build stale too.
const inputs = [...files, ...TOOLS.map((name) => join(root, name))];
const state = JSON.stringify(inputs.map((file) => [relative(root, file), statSync(file).mtimeMs]).toSorted());

if (process.argv.includes('--if-stale') && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) process.exit(0);

const fresh = join(root, `dist.${process.pid}`);
rmSync(fresh, { recursive: true, force: true });
for (const file of files) {
  const target = join(fresh, relative(source, file));
  mkdirSync(dirname(target), { recursive: true });
  if (!file.endsWith('.ts')) {
    cpSync(file, target);
    continue;
  }
  const { code, map } = compile(file, readFileSync(file, 'utf8'));
  const out = target.replace(/\.ts$/, '.js');
  const name = basename(out);
  writeFileSync(out, `${code}\n//# sourceMappingURL=${name}.map\n`);
  writeFileSync(
    `${out}.map`,
    JSON.stringify({ ...map, file: name, sources: [relative(dirname(out).replace(fresh, dist), file)] }),
  );
}
for (const [file, text] of declarations(source, entries)) writeFileSync(join(fresh, file), text);
writeFileSync(join(fresh, '.built'), state);
const old = `${dist}.old.${process.pid}`;
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
