import { describe, expect, it } from '@jest/globals';
import { checkArchitecture } from './check-architecture.js';
import { typeCycles } from './check-cycles.js';
import { checkFunctions } from './check-functions.js';
import type { Finding, SourceMap } from './finding.js';
import { readTree, ROOT } from './read-tree.js';
import { COMPOSITION_ROOMS, placeOf, ROOMS } from './rooms.js';
import { scanSource, type ScannedSource } from './scan-source.js';
import { HARMLESS, LONG_FUNCTIONS, SEEDS, type Seed } from './seeded-faults.js';

const tree = readTree(ROOT, ['src', 'test']);

/** The tree is taken apart once, not again for each seed. */
const remembered = new Map<string, ScannedSource>();
function scan(source: string): ScannedSource {
  const known = remembered.get(source) ?? scanSource(source);
  remembered.set(source, known);
  return known;
}

function withSeed({ files }: Seed): SourceMap {
  return new Map([...tree, ...Object.entries(files)]);
}

function printed({ rule, file, line, detail }: Finding): string {
  return `${rule}: ${file}:${line}: ${detail}`;
}

const before = checkArchitecture(tree, scan).map(printed);

/** What a seed adds to what the tree has already: only its own. */
function added(seed: Seed): Finding[] {
  return checkArchitecture(withSeed(seed), scan).filter((finding) => !before.includes(printed(finding)));
}

describe('the tree', () => {
  it('is found at all', () => {
    const sources = [...tree.keys()].filter((file) => file.startsWith('src/'));
    expect(sources.length).toBeGreaterThan(40);
    for (const room of ['core', 'conversations', 'doors']) {
      expect(sources.filter((file) => placeOf(file)?.room === room)).not.toHaveLength(0);
    }
    expect(tree.has('test/architecture/architecture.spec.ts')).toBe(true);
  });

  it('has imports that the scanner sees', () => {
    const edges = [...tree.values()].flatMap((source) => scan(source).imports);
    expect(edges.length).toBeGreaterThan(tree.size);
    expect(edges.some(({ typeOnly }) => typeOnly)).toBe(true);
  });

  it('keeps every rule', () => {
    expect(before).toEqual([]);
  });

  it('has no function of more than 60 lines', () => {
    expect(checkFunctions(ROOT, tree).map(printed)).toEqual([]);
  });

  it('has no cycle of types that leaves its room', () => {
    const sources = new Map([...tree].map(([file, source]) => [file, scan(source)]));
    const rooms = typeCycles(sources).map((cycle) => new Set(cycle.map((file) => placeOf(file)?.room)).size);
    expect(rooms.filter((size) => size > 1)).toEqual([]);
  });
});

describe('the table of rooms', () => {
  it('has arrows that only go down', () => {
    const height = (room: string, path: readonly string[] = []): number => {
      expect(path).not.toContain(room);
      const below = (ROOMS[room]?.may ?? []).map((next) => height(next, [...path, room]));
      return 1 + Math.max(0, ...below);
    };
    expect(height('core')).toBe(1);
    expect(height('doors')).toBeGreaterThan(height('conversations'));
    for (const room of Object.keys(ROOMS)) expect(height(room)).toBeLessThan(10);
  });

  it('names only rooms it has, and lets no room see what composes it', () => {
    const named = Object.values(ROOMS).flatMap(({ may, wires }) => [...may, ...wires]);
    expect(named.filter((room) => ROOMS[room] === undefined || COMPOSITION_ROOMS.includes(room))).toEqual([]);
  });
});

describe.each(Object.entries(SEEDS))('a seeded breach of %s', (rule, seeds) => {
  it.each(seeds.map((seed) => [seed.says, seed] as const))('is found: %s', (_says, seed) => {
    const found = added(seed).map((finding) => ({ rule: finding.rule, file: finding.file }));
    expect(found).toEqual([{ rule, file: Object.keys(seed.files)[0] }]);
  });
});

describe('a seeded function of more than 60 lines', () => {
  it.each(LONG_FUNCTIONS.map((seed) => [seed.says, seed] as const))('is found: %s', (_says, seed) => {
    const seeded = new Map(Object.entries(seed.files));
    const found = checkFunctions(ROOT, seeded).map(({ rule, file }) => ({ rule, file }));
    expect(found).toEqual([{ rule: 'function-length', file: Object.keys(seed.files)[0] }]);
  });
});

describe('what only looks like a breach', () => {
  it.each(HARMLESS.map((seed) => [seed.says, seed] as const))('is let through: %s', (_says, seed) => {
    expect(added(seed)).toEqual([]);
  });

  it('is let through by the lint rule too', () => {
    expect(checkFunctions(ROOT, new Map(HARMLESS.flatMap(({ files }) => Object.entries(files))))).toEqual([]);
  });
});

it('a cycle is reported as the way round', () => {
  const [, seed] = SEEDS.cycle;
  const names = ['a', 'b', 'c', 'a'].map((letter) => `src/doors/wire/seeded-${letter}.ts`);
  expect(added(seed ?? { says: '', files: {} })[0]?.detail).toBe(names.join(' → '));
});
