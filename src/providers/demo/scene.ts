import type { ModelRequest } from '../../core/ports/model-provider.js';
import { readAgentPrompt, type AgentPrompt } from './agent-prompt.js';
import type { Brief } from './compose-line.js';
import { floorOf, floorSize, mannerOf, type Manner } from './floor.js';
import type { Moment } from './next-act.js';
import { speakerOf, subjectOf, type Subject } from './talk-context.js';
import { foldTalk, type Talk } from './talk-state.js';

/** What an agent makes of the prompt it is given. */
export interface Scene {
  readonly prompt: AgentPrompt;
  readonly talk: Talk;
  readonly subject: Subject;
  /** Active agents, the asked one included, in an order that is the same for all of them. */
  readonly agents: readonly string[];
  readonly moment: Moment;
  readonly brief: Brief;
  readonly hasFloor: boolean;
}

/** @param active the active others, as the request's schema names them */
export function sceneOf(request: ModelRequest, active: readonly string[]): Scene {
  const seed = request.seed ?? 0;
  const prompt = readAgentPrompt(request, active);
  const subject = subjectOf(prompt, seed);
  const talk = foldTalk(prompt.history, subject);
  const others = (active.length > 0 ? active : prompt.others).filter((name) => !talk.left.has(name));
  const agents = [prompt.name, ...others].toSorted((a, b) => (a < b ? -1 : 1));
  const { name: self, turn, maxTurns, history } = prompt;
  const seats = 1 + prompt.others.length;
  const question = { talk, history, agents, seats, self, turn, seed };
  const manner = mannerOf(question);
  const place = floorOf(question).indexOf(self);
  const slot = manner === 'floor' ? Math.max(0, place) : 0;
  const budget = (maxTurns - turn + 1) * linesPerTurn(manner, agents.length, seats);
  const key = `${seed} ${turn} ${talk.lines.length}`;
  const offset = manner === 'floor' && turn > 1 ? slot : agents.indexOf(self);
  const moment: Moment = { talk, self, agents, turn, maxTurns, manner, slot, budget, key: `${key} ${self}` };
  const lanes = { strict: manner === 'floor', of: lanesOf(moment, seats) };
  const brief: Brief = { speaker: speakerOf(prompt), subject, talk, to: 'everyone', key, offset, lanes };
  return { prompt, talk, subject, agents, moment, brief, hasFloor: manner !== 'floor' || place >= 0 };
}

/** How many may speak without hearing each other. */
function lanesOf({ manner, turn, agents }: Moment, seats: number): number {
  if (manner === 'one') return 1;
  return manner === 'floor' && turn > 1 ? floorSize(seats) : agents.length;
}

function linesPerTurn(manner: Manner, agents: number, seats: number): number {
  if (manner === 'one') return 1;
  return manner === 'all' ? agents : floorSize(seats);
}
