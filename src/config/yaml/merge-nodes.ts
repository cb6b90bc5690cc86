import { formatPlace, type KeyPath, type ProblemList } from '../problems.js';
import type { ConfigNode, MapEntry, MapNode } from './config-node.js';
import { isEmptyNode } from './config-node.js';

/** Joins the files of a folder: maps are merged, a value that stands in two files is a problem that names both places. */
export function mergeNodes(left: MapNode, right: MapNode, problems: ProblemList, path: KeyPath = []): MapNode {
  return joinMaps(left, right, path, (first, second, at) => {
    problems.add(second.key_place, at, `stands in two files (also at ${formatPlace(first.key_place)})`);
  });
}

/** Joins a section written under two names: the same value twice is fine, two different ones are a problem. */
export function mergeAlias(
  section: MapNode,
  alias: MapNode,
  problems: ProblemList,
  names: readonly [string, string],
): MapNode {
  return joinMaps(section, alias, [names[1]], (first, second, at) => {
    if (isSame(first.value, second.value)) return;
    const other = [names[0], ...at.slice(1)].join('.');
    problems.add(
      second.key_place,
      at,
      `differs from ${other} at ${formatPlace(first.key_place)} (${names[1]} is another name of ${names[0]})`,
    );
  });
}

type OnConflict = (first: MapEntry, second: MapEntry, path: KeyPath) => void;

function joinMaps(left: MapNode, right: MapNode, path: KeyPath, onConflict: OnConflict): MapNode {
  const entries = new Map(left.entries);
  for (const [key, entry] of right.entries) {
    const existing = entries.get(key);
    if (existing === undefined || isEmptyNode(existing.value)) entries.set(key, entry);
    else if (isEmptyNode(entry.value)) continue;
    else if (existing.value.kind === 'map' && entry.value.kind === 'map') {
      const value = joinMaps(existing.value, entry.value, [...path, key], onConflict);
      entries.set(key, { key_place: existing.key_place, value });
    } else onConflict(existing, entry, [...path, key]);
  }
  return { kind: 'map', place: left.place, entries };
}

/** Whether two values say the same; one whose problem is known differs from nothing. */
export function isSame(left: ConfigNode, right: ConfigNode): boolean {
  if (left.kind === 'broken' || right.kind === 'broken') return true;
  if (left.kind === 'scalar' && right.kind === 'scalar') return String(left.value) === String(right.value);
  if (left.kind === 'list' && right.kind === 'list') {
    if (left.items.length !== right.items.length) return false;
    return left.items.every((item, index) => {
      const other = right.items[index];
      return other !== undefined && isSame(item, other);
    });
  }
  return false;
}
