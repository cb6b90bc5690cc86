import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './read-tree.js';

/** One fault for one rule of `.oxlintrc.json`, each in a file of its own. */
type Fault = readonly [rule: string, file: string, source: string];

const IMPORTS = 'eslint(no-restricted-imports)';
const lines = (count: number): string => '  call();\n'.repeat(count);

const FAULTS: readonly Fault[] = [
  [
    'typescript(no-floating-promises)',
    'src/doors/a.ts',
    'const f = async (): Promise<void> => {};\nf();\nexport {};\n',
  ],
  [
    'typescript(no-misused-promises)',
    'src/doors/b.ts',
    'export const f = async (): Promise<void> => {};\n[1].forEach(f);\nif (f()) throw new Error();\n',
  ],
  ['typescript(no-explicit-any)', 'src/doors/c.ts', 'export const f = (a: any): unknown => a;\n'],
  [
    'typescript(switch-exhaustiveness-check)',
    'src/doors/d.ts',
    `export function f(a: 'x' | 'y'): void {\n  switch (a) {\n    case 'x':\n      break;\n  }\n}\n`,
  ],
  ['typescript(TS2322)', 'src/doors/e.ts', `export const a: number = 'a';\n`],
  ['import(no-cycle)', 'src/doors/f.ts', `import { g } from './g.js';\nexport const f = (): unknown => g;\n`],
  ['import(no-cycle)', 'src/doors/g.ts', `import { f } from './f.js';\nexport const g = (): unknown => f;\n`],
  ['import(no-default-export)', 'src/doors/h.ts', 'export default 1;\n'],
  ['eslint(max-lines)', 'src/doors/i.ts', `declare const call: () => void;\n${'call();\n'.repeat(400)}export {};\n`],
  [
    'eslint(max-lines)',
    'src/doors/i.spec.ts',
    `declare const call: () => void;\n${'call();\n'.repeat(600)}export {};\n`,
  ],
  [
    'eslint(max-lines-per-function)',
    'src/doors/j.ts',
    `declare const call: () => void;\nexport function f(): void {\n${lines(59)}}\n`,
  ],
  [
    'eslint(max-params)',
    'src/doors/k.ts',
    'export const f = (a: 1, b: 2, c: 3, d: 4, e: 5): unknown => [a, b, c, d, e];\n',
  ],
  ['eslint(no-console)', 'src/doors/l.ts', `export const a = 1;\nconsole.log(a);\n`],
  ['parley(no-enum)', 'src/doors/m.ts', 'export enum A {\n  B,\n}\n'],
  [
    'parley(no-forward-ref)',
    'src/doors/n.ts',
    `import { forwardRef } from '@nestjs/common';\nexport const a = [forwardRef];\n`,
  ],
  ['node(no-process-env)', 'src/doors/o.ts', 'export const a = process.env;\n'],
  ['eslint(no-restricted-globals)', 'src/core/kernel/a.ts', 'export const a = [setTimeout];\n'],
  [IMPORTS, 'src/core/kernel/b.ts', `import { randomUUID } from 'node:crypto';\nexport const a = [randomUUID];\n`],
  [IMPORTS, 'src/core/kernel/c.ts', `import { at } from '../../runtime/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/doors/http/a.ts', `import { at } from '../../providers/azure/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/doors/http/b.ts', `import { at } from '../../stores/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/doors/http/c.ts', `import { at } from '../../config/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/doors/http/d.ts', `import OpenAI from 'openai';\nexport const a = [OpenAI];\n`],
  [IMPORTS, 'src/doors/door.module.ts', `import { at } from '../stores/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/providers/local/a.ts', `import { at } from '../azure/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/providers/local/b.ts', `import { at } from '../../stores/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/providers/local/c.ts', `import { at } from '../../config/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/providers/local/d.ts', `import OpenAI from 'openai';\nexport const a = [OpenAI];\n`],
  [IMPORTS, 'src/stores/sqlite/a.ts', `import { at } from '../at/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/stores/sqlite/b.ts', `import { request } from 'undici';\nexport const a = [request];\n`],
  [IMPORTS, 'src/auth/env/a.ts', `import { at } from '../file/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/conversations/a.ts', `import { at } from '../doors/at.js';\nexport const a = [at];\n`],
  [IMPORTS, 'src/conversations/b.ts', `import { at } from '../config/at.js';\nexport const a = [at];\n`],
];

/** What the same rules let through. */
const HARMLESS: readonly (readonly [file: string, source: string])[] = [
  ['src/config/environment.ts', 'export const a = process.env;\n'],
  ['src/cli/print.ts', `export const a = 1;\nconsole.log(a);\n`],
  ['src/stores/stores.module.ts', `import { at } from '../config/at.js';\nexport const a = [at];\n`],
  ['src/providers/azure/a.ts', `import OpenAI from 'openai';\nexport const a = [OpenAI];\n`],
  ['src/providers/local/e.ts', `import { request } from 'undici';\nexport const a = [request];\n`],
  [
    'src/auth/key-vault/a.ts',
    `import { SecretClient } from '@azure/keyvault-secrets';\nexport const a = [SecretClient];\n`,
  ],
  ['src/doors/p.spec.ts', `declare const call: () => void;\nexport function f(): void {\n${lines(100)}}\n`],
  ['src/doors/q.controller.ts', 'export const f = (a: 1, b: 2, c: 3, d: 4, e: 5): unknown => [a, b, c, d, e];\n'],
  [
    'src/doors/r.ts',
    `import { at } from '../runtime/at.js';\nexport class A {\n  constructor(readonly b: typeof at) {}\n}\n`,
  ],
  ['jest.config.mjs', 'export default {};\n'],
];

/** The files that the faults import. */
const TARGETS = ['runtime', 'stores', 'stores/at', 'config', 'doors', 'providers/azure', 'auth/file'];

interface Report {
  readonly diagnostics: readonly { readonly code?: string; readonly filename: string }[];
}

function lint(folder: string): { status: number | null; report: Report } {
  const options = ['--type-aware', '--type-check', '--deny-warnings', '--format', 'json', 'src', 'jest.config.mjs'];
  const result = spawnSync(process.execPath, [join(ROOT, 'node_modules/oxlint/bin/oxlint'), ...options], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (!result.stdout.startsWith('{')) throw new Error(`oxlint: ${result.stdout}${result.stderr}`);
  return { status: result.status, report: JSON.parse(result.stdout) };
}

/** The project's own lint settings over a tree of seeded files. */
function lintSeeded(files: readonly (readonly [file: string, source: string])[]): ReturnType<typeof lint> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-lint-'));
  try {
    for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json', 'tools/oxlint-parley.mjs']) {
      cpSync(join(ROOT, name), join(folder, name));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const targets = TARGETS.map((target) => [`src/${target}/at.ts`, `export const at = 1;\n`] as const);
    for (const [file, source] of [...targets, ...files]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), source);
    }
    return lint(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the lint settings', () => {
  const faulty = lintSeeded(FAULTS.map(([, file, source]) => [file, source] as const));
  const found = faulty.report.diagnostics.map(({ code, filename }) => `${code}: ${filename}`);

  it.each(FAULTS)('find a seeded %s in %s', (rule, file) => {
    expect(found.filter((line) => line.endsWith(`: ${file}`))).toContain(`${rule}: ${file}`);
  });

  it('fail the run', () => {
    expect(faulty.status).not.toBe(0);
  });

  it('let through what is allowed', () => {
    const { status, report } = lintSeeded(HARMLESS);
    expect(report.diagnostics).toEqual([]);
    expect(status).toBe(0);
  });

  it('fail on a mere warning', () => {
    const { status, report } = lintSeeded([['src/doors/a.ts', 'export const a = [3, 1].sort((x, y) => x - y);\n']]);
    expect(report.diagnostics).toMatchObject([{ severity: 'warning' }]);
    expect(status).not.toBe(0);
  });
});
