import { cut } from '../../core/kernel/cut.js';
import { validateSync } from 'class-validator';
import { type KeyPath, type Place, type ProblemList } from '../problems.js';
import { isSecretName, isSecretPath, MASK, maskText } from '../secrets.js';
import { emptyMap, isEmptyNode, type ConfigNode, type MapNode, type ScalarNode } from '../yaml/config-node.js';
import { nearest } from './nearest.js';
import { keysOf, NestedSection, type KeyDeclaration, type SectionClass } from './nested.js';
import { nullRecord, valueFor } from './plain-value.js';
import { KeyRule, type ValueRule } from './rules.js';

const LONGEST_SHOWN = 60;

interface Located {
  readonly node: MapNode;
  readonly path: KeyPath;
  /** Where the section's own key stands: for what is missing in it. */
  readonly place: Place;
}

/** Reads nodes into instances of section classes, and says of each key that does not fit where it stands and what fits. */
export class SectionReader {
  readonly #paths = new Map<object, KeyPath>();

  constructor(private readonly problems: ProblemList) {}

  /** Where a section that this reader made was written. */
  pathOf(section: object): KeyPath {
    return this.#paths.get(section) ?? [];
  }

  /** Always answers a usable instance: what does not fit keeps its default, after a problem was noted. */
  readRoot<T extends object>(type: new () => T, node: MapNode): T {
    return this.#read(type, { node, path: [], place: node.place }).section;
  }

  /** Sound is what has all its required keys: only then is the section what its type says. */
  #read<T extends object>(type: new () => T, at: Located): { section: T; sound: boolean } {
    const keys = keysOf(type);
    const given = new type();
    for (const [key, entry] of at.node.entries) {
      const declaration = keys.get(key);
      const path = [...at.path, key];
      if (declaration === undefined) this.#reportUnknown(key, { ...at, place: entry.key_place }, keys);
      else if (entry.value.kind !== 'broken' && !isEmptyNode(entry.value)) {
        this.#assign(given, key, { declaration, node: entry.value, path, place: entry.key_place });
      }
    }
    const wrong = new Set(validateSync(given, { forbidUnknownValues: false }).map((error) => error.property));
    let sound = true;
    for (const key of wrong) {
      const declaration = keys.get(key);
      if (!(declaration instanceof KeyRule)) continue;
      this.#reportKey(key, declaration, at);
      sound &&= !declaration.is_required;
    }
    const section = new type();
    for (const [key, value] of Object.entries(given)) if (!wrong.has(key)) Object.assign(section, { [key]: value });
    this.#paths.set(section, at.path);
    return { section, sound };
  }

  #reportUnknown(key: string, at: Located, keys: ReadonlyMap<string, unknown>): void {
    const near = nearest(key, keys.keys());
    const hint = near === undefined ? `known: ${[...keys.keys()].join(', ')}` : `did you mean ${near}?`;
    // A key without a value may be the value of the key before it, which may be a secret.
    const is_shown = near !== undefined || !isEmptyNode(at.node.entries.get(key)?.value);
    if (is_shown) this.problems.add(at.place, [...at.path, key], `unknown key (${hint})`);
    else this.problems.add(at.place, at.path, `unknown key without a value (${hint})`);
  }

  #assign(
    section: object,
    key: string,
    given: { declaration: KeyDeclaration; node: ConfigNode; path: KeyPath; place: Place },
  ): void {
    const { declaration, node, path, place } = given;
    const value =
      declaration instanceof KeyRule
        ? keyValue(node, declaration)
        : this.#readNested(declaration, node, { path, place });
    if (value !== undefined) Object.assign(section, { [key]: value });
  }

  #readNested(nested: NestedSection, node: ConfigNode, at: { path: KeyPath; place: Place }): unknown {
    const wanted = nested.shape === 'list' ? 'list' : 'map';
    if (node.kind !== wanted) {
      this.problems.add(at.place, at.path, `must be a ${wanted} (got ${kindOf(node)})`);
      return undefined;
    }
    const type = nested.type();
    if (node.kind === 'list') {
      return node.items.flatMap((item, index) =>
        this.#readElement(type, item, { path: [...at.path, index], place: item.place }),
      );
    }
    if (nested.shape === 'one') return this.#readElement(type, node, at)[0];
    const entries = [...node.entries].flatMap(([key, entry]) =>
      this.#readElement(type, entry.value, { path: [...at.path, key], place: entry.key_place }).map(
        (section) => [key, section] as const,
      ),
    );
    return nullRecord(entries);
  }

  /** One section as a list, so that one with a problem is left out. */
  #readElement(type: SectionClass, node: ConfigNode, at: { path: KeyPath; place: Place }): object[] {
    if (node.kind === 'broken') return [];
    const map = isEmptyNode(node) ? emptyMap(at.place) : node;
    if (map.kind !== 'map') {
      this.problems.add(at.place, at.path, `must be a map (got ${kindOf(map)})`);
      return [];
    }
    const { section, sound } = this.#read(type, { node: map, ...at });
    return sound ? [section] : [];
  }

  #reportKey(key: string, rule: KeyRule, at: Located): void {
    const entry = at.node.entries.get(key);
    const path = [...at.path, key];
    if (entry === undefined || isEmptyNode(entry.value)) {
      const allowed = rule.value.allowed === undefined ? '' : ` (${rule.value.allowed})`;
      this.problems.add(at.place, path, `is missing${allowed}`);
    } else if (entry.value.kind !== 'broken') this.#reportValue(rule, entry.value, { path, place: entry.key_place });
  }

  #reportValue(rule: KeyRule, node: ConfigNode, at: { path: KeyPath; place: Place }): void {
    if (rule.shape === 'one') this.problems.add(at.place, at.path, notFitting(rule.value, node, at.path));
    else if (node.kind === 'list' && rule.shape === 'list') {
      node.items.forEach((item, index) =>
        this.#reportItem(rule.value, item, { path: [...at.path, index], place: item.place }),
      );
    } else if (node.kind === 'map' && rule.shape === 'map') {
      for (const [key, entry] of node.entries) {
        // The same: in a map of secrets, what has no value may be one.
        const is_shown = !isEmptyNode(entry.value) || !isSecretPath([...at.path, key]);
        this.#reportItem(rule.value, entry.value, {
          path: is_shown ? [...at.path, key] : at.path,
          place: entry.key_place,
        });
      }
    } else this.problems.add(at.place, at.path, `must be a ${rule.shape} (got ${kindOf(node)})`);
  }

  #reportItem(rule: ValueRule, node: ConfigNode, at: { path: KeyPath; place: Place }): void {
    if (node.kind !== 'broken' && !rule.accepts(valueFor(node, rule))) {
      this.problems.add(at.place, at.path, notFitting(rule, node, at.path));
    }
  }
}

/** Values of lists and maps whose problem is known are left out. */
function keyValue(node: ConfigNode, rule: KeyRule): unknown {
  if (rule.shape === 'list' && node.kind === 'list') {
    return node.items.filter((item) => item.kind !== 'broken').map((item) => valueFor(item, rule.value));
  }
  if (rule.shape === 'map' && node.kind === 'map') {
    const entries = [...node.entries].filter(([, entry]) => entry.value.kind !== 'broken');
    return nullRecord(entries.map(([key, entry]) => [key, valueFor(entry.value, rule.value)] as const));
  }
  return valueFor(node, rule.value);
}

function notFitting(rule: ValueRule, node: ConfigNode, path: KeyPath): string {
  const allowed = rule.allowed === undefined ? '' : `${rule.allowed}; `;
  return `${rule.wants} (${allowed}got ${showGot(node, path)})`;
}

/** A wrong value for a message: `"abc" from ${PORT}`. Masked where its name, or that of its variable, is a secret's. */
export function showGot(node: ConfigNode, path: KeyPath): string {
  if (node.kind !== 'scalar') return kindOf(node);
  const variables = node.origin?.variables ?? [];
  const from = variables.length === 0 ? '' : ` from ${variables.map((name) => `\${${name}}`).join(', ')}`;
  return `${isSecretPath(path) || variables.some(isSecretName) ? MASK : showScalar(node)}${from}`;
}

function showScalar(node: ScalarNode): string {
  if (node.value === null) return 'nothing';
  if (typeof node.value !== 'string') return String(node.value);
  return JSON.stringify(cut(maskText(node.value), LONGEST_SHOWN));
}

function kindOf(node: ConfigNode): string {
  if (node.kind !== 'scalar') return node.kind === 'broken' ? 'nothing' : `a ${node.kind}`;
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'boolean') return 'true or false';
  return typeof node.value === 'number' ? 'a number' : 'a text';
}
