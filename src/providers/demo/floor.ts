import { draw } from './seeded.js';
import { agreedEnough, did, type Talk } from './talk-state.js';
import type { Entry } from './agent-prompt.js';

/** How the agents of a conversation take turns, as far as an agent can tell from what it has observed. */
export type Manner =
  /** One acts in a turn. */
  | 'one'
  /** All act in a turn, later ones see the earlier ones; or others do not keep to the demo model's custom. */
  | 'all'
  /** All act at once: a few have the floor, the others listen. */
  | 'floor';

export interface FloorQuestion {
  readonly talk: Talk;
  readonly history: readonly Entry[];
  /** Active agents, the asked one among them, in an order that is the same for all. */
  readonly agents: readonly string[];
  /** How many there were at the start. */
  readonly seats: number;
  readonly self: string;
  readonly turn: number;
  readonly seed: number;
}

/**
 * In simultaneous turns nobody sees what the others say right now, and everybody talking past each other makes no
 * conversation. So the demo model has a custom that needs no messages: from what all have observed, and the seed, every
 * agent works out who has the floor. In the first turn everybody does something to be seen, which tells the manner.
 */
export function mannerOf(question: FloorQuestion): Manner {
  const { history, turn, self, seats } = question;
  if (history.some((entry) => entry.turn === turn && entry.agent !== self && entry.type === 'speak')) return 'all';
  if (turn <= 1) return 'floor';
  const speakers = new Map<number, Set<string>>();
  const actors = new Map<number, Set<string>>();
  for (const { turn: at, agent, type } of history) {
    const groups = type === 'speak' ? [speakers, actors] : [actors];
    for (const group of groups) group.set(at, (group.get(at) ?? new Set()).add(agent));
  }
  if (seats < 2 || (actors.get(1)?.size ?? 0) < 2) return 'one';
  if (question.talk.lines.some((line) => line.turn === 1 && did(line, 'greet_back'))) return 'all';
  const crowded = [...speakers].some(([at, names]) => at > 1 && at < turn && names.size > floorSize(seats));
  return crowded ? 'all' : 'floor';
}

/** How many speak at once in simultaneous turns. */
export function floorSize(seats: number): number {
  return seats <= 3 ? 1 : seats <= 6 ? 2 : 3;
}

/** Who has the floor: those who owe the others something, then those who have been silent longest. */
export function floorOf(question: FloorQuestion): readonly string[] {
  const { talk, agents, seed, seats } = question;
  const owing = new Set(obliged(talk, agents));
  const start = Math.floor(draw(`${seed} floor`) * agents.length);
  const rank = (name: string): number => (agents.indexOf(name) + agents.length - start) % agents.length;
  const silence = (name: string): number => talk.lastSpoke.get(name) ?? 0;
  return agents
    .toSorted((a, b) => Number(owing.has(b)) - Number(owing.has(a)) || silence(a) - silence(b) || rank(a) - rank(b))
    .slice(0, floorSize(seats));
}

/** Those from whom the talk waits for something. */
function obliged(talk: Talk, agents: readonly string[]): readonly string[] {
  const { table, question, opener, decidedBy } = talk;
  if (decidedBy !== undefined) return agents.filter((name) => !talk.confirmed.has(name));
  if (question !== undefined) return agents.filter((name) => name !== question.by);
  if (table === undefined)
    return opener === undefined || talk.viewed.size > 0 ? [] : agents.filter((name) => name !== opener);
  if (table.asked === 'open' || table.doubted === 'open') return [table.by];
  if (table.detail !== undefined && !table.detail.answered) {
    return table.detail.by === table.by ? agents.filter((name) => name !== table.by) : [table.by];
  }
  return agreedEnough(table, agents) ? [table.by] : [];
}
