import type { ConfigNode, ScalarNode } from '../yaml/config-node.js';
import type { ValueRule } from './rules.js';

/** Plain data of a node for a rule: a text that came from the environment takes the type that the rule wants. */
export function valueFor(node: ConfigNode, rule: ValueRule): unknown {
  if (node.kind !== 'scalar') return plainOf(node);
  if (node.origin === undefined || typeof node.value !== 'string') return node.value;
  if (rule.type === 'number' || rule.type === 'size') return asNumber(node.value) ?? node.value;
  if (rule.type === 'flag') return asFlag(node.value) ?? node.value;
  return rule.type === 'open' ? plainOf(node) : node.value;
}

/** Plain data of a node: maps without prototype, values whose problem is known left out. */
export function plainOf(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return untypedValue(node);
  if (node.kind === 'list') return node.items.filter((item) => item.kind !== 'broken').map(plainOf);
  if (node.kind === 'broken') return undefined;
  const map: Record<string, unknown> = nullRecord();
  for (const [key, entry] of node.entries) {
    if (entry.value.kind !== 'broken') map[key] = plainOf(entry.value);
  }
  return map;
}

/** A record whose keys come from outside: it has no prototype that they could meet. */
export function nullRecord<T>(entries: Iterable<readonly [string, T]> = []): Record<string, T> {
  const record: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) record[key] = value;
  return record;
}

/** The keys of a section as plain data, without its class. */
export function plainCopy<T extends object>(section: T): { [K in keyof T]: T[K] } {
  return Object.assign({}, section);
}

/** Where no rule says the type, an unquoted `${X}` is what its text looks like: a number, true, false, or text. Never parsed as YAML. */
function untypedValue(node: ScalarNode): unknown {
  if (node.origin === undefined || node.quoted || typeof node.value !== 'string') return node.value;
  if (/^(?:true|false)$/i.test(node.value)) return node.value.toLowerCase() === 'true';
  return asNumber(node.value) ?? node.value;
}

function asNumber(text: string): number | undefined {
  if (!/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function asFlag(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  return ['0', 'false', 'no', 'off'].includes(word) ? false : undefined;
}
