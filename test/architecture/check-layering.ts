import type { Finding, Rule } from './finding.js';
import { COMPOSITION_ROOMS, CONFIG_LEAF, placeOf, ROOMS, VENDOR_PACKAGES, type Place } from './rooms.js';
import { resolveImport, type ImportEdge, type ScannedSource } from './scan-source.js';

/** An arrow between two sources of `src`. */
interface Arrow {
  readonly file: string;
  readonly target: string;
  readonly from: Place;
  readonly to: Place;
}

type Breach = readonly [rule: Rule, detail: string];

const KNOWN = new Set([...Object.keys(ROOMS), ...COMPOSITION_ROOMS, '']);

function isModule(file: string): boolean {
  return file.endsWith('.module.ts');
}

function isComposition(place: Place): boolean {
  return place.room === '' || COMPOSITION_ROOMS.includes(place.room);
}

/** A module wires rooms together: it sees what lies at their root. */
function mayWire({ file, from, to }: Arrow): boolean {
  return isModule(file) && to.atRoot && (ROOMS[from.room]?.wires.includes(to.room) ?? false);
}

function arrowBreach(arrow: Arrow): Breach | undefined {
  const { file, target, from, to } = arrow;
  if (isComposition(from)) return undefined;
  if (from.room === 'config' && CONFIG_LEAF.test(target)) return undefined;
  if (from.room === 'core') return ['core-import', `core imports ${target}`];
  if (to.room === 'config') {
    return isModule(file) ? undefined : ['config-import', `only modules import config, not ${file}`];
  }
  if (ROOMS[from.room]?.may.includes(to.room) === true || mayWire(arrow)) return undefined;
  if (from.plugin !== undefined && to.plugin !== undefined)
    return ['sibling-plugin', `${from.plugin} imports ${to.plugin}`];
  return ['arrow', `${from.room} may not import ${target}`];
}

function siblingBreach({ from, to }: Arrow): Breach | undefined {
  const apart = from.plugin !== undefined && to.plugin !== undefined && from.plugin !== to.plugin;
  return apart ? ['sibling-plugin', `${from.plugin} imports ${to.plugin}`] : undefined;
}

function packageBreach(file: string, room: string, specifier: string): Breach | undefined {
  if (room === 'core') return ['core-import', `core imports ${specifier}`];
  const vendor = VENDOR_PACKAGES.find(({ name }) => name.test(specifier));
  if (vendor === undefined || vendor.folders.some((folder) => file.startsWith(folder))) return undefined;
  return ['vendor-sdk', `${specifier} belongs in ${vendor.folders.join(', ')}`];
}

function breachOf(file: string, from: Place, { specifier }: ImportEdge): Breach | undefined {
  if (specifier === undefined) return from.room === 'core' ? ['core-import', 'core computes an import'] : undefined;
  const target = resolveImport(file, specifier);
  if (target === undefined) return packageBreach(file, from.room, specifier);
  const to = placeOf(target);
  if (to === undefined || target.endsWith('.spec.ts')) {
    if (target === 'package.json') return undefined;
    return [from.room === 'core' ? 'core-import' : 'test-import', `${file} imports ${target}`];
  }
  const arrow = { file, target, from, to };
  return from.room === to.room ? siblingBreach(arrow) : arrowBreach(arrow);
}

/** Holds the imports of one source of `src`, no spec, against the arrow table. */
export function checkLayering(file: string, source: ScannedSource): Finding[] {
  const from = placeOf(file);
  if (from === undefined) return [];
  if (!KNOWN.has(from.room))
    return [{ rule: 'unknown-room', file, line: 1, detail: `${from.room} is not in rooms.ts` }];
  return source.imports.flatMap((edge) => {
    const breach = breachOf(file, from, edge);
    return breach === undefined ? [] : [{ rule: breach[0], file, line: edge.line, detail: breach[1] }];
  });
}
