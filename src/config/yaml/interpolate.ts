import { lookUp, type Environment } from '../environment.js';
import { formatKeyPath, type KeyPath, type Place, type ProblemList } from '../problems.js';
import type { BrokenNode, ConfigNode, MapNode, ScalarNode } from './config-node.js';

/** A provider's key or header that needs a variable that is not set: its model cannot be used, the rest of the server can. */
export interface MissingSecret {
  readonly model: string;
  /** `OPENAI_API_KEY is not set` */
  readonly reason: string;
  readonly place: Place;
  readonly path: KeyPath;
}

/** What the references in a configuration are resolved with, and where what is wrong with them goes. */
export interface InterpolationContext {
  readonly environment: Environment;
  readonly problems: ProblemList;
  readonly missing: MissingSecret[];
  /** Paths (`server.port`) whose value a flag or a variable replaces: not looked at. */
  readonly replaced: ReadonlySet<string>;
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const INSIDE = /^([A-Za-z_]\w*)(?::([-?])([\s\S]*))?$/;
const BARE_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
const HINT = 'write ${NAME}, ${NAME:-default} or ${NAME:?message}, and $${ for a literal ${';

/** Replaces `${NAME}` in every text value (never in keys), and bare variable names where document 4 has them. */
export function interpolate(root: MapNode, context: InterpolationContext): MapNode {
  return walkMap(root, [], context);
}

function walkMap(node: MapNode, path: KeyPath, context: InterpolationContext): MapNode {
  const entries = new Map(node.entries);
  for (const [key, entry] of node.entries) {
    const value = walk(entry.value, [...path, key], { ...context, key_place: entry.key_place });
    if (value !== entry.value) entries.set(key, { key_place: entry.key_place, value });
  }
  return { ...node, entries };
}

interface WalkContext extends InterpolationContext {
  readonly key_place: Place;
}

function walk(node: ConfigNode, path: KeyPath, context: WalkContext): ConfigNode {
  if (node.kind === 'map') return walkMap(node, path, context);
  if (node.kind === 'list') {
    return {
      ...node,
      items: node.items.map((item, index) => walk(item, [...path, index], { ...context, key_place: item.place })),
    };
  }
  if (node.kind === 'broken' || typeof node.value !== 'string') return node;
  if (node.value.includes('${')) return replaceReferences({ ...node, text: node.value }, path, context);
  return takesBareName(path) && BARE_NAME.test(node.value)
    ? replaceBareName(node, node.value, { path, context })
    : node;
}

type TextNode = ScalarNode & { readonly text: string };

function replaceReferences(node: TextNode, path: KeyPath, context: WalkContext): ScalarNode | BrokenNode {
  if (context.replaced.has(formatKeyPath(path))) return broken(node);
  const variables: string[] = [];
  let failed = false;
  const value = node.text.replace(REFERENCE, (match: string, inside?: string, closed?: string) => {
    if (inside === undefined) return '${';
    const [, name, operator, argument] = INSIDE.exec(inside) ?? [];
    if (name === undefined || closed === '' || inside.includes('${')) {
      failed = true;
      context.problems.add(context.key_place, path, `unreadable reference (${HINT})`);
      return match;
    }
    variables.push(name);
    const found = lookUp(context.environment, name) ?? (operator === '-' ? (argument ?? '') : undefined);
    if (found !== undefined) return found;
    const hint = operator === '?' && argument !== '' ? argument : undefined;
    failed = true;
    reportUnset(name, { path, context, ...(hint === undefined ? {} : { hint }) });
    return match;
  });
  if (failed) return broken(node);
  const { text, ...scalar } = node;
  return { ...scalar, value, origin: { text, variables } };
}

function replaceBareName(
  node: ScalarNode,
  name: string,
  at: { path: KeyPath; context: WalkContext },
): ScalarNode | BrokenNode {
  if (at.context.replaced.has(formatKeyPath(at.path))) return broken(node);
  const value = lookUp(at.context.environment, name);
  if (value !== undefined) return { ...node, value, origin: { text: name, variables: [name] } };
  reportUnset(name, { ...at, hint: 'a bare name in capitals means a variable here' });
  return broken(node);
}

/** The absence of a provider's secret is no problem of the configuration. */
function reportUnset(name: string, about: { path: KeyPath; context: WalkContext; hint?: string }): void {
  const { path, context, hint } = about;
  const reason =
    Object.hasOwn(context.environment, name) && context.environment[name] === '' ? 'is empty' : 'is not set';
  const model = providerSecretOf(path);
  if (model !== undefined) {
    context.missing.push({ model, reason: `${name} ${reason}`, place: context.key_place, path });
    return;
  }
  context.problems.add(
    context.key_place,
    path,
    `environment variable ${name} ${reason}${hint === undefined ? '' : ` (${hint})`}`,
  );
}

/** The model whose provider key or header stands at this path. */
function providerSecretOf(path: KeyPath): string | undefined {
  const [section, model, key, inner] = path;
  if (section !== 'models' || typeof model !== 'string') return undefined;
  const is_secret =
    (key === 'api_key' && path.length === 3) || key === 'headers' || (key === 'custom_config' && inner === 'headers');
  return is_secret ? model : undefined;
}

function takesBareName(path: KeyPath): boolean {
  const [section, key] = path;
  if (path.length !== 2) return false;
  return section === 'azure' || ((section === 'server' || section === 'api') && (key === 'host' || key === 'api_key'));
}

function broken(node: ScalarNode): BrokenNode {
  return { kind: 'broken', place: node.place };
}
