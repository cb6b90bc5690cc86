import type { Finding } from './finding.js';
import { resolveImport, type ScannedSource } from './scan-source.js';

type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(files: ReadonlyMap<string, ScannedSource>, types: 'with types' | 'values only'): Graph {
  const graph = new Map<string, string[]>();
  for (const [file, { imports }] of files) {
    const used = imports.filter((edge) => types === 'with types' || !edge.typeOnly);
    const targets = used.flatMap(({ specifier }) => (specifier === undefined ? [] : [resolveImport(file, specifier)]));
    graph.set(file, [
      ...new Set(targets.filter((target): target is string => target !== undefined && files.has(target))),
    ]);
  }
  return graph;
}

/** The shortest way along the arrows from a file back to itself. */
function cycleThrough(graph: Graph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const next of graph.get(at) ?? []) {
      if (next === start) return pathTo(cameFrom, start, at);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      queue.push(next);
    }
  }
  return undefined;
}

function pathTo(cameFrom: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const path = [end];
  for (let at = end; at !== start;) {
    at = cameFrom.get(at) ?? start;
    path.unshift(at);
  }
  return path;
}

/** One shortest cycle for each knot of files, each from its first file in the order of the alphabet. */
function cyclesOf(graph: Graph): string[][] {
  const seen = new Set<string>();
  const cycles: string[][] = [];
  for (const file of [...graph.keys()].toSorted()) {
    const cycle = seen.has(file) ? undefined : cycleThrough(graph, file);
    if (cycle === undefined) continue;
    cycles.push(cycle);
    for (const member of cycle) seen.add(member);
  }
  return cycles;
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/'));
}

function finding(rule: 'cycle' | 'type-cycle', cycle: readonly string[]): Finding {
  return { rule, file: cycle[0] ?? '', line: 1, detail: [...cycle, cycle[0]].join(' → ') };
}

/**
 * Cycles of imports that remain at run time: none is allowed. Cycles that only type imports close are counted apart:
 * they are harmless inside one folder, and a breach where they tie two folders together.
 */
export function checkCycles(files: ReadonlyMap<string, ScannedSource>): Finding[] {
  const values = cyclesOf(graphOf(files, 'values only'));
  const known = new Set(values.flat());
  const types = typeCycles(files).filter((cycle) => cycle.every((file) => !known.has(file)));
  const apart = types.filter((cycle) => new Set(cycle.map(folderOf)).size > 1);
  return [...values.map((cycle) => finding('cycle', cycle)), ...apart.map((cycle) => finding('type-cycle', cycle))];
}

/** Every cycle, those of values among them, with type imports counted as arrows. */
export function typeCycles(files: ReadonlyMap<string, ScannedSource>): string[][] {
  return cyclesOf(graphOf(files, 'with types'));
}
