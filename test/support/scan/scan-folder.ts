import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSecrets, type Finding } from './find-secrets.js';
import { CANARIES, RECORD } from './record.js';

const LARGEST_BYTES = 256 * 1024 * 1024;

export interface ScanResult {
  readonly servers: number;
  readonly secrets: number;
  readonly bytes: number;
  readonly findings: readonly (Finding & { readonly file: string })[];
}

/** Looks through all records of a scan folder and the data folders they name. */
export function scanFolder(folder: string): ScanResult {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const records = names.filter((name) => !name.startsWith(CANARIES));
  const secrets = new Set<string>();
  const findings: (Finding & { readonly file: string })[] = [];
  let bytes = 0;
  for (const name of records) {
    const record = join(folder, name);
    const canaries = linesOf(join(folder, `${CANARIES}${name.split('-')[0]}.jsonl`));
    const own = new Set([...canaries, ...linesOf(join(record, RECORD.secrets))]);
    for (const secret of own) secrets.add(secret);
    if (own.size === 0) continue;
    for (const file of [
      ...filesOf(record),
      ...linesOf(join(record, RECORD.places)).flatMap((place) => filesOf(place)),
    ]) {
      if (file.endsWith(RECORD.secrets)) continue;
      const content = readFileSync(file);
      bytes += content.length;
      findings.push(...findSecrets(content, own).map((finding) => ({ ...finding, file })));
    }
  }
  return { servers: records.length, secrets: secrets.size, bytes, findings };
}

/** Removes the records, and the temporary data folders they name. */
export function cleanFolder(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    for (const place of linesOf(join(folder, name, RECORD.places)))
      if (place.startsWith(join(tmpdir(), 'parley-test-'))) rmSync(place, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
}

function linesOf(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => String(JSON.parse(line)));
}

/** All files below a place; a place that is gone has none. */
function filesOf(place: string): readonly string[] {
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).size <= LARGEST_BYTES);
}
