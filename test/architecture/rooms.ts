/** What the files of one room may import beside their own room and packages. */
export interface Room {
  readonly may: readonly string[];
  /** What its `*.module.ts` may import as well, to wire it: files at the root of these rooms, no plugin folder. */
  readonly wires: readonly string[];
}

/** Rooms whose folders are plugins. */
export const PLUGIN_ROOMS: readonly string[] = ['providers', 'tools', 'evaluators', 'stores'];

/** Folders of a plugin room that are not a plugin but what its plugins share. */
export const SHARED_FOLDER = 'shared';

const BASICS = ['core', 'runtime', 'telemetry'];
const WIRING = [...BASICS, 'config', 'health'];
const PLUGIN: Room = { may: ['core'], wires: WIRING };

/** The arrows of DESIGN.md §4: a room imports what its row names, and nothing else. */
export const ROOMS: Readonly<Record<string, Room>> = {
  core: { may: [], wires: [] },
  runtime: { may: ['core'], wires: ['config'] },
  telemetry: { may: ['core', 'runtime'], wires: ['config'] },
  config: { may: ['core'], wires: [] },
  providers: PLUGIN,
  tools: PLUGIN,
  evaluators: PLUGIN,
  stores: PLUGIN,
  agents: { may: BASICS, wires: [...WIRING, ...PLUGIN_ROOMS] },
  conversations: { may: [...BASICS, 'agents'], wires: [...WIRING, 'agents', ...PLUGIN_ROOMS] },
  auth: { may: BASICS, wires: WIRING },
  health: { may: [...BASICS, 'conversations', 'auth'], wires: [...WIRING, 'conversations', ...PLUGIN_ROOMS] },
  doors: {
    may: [...BASICS, 'conversations', 'agents', 'auth', 'health'],
    wires: [...WIRING, 'conversations', 'agents', 'auth'],
  },
};

/** Rooms that put the rest together: they may import any room, and no other room imports them. */
export const COMPOSITION_ROOMS: readonly string[] = ['library', 'cli', 'plugins'];

/** Leaf files of plugin rooms that `config` joins into its schema. */
export const CONFIG_LEAF =
  /^src\/(?:providers|tools|evaluators|stores)\/(?:.+\/)?[\w-]+(?:\.config|-kinds|-section)\.ts$/;

/** The one file that reads the environment. */
export const ENVIRONMENT = 'src/config/environment.ts';

/** Packages of a vendor, and the folders that may import them. */
export const VENDOR_PACKAGES: readonly { readonly name: RegExp; readonly folders: readonly string[] }[] = [
  {
    name: /^openai(?:\/|$)/,
    folders: ['src/providers/openai/', 'src/providers/openai-compatible/', 'src/providers/azure/'],
  },
  { name: /^@azure\//, folders: ['src/providers/azure/', 'src/auth/key-vault/'] },
  { name: /^undici(?:\/|$)/, folders: ['src/providers/'] },
];

/** Where a source of `src` stands. */
export interface Place {
  /** The room; empty for the files at the root of `src`. */
  readonly room: string;
  /** The plugin it belongs to, such as `providers/azure`; undefined outside plugins. */
  readonly plugin: string | undefined;
  /** It lies at the root of its room, not in a folder. */
  readonly atRoot: boolean;
}

/** The room and the plugin of a path; undefined outside `src`. */
export function placeOf(file: string): Place | undefined {
  const [top, room, folder, ...rest] = file.split('/');
  if (top !== 'src' || room === undefined) return undefined;
  if (folder === undefined) return { room: '', plugin: undefined, atRoot: true };
  return { room, plugin: pluginOf(room, folder, rest.length === 0), atRoot: rest.length === 0 };
}

/** Key sources are the plugins of `auth`: a folder, or a file `…key-source.ts`. */
function pluginOf(room: string, folder: string, atRoot: boolean): string | undefined {
  if (room === 'auth') return !atRoot || folder.endsWith('key-source.ts') ? `auth/${folder}` : undefined;
  return PLUGIN_ROOMS.includes(room) && !atRoot && folder !== SHARED_FOLDER ? `${room}/${folder}` : undefined;
}
