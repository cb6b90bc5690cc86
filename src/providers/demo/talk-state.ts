import type { Entry } from './agent-prompt.js';
import type { Act, Detail } from './phrases.js';
import { recognise, type Recognised } from './recognise.js';
import type { Proposal } from './script.js';
import type { Subject } from './talk-context.js';

/** The proposal that is being talked about. */
export interface Table {
  readonly by: string;
  /** Unknown when somebody else than the demo model made it. */
  readonly proposal?: Proposal;
  asked: 'no' | 'open' | 'answered';
  doubted: 'no' | 'open' | 'refined';
  readonly supported: Set<string>;
  readonly agreed: Set<string>;
  nudges: number;
  detail?: { readonly by: string; readonly detail: Detail; answered: boolean };
}

/** Something said, with what it does. */
export interface Line extends Recognised {
  readonly agent: string;
  readonly turn: number;
  readonly text: string;
}

/** Where a talk stands: a fold of what has been observed. */
export interface Talk {
  readonly lines: Line[];
  /** What anybody said or did, in lower case: one by one, and all in one text. */
  readonly used: Set<string>;
  readonly spoken: string;
  readonly lastSpoke: Map<string, number>;
  readonly lineCount: Map<string, number>;
  opener?: string;
  readonly viewed: Set<string>;
  readonly proposed: Set<Proposal>;
  table?: Table;
  /** A question in words that are not the demo model's, not yet answered. */
  question?: { readonly by: string };
  decidedBy?: string;
  readonly confirmed: Set<string>;
  readonly left: Set<string>;
}

/** Folds the transcript an agent has observed. */
export function foldTalk(history: readonly Entry[], subject: Subject): Talk {
  const talk: Talk = {
    lines: [],
    used: new Set(history.map((entry) => entry.text.toLowerCase())),
    spoken: history.map((entry) => entry.text.toLowerCase()).join('\n'),
    lastSpoke: new Map(),
    lineCount: new Map(),
    viewed: new Set(),
    proposed: new Set(),
    confirmed: new Set(),
    left: new Set(),
  };
  for (const entry of history) {
    if (entry.type === 'leave') talk.left.add(entry.agent);
    if (entry.type === 'speak') addLine(talk, { ...entry, ...recognise(entry.text, subject) });
  }
  return talk;
}

/** Whether half of the others agree with what is on the table. */
export function agreedEnough(table: Table, agents: readonly string[]): boolean {
  const others = agents.filter((name) => name !== table.by);
  return others.length > 0 && table.agreed.size >= Math.ceil(others.length / 2);
}

/** Whether an act was seen in a line. */
export function did(line: Line | undefined, act: Act): boolean {
  return line?.acts.has(act) === true;
}

function addLine(talk: Talk, line: Line): void {
  const { agent } = line;
  talk.lines.push(line);
  talk.lastSpoke.set(agent, line.turn);
  talk.lineCount.set(agent, (talk.lineCount.get(agent) ?? 0) + 1);
  if (talk.question !== undefined && talk.question.by !== agent) delete talk.question;
  if (!line.own && !did(line, 'propose') && line.text.trimEnd().endsWith('?')) talk.question = { by: agent };
  if (did(line, 'open')) talk.opener ??= agent;
  if (did(line, 'view')) talk.viewed.add(agent);
  if (talk.decidedBy !== undefined) talk.confirmed.add(agent);
  if (talk.table !== undefined) discuss(talk.table, line);
  if (did(line, 'propose')) propose(talk, line);
  if (did(line, 'decide')) {
    talk.decidedBy ??= agent;
    talk.confirmed.add(agent);
  }
}

function propose(talk: Talk, line: Line): void {
  if (line.proposal !== undefined) talk.proposed.add(line.proposal);
  talk.table = {
    by: line.agent,
    ...(line.proposal === undefined ? {} : { proposal: line.proposal }),
    asked: 'no',
    doubted: 'no',
    supported: new Set(),
    agreed: new Set(),
    nudges: 0,
  };
}

function discuss(table: Table, line: Line): void {
  const owner = line.agent === table.by;
  // Words of another make by the one who proposed it pass for an answer to whatever is open.
  const settles = owner && !line.own;
  if (table.asked === 'open' && (settles || did(line, 'answer'))) table.asked = 'answered';
  if (table.doubted === 'open' && (settles || did(line, 'refine'))) table.doubted = 'refined';
  if (table.detail !== undefined && line.agent !== table.detail.by) table.detail.answered = true;
  if (owner) {
    if (did(line, 'nudge')) table.nudges++;
    return;
  }
  if (did(line, 'ask') && table.asked === 'no') table.asked = 'open';
  if (did(line, 'doubt') && table.doubted === 'no') table.doubted = 'open';
  if (did(line, 'support')) table.supported.add(line.agent);
  if (did(line, 'agree')) table.agreed.add(line.agent);
  if (line.detail !== undefined && did(line, 'detail'))
    table.detail ??= { by: line.agent, detail: line.detail, answered: false };
}
