import type { Ask, Door, DoorName, Place, Target } from './door.js';
import type { DoorStream } from './door-stream.js';
import { CHAT, EVENTS, EVENTS_CHAT, EVENTS_TEXT, OPENAI, PROMPT } from './http-doors.js';
import { JSON_RPC } from './jsonrpc-door.js';
import { SOCKET_IO, WS } from './socket-doors.js';

/** Every door that shows runs. */
export const DOORS: readonly Door[] = [EVENTS, EVENTS_CHAT, EVENTS_TEXT, CHAT, WS, SOCKET_IO, JSON_RPC, OPENAI, PROMPT];

export function doorNamed(name: DoorName): Door {
  const door = DOORS.find((each) => each.name === name);
  if (door === undefined) throw new Error(`there is no door ${name}`);
  return door;
}

/** Doors that start runs. */
export const BEGINNERS = DOORS.filter((door) => door.begin !== undefined);

export function begin(door: Door, target: Target, ask: Ask): Promise<DoorStream> {
  if (door.begin === undefined) throw new Error(`${door.name} begins nothing`);
  return door.begin(target, ask);
}

export function watch(door: Door, target: Target, place: Place): Promise<DoorStream> {
  if (door.watch === undefined) throw new Error(`${door.name} cannot name a run`);
  return door.watch(target, place);
}

/** Whether a door can watch what another one began: JSON-RPC knows sessions only. */
export function canGoOn(from: Door, to: Door): boolean {
  return to.watch !== undefined && (to.name !== 'jsonrpc' || from.name === 'jsonrpc');
}
