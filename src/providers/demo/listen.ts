import type { ActionType } from '../../core/events/conversation-event.js';
import { givesAway } from './compose-line.js';
import { CLOSING_DEEDS, DEEDS, GESTURES, type Act } from './phrases.js';
import type { Moment } from './next-act.js';
import type { Scene } from './scene.js';
import { draw, hashText } from './seeded.js';
import type { Line } from './talk-state.js';

/** What an agent does, before it is given the form of the schema. */
export interface Choice {
  readonly type: ActionType;
  readonly argument: string;
}

/** How often listening does not show. */
const UNSEEN = 0.4;
/** Above it, it is a small deed rather than a gesture. */
const BUSY = 0.82;

const NOTHING: Choice = { type: 'none', argument: '' };

/** Listening shows now and then: a gesture that fits what was said last, a small deed, or nothing. */
export function listen({ talk, moment, prompt, brief }: Scene): Choice {
  const first = moment.turn <= 1;
  const chance = draw(`${moment.key} listen`);
  // A turn in which only one acts would be an empty one.
  if (!first && moment.manner !== 'one' && chance < UNSEEN) return NOTHING;
  const busy = !first && chance > BUSY;
  const seen = talk.lines.findLast((line) => line.agent !== prompt.name);
  const deeds = talk.decidedBy === undefined ? DEEDS : CLOSING_DEEDS;
  const free = (busy ? deeds : gesturesAfter(first ? undefined : seen)).filter(
    (text) => !talk.used.has(text.toLowerCase()) && !givesAway(text, brief.speaker) && isFor(text, moment),
  );
  const argument = free.toSorted((a, b) => hashText(brief.key + a) - hashText(brief.key + b))[0];
  if (argument === undefined) return NOTHING;
  return { type: busy ? 'action' : 'non-verbal communication', argument };
}

const EVERYTHING: readonly string[] = [...Object.values(GESTURES).flat(), ...DEEDS, ...CLOSING_DEEDS];

/** Those who listen at the same time do different things: each turn they are dealt out anew. */
function isFor(text: string, { agents, self, manner, turn }: Moment): boolean {
  if (manner !== 'floor' || (agents.length === 2 && turn > 1)) return true;
  return (EVERYTHING.indexOf(text) + turn) % agents.length === agents.indexOf(self);
}

/** Fitting ones as long as there are some for all who may listen, then those that fit anywhere. */
function gesturesAfter(line: Line | undefined): readonly string[] {
  if (line === undefined) return [...(GESTURES.greet ?? [])];
  const acts: readonly Act[] = [...line.acts];
  return [...acts.flatMap((act) => (act === 'greet' ? [] : (GESTURES[act] ?? []))), ...GESTURES.any.slice(0, 6)];
}
