import type { Manner } from './floor.js';
import type { Act } from './phrases.js';
import { draw } from './seeded.js';
import { agreedEnough, did, type Table, type Talk } from './talk-state.js';

/** The earliest turn in which an agent leaves, and one in which a decision is made. */
export const EARLIEST_LEAVE = 4;
const EARLIEST_DECISION = 3;
/** Lines after which an agent brings a talk to its end whatever the others do. */
const MOST_LINES = 12;
/** Questions that it parries with a phrase. */
const MOST_REPLIES = 3;

/** What an agent considers before it says something. */
export interface Moment {
  readonly talk: Talk;
  readonly self: string;
  /** Active agents, the asked one included. */
  readonly agents: readonly string[];
  readonly turn: number;
  readonly maxTurns: number;
  readonly manner: Manner;
  /** Its place among those who speak at the same time. */
  readonly slot: number;
  /** Lines that will probably still be said, this one included. */
  readonly budget: number;
  /** Where its chances come from. */
  readonly key: string;
}

/** What to do next; `idle` is to listen. Pure. */
export function nextAct(moment: Moment): Act | 'idle' {
  const { talk, slot } = moment;
  if (talk.decidedBy !== undefined) return afterDecision(moment);
  const act = tired(moment) ?? reply(moment) ?? towardsDecision(moment);
  return slot === 0 ? act : beside(act, moment);
}

/** Before a decision: open, hear opinions, put something on the table, work on it. */
function towardsDecision(moment: Moment): Act | 'idle' {
  const { talk, self, agents, budget } = moment;
  if (talk.table !== undefined)
    return talk.table.by === self ? onOwnTable(moment, talk.table) : onTable(moment, talk.table);
  if (talk.opener === undefined && budget > 3) return 'open';
  const enough = talk.viewed.size >= Math.max(1, Math.min(2, agents.length - 1));
  return enough || talk.viewed.has(self) || budget <= 3 ? 'propose' : 'view';
}

function onOwnTable(moment: Moment, table: Table): Act | 'idle' {
  const { talk, agents, manner, budget } = moment;
  // With time running out the doubt counts for more than the question.
  if (table.doubted === 'open' && (table.asked !== 'open' || budget < 4)) return 'refine';
  if (table.asked === 'open') return 'answer';
  if (table.detail?.answered === false) return 'answer_detail';
  if (agreedEnough(table, agents)) return mayDecide(moment) ? 'decide' : 'idle';
  if (budget <= 1 && table.agreed.size > 0) return 'decide';
  const silent = talk.lines.at(-1)?.agent === moment.self;
  if (manner === 'floor' && !silent) return 'idle';
  return table.nudges < 2 ? 'nudge' : talk.proposed.size < 3 ? 'counter' : 'decide';
}

function onTable(moment: Moment, table: Table): Act | 'idle' {
  const { talk, self, agents, budget, manner, key } = moment;
  if (table.detail?.answered === false && table.detail.by !== self) return 'answer_detail';
  if (table.agreed.has(self)) {
    if (table.detail?.answered === false) return 'idle';
    if (agreedEnough(table, agents) && mayDecide(moment)) return 'decide';
    return lend(moment, table);
  }
  const chance = draw(`${key} table`);
  const known = table.proposal !== undefined;
  const open = table.asked === 'open' || table.doubted === 'open';
  if (known && table.doubted === 'no' && budget >= 5 && (table.asked !== 'no' || chance < 0.25)) return 'doubt';
  if (known && table.asked === 'no' && !open && budget >= 6) return 'ask';
  if (open && agents.includes(table.by)) return lend(moment, table);
  const alone = manner !== 'floor' || agents.length === 2;
  if (alone && budget >= 9 && talk.proposed.size < 2 && table.agreed.size === 0 && chance < 0.4) return 'counter';
  return 'agree';
}

/** What is left for those who are not needed right now. */
function lend(moment: Moment, table: Table): Act | 'idle' {
  const { self, agents, manner, key } = moment;
  if (agents.length === 2 || table.supported.has(self)) return 'idle';
  return draw(`${key} lend`) < (manner === 'all' ? 0.35 : 0.7) ? 'support' : 'idle';
}

function mayDecide({ turn, maxTurns }: Moment): boolean {
  return turn >= Math.min(EARLIEST_DECISION, maxTurns);
}

function afterDecision(moment: Moment): Act | 'idle' {
  const { talk, self, agents, turn, slot, manner, key } = moment;
  if (!talk.confirmed.has(self)) return 'confirm';
  if (turn < EARLIEST_LEAVE) return 'idle';
  const waiting = agents.filter((name) => !talk.confirmed.has(name));
  const patient = (talk.lineCount.get(self) ?? 0) < MOST_LINES + 2 && manner !== 'one';
  if (waiting.length > 0 && patient) return 'idle';
  // Not all at once, lest nobody is there to say goodbye to.
  return slot === 0 || draw(`${key} leave`) < 0.5 ? 'leave' : 'idle';
}

/** Somebody asked something in words of their own. */
function reply({ talk, self }: Moment): Act | undefined {
  const replies = talk.lines.filter((line) => line.agent === self && did(line, 'reply')).length;
  return talk.question === undefined || talk.question.by === self || replies >= MOST_REPLIES ? undefined : 'reply';
}

/** A talk with others who never agree has an end, too. */
function tired({ talk, self, turn }: Moment): Act | undefined {
  const own = talk.lineCount.get(self) ?? 0;
  if (own < MOST_LINES || turn < EARLIEST_LEAVE) return undefined;
  return talk.table === undefined ? 'leave' : 'decide';
}

/** Those who speak at the same time as another do not do the same. */
function beside(act: Act | 'idle', { talk, self }: Moment): Act | 'idle' {
  const { table } = talk;
  const supported = table === undefined || table.by === self || table.supported.has(self);
  switch (act) {
    case 'propose':
    case 'open':
      return talk.viewed.has(self) || talk.opener === undefined ? 'idle' : 'view';
    case 'ask':
    case 'doubt':
    case 'counter':
    case 'decide':
    case 'nudge':
    case 'answer_detail':
      return supported ? 'idle' : 'support';
    default:
      return act;
  }
}
