import { isDeepStrictEqual } from 'node:util';
import { Document, isScalar, parseDocument, Scalar } from 'yaml';
import { readEnvironment, type Environment } from '../config/environment.js';
import { ProblemList, type KeyPath } from '../config/problems.js';
import type { ConfigNode, MapNode } from '../config/yaml/config-node.js';
import { emptyMap } from '../config/yaml/config-node.js';
import { interpolate } from '../config/yaml/interpolate.js';
import { parseYaml } from '../config/yaml/parse-yaml.js';

type Fields = Readonly<Record<string, unknown>>;

/** Values that short are no secrets, and stand in many places by chance. */
const SHORTEST_SECRET = 6;

/** A configuration file as plain data, and how to write changed data back into its text. */
export class ConfigDocument {
  /** In the form of the file, with `${VAR}` replaced. */
  readonly values: Fields;
  readonly #text: string;
  /** What `${VAR}` was written as, by what it became. */
  readonly #written = new Map<string, string>();

  /** @param text of a file that was found to be good */
  constructor(text: string, environment: Environment) {
    this.#text = text;
    const problems = new ProblemList();
    const tree = parseYaml('config', text, problems) ?? emptyMap({ name: 'config' });
    const filled = interpolate(tree, { environment, problems, missing: [], replaced: new Set() });
    this.values = this.#plain(filled, tree) as Fields;
  }

  static read(text: string, cwd: string, environment: Environment | undefined): ConfigDocument {
    return new ConfigDocument(text, environment ?? readEnvironment(cwd));
  }

  /** The text with what differs from `before` written into it: comments and order stay, and so does every `${VAR}`. */
  withChanges(before: Fields, after: Fields): string {
    if (isDeepStrictEqual(plain(before), plain(after))) return this.#text;
    const document = parseDocument(this.#text, { version: '1.2', schema: 'core' });
    this.#write(document, [], { before, after });
    return document.toString({ lineWidth: 0, flowCollectionPadding: !/\{[^\s}]/.test(this.#text) });
  }

  #write(document: Document, path: KeyPath, change: { readonly before: unknown; readonly after: unknown }): void {
    const { before, after } = change;
    if (isDeepStrictEqual(plain(before), plain(after))) return;
    const both = isFields(before) && isFields(after);
    if (both) {
      for (const key of Object.keys(before)) {
        if (after[key] === undefined) document.deleteIn([...path, key]);
      }
      for (const [key, value] of Object.entries(after)) {
        if (value !== undefined) this.#write(document, [...path, key], { before: before[key], after: value });
      }
      return;
    }
    if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
      after.forEach((value: unknown, index) => {
        this.#write(document, [...path, index], { before: before[index], after: value });
      });
      return;
    }
    document.setIn(path, this.#nodeOf(document, after));
  }

  /** New data as a node, in which a value that came from the environment is again what it was written as. */
  #nodeOf(document: Document, value: unknown): unknown {
    const written = restore(plain(value), this.#written);
    const node = document.createNode(written);
    if (isScalar(node) && typeof written === 'string' && written.includes('${')) node.type = Scalar.QUOTE_DOUBLE;
    return node;
  }

  /** Plain data of the filled tree; where a reference could not be filled, the reference. */
  #plain(node: ConfigNode, written: ConfigNode): unknown {
    if (node.kind === 'list' && written.kind === 'list') {
      return node.items.map((item, index) => this.#plain(item, written.items[index] ?? item));
    }
    if (node.kind === 'map' && written.kind === 'map') return this.#plainMap(node, written);
    if (node.kind === 'scalar') {
      const { value, origin } = node;
      if (origin !== undefined && typeof value === 'string' && value.length >= SHORTEST_SECRET)
        this.#written.set(value, origin.text);
      return value;
    }
    return written.kind === 'scalar' ? written.value : undefined;
  }

  #plainMap(node: MapNode, written: MapNode): Fields {
    return Object.fromEntries(
      [...node.entries].map(([key, { value }]) => [key, this.#plain(value, written.entries.get(key)?.value ?? value)]),
    );
  }
}

/** Data without prototypes, class instances and undefined, as YAML would give it back. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, plain(inner)]),
  );
}

function restore(value: unknown, written: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return written.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item: unknown) => restore(item, written));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, restore(inner, written)]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
