import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { showName, type FilePlace, type ProblemList } from '../problems.js';
import type { BrokenNode, ConfigNode, MapEntry, ScalarNode, ScalarValue } from './config-node.js';

const DEEPEST = 32;
const MOST_ALIASES = 50;
const MOST_VALUES = 50_000;

const CORE_TAGS: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);
/** Names that mean something else than data to JavaScript. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

interface Anchored {
  readonly node: ConfigNode;
  /** Values in it, aliases counted as often as they are used. */
  readonly size: number;
}

/** Turns the library's nodes into ours: places, resolved aliases, unique keys, and bounds on depth and size. */
export class NodeConverter {
  readonly #anchors = new Map<string, Anchored>();
  #aliases = 0;
  #values = 0;

  constructor(
    private readonly problems: ProblemList,
    private readonly placeOf: (offset: number) => FilePlace,
  ) {}

  convert(node: Node): ConfigNode {
    return this.#convert(node, 1);
  }

  #convert(node: Node, depth: number): ConfigNode {
    const place = this.placeOf(node.range?.[0] ?? 0);
    if (isAlias(node)) return this.#resolve(node.source, place);
    const before = this.#values;
    if (!this.#count(1, place)) return { kind: 'broken', place };
    if (depth > DEEPEST) return this.#refuse(place, `nested too deeply (at most ${DEEPEST} levels)`);
    const tag = 'tag' in node && typeof node.tag === 'string' ? node.tag : undefined;
    if (tag !== undefined && !CORE_TAGS.has(tag)) return this.#refuse(place, 'tags (!name) are not allowed');
    const converted = this.#convertKind(node, place, depth);
    const anchor = 'anchor' in node && typeof node.anchor === 'string' ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, { node: converted, size: this.#values - before });
    return converted;
  }

  #convertKind(node: Node, place: FilePlace, depth: number): ConfigNode {
    if (isMap(node)) return this.#convertMap(node, place, depth);
    if (isSeq(node)) return this.#convertList(node, place, depth);
    if (isScalar(node)) return this.#convertScalar(node, place);
    return this.#refuse(place, 'not a text, number, list or map');
  }

  #convertScalar(node: Scalar, place: FilePlace): ScalarNode | BrokenNode {
    const value = node.value;
    if (typeof value === 'number' && !Number.isFinite(value)) return this.#refuse(place, 'must be a finite number');
    if (!isScalarValue(value)) return this.#refuse(place, 'not a text, number, list or map');
    return { kind: 'scalar', place, value, quoted: typeof value === 'string' && node.type !== 'PLAIN' };
  }

  #convertList(node: YAMLSeq, place: FilePlace, depth: number): ConfigNode {
    const items: ConfigNode[] = [];
    for (const item of node.items) {
      if (this.#values > MOST_VALUES) break;
      items.push(isYamlNode(item) ? this.#convert(item, depth + 1) : nothing(place));
    }
    return { kind: 'list', place, items };
  }

  #convertMap(node: YAMLMap, place: FilePlace, depth: number): ConfigNode {
    const entries = new Map<string, MapEntry>();
    for (const pair of node.items) {
      if (this.#values > MOST_VALUES) break;
      this.#convertPair(pair, { entries, place, depth });
    }
    return { kind: 'map', place, entries };
  }

  #convertPair(pair: Pair, map: { entries: Map<string, MapEntry>; place: FilePlace; depth: number }): void {
    const key_place = isYamlNode(pair.key) ? this.placeOf(pair.key.range?.[0] ?? 0) : map.place;
    const key = this.#keyOf(pair.key, key_place);
    if (key === undefined) return;
    const first = map.entries.get(key);
    if (first !== undefined) {
      const at = 'line' in first.key_place ? ` (first at ${first.key_place.line}:${first.key_place.column})` : '';
      this.problems.add(key_place, undefined, `${showName(key)}: the same key stands twice in this map${at}`);
      return;
    }
    const value = isYamlNode(pair.value) ? this.#convert(pair.value, map.depth + 1) : nothing(key_place);
    map.entries.set(key, { key_place, value });
  }

  #keyOf(key: unknown, place: FilePlace): string | undefined {
    // `1.10` as a key is what is written, not the number 1.1.
    const name =
      !isScalar(key) || key.value === null ? '' : typeof key.value === 'string' ? key.value : (key.source ?? '');
    if (name === '') {
      this.problems.add(place, undefined, 'a key must be a plain text');
      return undefined;
    }
    if (name === '<<') this.problems.add(place, undefined, 'merge keys (<<) are not supported');
    else if (REFUSED_KEYS.has(name)) this.problems.add(place, undefined, `${name}: this key is not allowed`);
    else return name;
    return undefined;
  }

  #resolve(name: string, place: FilePlace): ConfigNode {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) return this.#refuse(place, 'an alias (*name) without an anchor (&name) before it');
    this.#aliases += 1;
    if (this.#aliases === MOST_ALIASES + 1) this.problems.add(place, undefined, `more than ${MOST_ALIASES} aliases`);
    if (this.#aliases > MOST_ALIASES || !this.#count(anchored.size, place)) return { kind: 'broken', place };
    return anchored.node;
  }

  #count(values: number, place: FilePlace): boolean {
    const fitted = this.#values <= MOST_VALUES;
    this.#values += values;
    if (this.#values <= MOST_VALUES) return true;
    if (fitted)
      this.problems.add(place, undefined, `more than ${MOST_VALUES} values (aliases counted as often as used)`);
    return false;
  }

  #refuse(place: FilePlace, what: string): BrokenNode {
    this.problems.add(place, undefined, what);
    return { kind: 'broken', place };
  }
}

function nothing(place: FilePlace): ScalarNode {
  return { kind: 'scalar', place, value: null, quoted: false };
}

function isScalarValue(value: unknown): value is ScalarValue {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isYamlNode(value: unknown): value is Node {
  return isAlias(value) || isScalar(value) || isMap(value) || isSeq(value);
}
