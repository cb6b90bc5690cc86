import type { DoorName } from '../support/doors/door.js';

/** A rule that holds on every door, but where a reason says why a door cannot carry it. */
export interface Requirement {
  readonly sentence: string;
  /** Where not, and why. */
  readonly not?: Readonly<Partial<Record<DoorName, string>>>;
}

const NO_NUMBERS = 'its frames have no numbers';
const SHOWS_NO_TOOLS = 'it shows text and the end alone';
const NAMES_NOTHING = 'it cannot name a run that is there';
const NO_CURSOR = 'it has no cursors: who began here goes on over another door from the start of the run';
const ENDS_WITH_THE_PROCESS = 'its stream ends with the process, and what follows is seen over another door';

const ONLY_CANONICAL = {
  'events-chat': NO_NUMBERS,
  'events-text': NO_NUMBERS,
  chat: NO_NUMBERS,
  ws: NO_NUMBERS,
  jsonrpc: NO_NUMBERS,
  openai: NO_NUMBERS,
  prompt: NO_NUMBERS,
};
const ONLY_STARTING = { chat: NAMES_NOTHING, openai: NAMES_NOTHING, prompt: NAMES_NOTHING };

/** The rules of one log over many doors. Each is verified on each door by the spec beside this table. */
export const REQUIREMENTS = {
  'seq-dense': { sentence: 'the numbers of facts have no gap', not: ONLY_CANONICAL },
  'starts-end': {
    sentence: 'every start has its end, also in runs that were cancelled or that failed',
    not: {
      'events-text': SHOWS_NO_TOOLS,
      jsonrpc: SHOWS_NO_TOOLS,
      openai: SHOWS_NO_TOOLS,
      prompt: SHOWS_NO_TOOLS,
    },
  },
  'one-end': { sentence: 'a run has one end, and nothing of it comes after that' },
  'text-is-stored': { sentence: 'the text of all deltas, in their order, is the text that is stored' },
  'text-before-fact': {
    sentence: 'a fact comes after all text that came before it',
    not: {
      'events-text': SHOWS_NO_TOOLS,
      jsonrpc: SHOWS_NO_TOOLS,
      openai: SHOWS_NO_TOOLS,
      prompt: SHOWS_NO_TOOLS,
    },
  },
  'cut-is-no-end': { sentence: 'the answer of an upstream that was cut never looks finished' },
  'types-are-known': {
    sentence: 'frames name their types, and a reader that knows text and ends alone has the answer',
    not: { prompt: 'it has no frames' },
  },
  'late-reader': {
    sentence: 'who comes when the run is over gets what those got who were there',
    not: ONLY_STARTING,
  },
  'cancelled-once': {
    sentence: 'a run that is cancelled from this door, or left on it, ends once, and for all who watch it',
  },
  'cancel-or-complete': { sentence: 'a run that is cancelled as it completes has one end, the same for all' },
  waiting: {
    sentence: 'a run that waits for its client shows what it waits for, and goes on',
    not: {
      'events-text': SHOWS_NO_TOOLS,
      ...ONLY_STARTING,
    },
  },
  discarded: {
    sentence: 'text that was lost in a crash is taken back before what takes its place',
    not: { chat: ENDS_WITH_THE_PROCESS, openai: ENDS_WITH_THE_PROCESS, prompt: ENDS_WITH_THE_PROCESS },
  },
  drained: {
    sentence: 'a server that goes away says where each reader stands, and there it goes on after the restart',
    not: { openai: NO_CURSOR, prompt: NO_CURSOR },
  },
  'drained-is-no-end': { sentence: 'a stream that a server leaves as it goes away does not look finished' },
  'other-tenants': {
    sentence: 'what belongs to another tenant is as unknown as what never was',
    not: { openai: NAMES_NOTHING, prompt: NAMES_NOTHING },
  },
  alive: {
    sentence: 'a stream that says nothing gives signs of life',
    not: { prompt: 'nothing may be written between the pieces of a text' },
  },
} as const satisfies Record<string, Requirement>;

export type RequirementId = keyof typeof REQUIREMENTS;
