import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { maskSource } from './mask-source.js';
import { isSpec, type Finding, type SourceMap } from './finding.js';

const OXLINT = 'node_modules/oxlint/bin/oxlint';

/** Nothing of the project's own lint settings: these cannot weaken the rule. */
const SETTINGS = {
  plugins: [],
  categories: { correctness: 'off' },
  rules: { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: false, skipComments: false }] },
};

interface Diagnostic {
  readonly filename: string;
  readonly message: string;
  readonly labels?: readonly { readonly span: { readonly line: number } }[];
}

/** The functions that are too long, found by oxlint in a copy without comments, where no comment can switch it off. */
export function checkFunctions(root: string, files: SourceMap): Finding[] {
  const folder = mkdtempSync(join(tmpdir(), 'parley-architecture-'));
  try {
    for (const [file, source] of files) {
      if (isSpec(file)) continue;
      const copy = join(folder, file);
      mkdirSync(dirname(copy), { recursive: true });
      writeFileSync(copy, maskSource(source).code);
    }
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(SETTINGS));
    return runOxlint(root, folder).map(({ filename, message, labels }) => ({
      rule: 'function-length',
      file: filename.replaceAll('\\', '/'),
      line: labels?.[0]?.span.line ?? 1,
      detail: message,
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runOxlint(root: string, folder: string): readonly Diagnostic[] {
  const options = ['-c', 'settings.json', '--disable-nested-config', '--no-ignore', '--format', 'json', '.'];
  const result = spawnSync(process.execPath, [join(root, OXLINT), ...options], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error !== undefined) throw result.error;
  const report: { diagnostics: Diagnostic[]; number_of_files: number } = JSON.parse(result.stdout);
  if (report.number_of_files === 0) throw new Error(`oxlint saw no file: ${result.stderr}`);
  return report.diagnostics;
}
