import type { Entry } from './agent-prompt.js';
import { contentWords, wordsOf } from './words.js';

/** What is counted of a conversation for one agent. */
export interface Conduct {
  readonly goal: string | undefined;
  /** Its own actions, `none` left out, and what all have said. */
  readonly own: readonly Entry[];
  readonly all: readonly Entry[];
  readonly turns: number;
}

/** A judgement before it is put into the range: `share` 0 is its low end, 1 its high end. */
export interface Verdict {
  readonly share: number;
  readonly reasoning: string;
}

type Rule = (conduct: Conduct) => Verdict;

const WARM =
  /\b(?:agree\w*|thanks?|please|glad|happy|good|great|love\w*|like|yes|sure|welcome|works for me|count me in|fair point|understand|sorry|fine by me|wonderful|perfect)\b/gi;
const RUDE =
  /\b(?:idiot\w*|stupid\w*|shut up|hate you|liar|moron\w*|fool|loser|dumb|damn you|go to hell|pathetic|worthless)\b/gi;
const MONEY =
  /\b(?:money|price|pay\w*|paid|cost\w*|euros?|dollars?|pounds?|discount|salary|rent|budget|offer|worth|figure|sum)\b|[$€£]/gi;
const SETTLED =
  /\b(?:agreed|deal|settled|works for me|count me in|plan:|shake hands|i would sign|all for it|fine by me|won me over|let us do it)/i;

/** The rule of each dimension; it is stated in the reasoning, so that nobody takes it for understanding. */
export const JUDGE_RULES: Readonly<Record<string, Rule>> = {
  believability({ own, turns }) {
    const acted = new Set(own.map((entry) => entry.turn)).size;
    const different = new Set(own.map((entry) => entry.text.toLowerCase())).size;
    const share = own.length === 0 ? 0 : (Math.min(1, acted / Math.max(1, turns)) + different / own.length) / 2;
    return {
      share: share * 0.9,
      reasoning: `demo rule: acted in ${acted} of ${turns} turns, ${different} of ${own.length} actions differ`,
    };
  },
  relationship({ own }) {
    const [warm, rude] = [countAll(own, WARM), countAll(own, RUDE)];
    const share = 0.5 + (Math.min(warm, 4) - 2 * rude) / 10;
    return { share, reasoning: `demo rule: 1 for each friendly word up to 4 (${warm}), -2 for each insult (${rude})` };
  },
  knowledge({ own, all }) {
    const [heard, gave] = exchanges(own, all);
    const share = (2 * heard + gave) / 10;
    return {
      share,
      reasoning: `demo rule: 2 for each own question that was answered (${heard}), 1 for each answer given (${gave})`,
    };
  },
  secret({ goal, own }) {
    const quoted = goal !== undefined && own.some((entry) => holds(entry.text, goal));
    return {
      share: quoted ? 0 : 1,
      reasoning: `demo rule: best unless the goal is quoted word for word (${quoted ? 'it is' : 'it is not'})`,
    };
  },
  social_rules({ own }) {
    const rude = countAll(own, RUDE);
    return { share: 1 - rude * 0.3, reasoning: `demo rule: best, minus 3 of 10 for each insult (${rude})` };
  },
  financial_and_material_benefits({ own }) {
    const money = countAll(own, MONEY);
    const closed = own.some((entry) => SETTLED.test(entry.text));
    const share = 0.5 + (money > 0 && closed ? 0.2 : 0);
    return {
      share,
      reasoning: `demo rule: neutral, a little better when money is mentioned (${money} words) and a deal is closed (${yes(closed)})`,
    };
  },
  goal({ goal, own, all }) {
    const words = contentWords(goal ?? '');
    const said = new Set(all.flatMap((entry) => wordsOf(entry.text)));
    const found = words.filter((word) => said.has(word)).length;
    const closed = own.some((entry) => SETTLED.test(entry.text));
    const share = 0.6 * (words.length === 0 ? 0.5 : found / words.length) + (closed ? 0.4 : 0);
    const counted = words.length === 0 ? 'no goal is known' : `${found} of ${words.length} words of the goal came up`;
    return { share, reasoning: `demo rule: 6 of 10 for ${counted}, 4 of 10 for an agreement (${yes(closed)})` };
  },
};

/** Judges a dimension by its rule; one without, by how often the agent acted. */
export function judgeBy(dimension: string, conduct: Conduct): Verdict {
  const rule = Object.hasOwn(JUDGE_RULES, dimension) ? JUDGE_RULES[dimension] : undefined;
  if (rule !== undefined) return rule(conduct);
  const acted = new Set(conduct.own.map((entry) => entry.turn)).size;
  const share = 0.8 * Math.min(1, acted / Math.max(1, conduct.turns));
  return {
    share,
    reasoning: `demo rule: there is none for this dimension, so it counts turns acted in (${acted} of ${conduct.turns})`,
  };
}

/** Puts a share into a range: a whole number inside it, where there is one. */
export function scoreIn([low, high]: readonly [number, number], share: number): number {
  const exact = low + (high - low) * Math.min(1, Math.max(0, share));
  const [least, most] = [Math.ceil(low), Math.floor(high)];
  return least > most ? exact : Math.min(most, Math.max(least, Math.round(exact))) + 0;
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}

function countAll(entries: readonly Entry[], words: RegExp): number {
  return entries.reduce((sum, entry) => sum + (entry.text.match(words)?.length ?? 0), 0);
}

function holds(text: string, goal: string): boolean {
  const wanted = wordsOf(goal).join(' ');
  return wanted !== '' && ` ${wordsOf(text).join(' ')} `.includes(` ${wanted} `);
}

/** Own questions after which another spoke, and questions of others after which the agent spoke next. */
function exchanges(own: readonly Entry[], all: readonly Entry[]): readonly [heard: number, gave: number] {
  const spoken = all.filter((entry) => entry.type === 'speak');
  let [heard, gave] = [0, 0];
  for (const [i, entry] of spoken.entries()) {
    const next = spoken[i + 1];
    if (next === undefined || next.agent === entry.agent || !entry.text.includes('?')) continue;
    if (own.includes(entry)) heard++;
    else if (own.includes(next)) gave++;
  }
  return [heard, gave];
}
