import { checkCycles } from './check-cycles.js';
import { checkLayering } from './check-layering.js';
import { checkText } from './check-text.js';
import { isSpec, type Finding, type SourceMap } from './finding.js';
import { scanSource, type ScannedSource } from './scan-source.js';

/**
 * Every breach in a tree of sources, but for the length of functions (see `check-functions.ts`). Pure: the same map
 * gives the same findings. `scan` may remember what it took apart before.
 */
export function checkArchitecture(files: SourceMap, scan: (source: string) => ScannedSource = scanSource): Finding[] {
  const scanned = new Map([...files].map(([file, source]) => [file, scan(source)]));
  const own = [...scanned].flatMap(([file, source]) => [
    ...checkText(file, files.get(file) ?? '', source),
    ...(isSpec(file) ? [] : checkLayering(file, source)),
  ]);
  return [...own, ...checkCycles(new Map([...scanned].filter(([file]) => !isSpec(file))))];
}
