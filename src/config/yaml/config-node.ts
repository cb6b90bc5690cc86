import type { KeyPath, Place } from '../problems.js';

/** A value of the configuration with the place it was written at. Never changed, and shared by aliases. */
export type ConfigNode = ScalarNode | ListNode | MapNode | BrokenNode;

export type ScalarValue = string | number | boolean | null;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: ScalarValue;
  /** Written in quotes or as a block: text, whatever it looks like. */
  readonly quoted: boolean;
  /** The text in the file where the value came from the environment, and the variables in it. */
  readonly origin?: Origin;
}

export interface Origin {
  /** As written: `Bearer ${TOKEN}`. Not for messages: a default in it may be a secret. */
  readonly text: string;
  readonly variables: readonly string[];
}

export interface ListNode {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly ConfigNode[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly key_place: Place;
  readonly value: ConfigNode;
}

/** A value that is there, but whose problem is already known: nothing more is said about it. */
export interface BrokenNode {
  readonly kind: 'broken';
  readonly place: Place;
}

/** A value that was left empty (`key:`) counts as not given. */
export function isEmptyNode(node: ConfigNode | undefined): node is undefined {
  return node === undefined || (node.kind === 'scalar' && node.value === null);
}

/** The value at a path, if every step of it exists. */
export function nodeAt(root: ConfigNode, path: KeyPath): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const step of path) node = node === undefined ? undefined : childOf(node, step);
  return node;
}

/** Where the key of a path stands, or the nearest part of the path that exists. */
export function placeAt(root: ConfigNode, path: KeyPath): Place {
  let node = root;
  let place = root.place;
  for (const step of path) {
    const child = childOf(node, step);
    if (child === undefined) break;
    place = (node.kind === 'map' ? node.entries.get(String(step))?.key_place : undefined) ?? child.place;
    node = child;
  }
  return place;
}

/** A copy of a tree with one value set; parents that are missing are made, parents that are no maps stay as they are. */
export function withNode(root: MapNode, path: readonly string[], value: ScalarNode): MapNode {
  const [key, ...rest] = path;
  if (key === undefined) return root;
  const old = root.entries.get(key);
  const parent = isEmptyNode(old?.value) ? emptyMap(value.place) : old?.value;
  if (rest.length > 0 && parent?.kind !== 'map') return root;
  const child = rest.length > 0 && parent?.kind === 'map' ? withNode(parent, rest, value) : value;
  const key_place = rest.length > 0 ? (old?.key_place ?? value.place) : value.place;
  return { ...root, entries: new Map(root.entries).set(key, { key_place, value: child }) };
}

/** A copy of a map without some of its keys. */
export function withoutKeys(node: MapNode, keys: readonly string[]): MapNode {
  return { ...node, entries: new Map([...node.entries].filter(([key]) => !keys.includes(key))) };
}

/** Whether something was written at a path, however wrong it may be. */
export function isGiven(root: ConfigNode, path: KeyPath): boolean {
  return !isEmptyNode(nodeAt(root, path));
}

export function emptyMap(place: Place): MapNode {
  return { kind: 'map', place, entries: new Map() };
}

function childOf(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))?.value;
  return node.kind === 'list' && typeof step === 'number' ? node.items[step] : undefined;
}
