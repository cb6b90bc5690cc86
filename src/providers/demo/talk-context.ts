import type { Proposal, Script } from './script.js';
import { scriptFor } from './scripts.js';
import { topicOf } from './topic.js';
import { nounPhrases, plainLine, wordsOf } from './words.js';
import type { AgentPrompt } from './agent-prompt.js';

/** What an agent brings to the talk, as it may show it. */
export interface Speaker {
  readonly name: string;
  /** A noun phrase of its goal that gives nothing away. */
  readonly hint?: string;
  /** `a nurse`. */
  readonly role?: string;
  readonly goal?: string;
}

/** What the talk is about: the same for all who are in it. */
export interface Subject {
  readonly topic: string;
  readonly script: Script;
  /** The script's proposals in the order of this conversation. */
  readonly proposals: readonly Proposal[];
}

/** Goals with such a word are about keeping something back: no part of them is said. */
const SECRETIVE =
  /\b(?:hid\w*|secret\w*|conceal\w*|without|avoid\w*|never|not|don['’]?t|reveal\w*|pretend\w*|trick\w*|manipulat\w*|lie|lying|steal\w*|surprise)\b/i;

/** The subject of a conversation, from its scenario; `seed` orders the proposals. */
export function subjectOf(prompt: AgentPrompt, seed: number): Subject {
  const script = scriptFor(wordsOf(prompt.scenario));
  const first = Math.abs(Math.trunc(seed)) % script.proposals.length;
  return {
    topic: topicOf(prompt.scenario, `${seed} topic`, [prompt.name, ...prompt.others]),
    script,
    proposals: [...script.proposals.slice(first), ...script.proposals.slice(0, first)],
  };
}

/** The speaker's own side, read from goal, background and profile. */
export function speakerOf(prompt: AgentPrompt): Speaker {
  const hint = prompt.goal === undefined ? undefined : hintOf(prompt.goal);
  const role = roleOf(prompt);
  return {
    name: prompt.name,
    ...(hint === undefined ? {} : { hint }),
    ...(role === undefined ? {} : { role }),
    ...(prompt.goal === undefined ? {} : { goal: prompt.goal }),
  };
}

function hintOf(goal: string): string | undefined {
  if (SECRETIVE.test(goal)) return undefined;
  const phrase = nounPhrases(goal).find((found) => !/\d/.test(found));
  // More than half of the goal would be the goal itself.
  if (phrase === undefined || wordsOf(phrase).length * 2 > wordsOf(goal).length) return undefined;
  return plainLine(phrase, 40);
}

function roleOf(prompt: AgentPrompt): string | undefined {
  const occupation = prompt.profile?.['occupation'];
  const found =
    typeof occupation === 'string'
      ? occupation
      : /^(?:you are |i am |i'm |(?:he|she|they) (?:is|are) )?an?\s+([\p{L}' -]+)/iu.exec(prompt.background ?? '')?.[1];
  const words = (found ?? '')
    .split(/\s+(?:who|from|with|in|of|at|and|that|for|trying|looking|living|working)\s?/iu)[0]
    ?.trim()
    .toLowerCase()
    .split(/\s+/);
  if (words === undefined || words.length > 3 || words[0] === undefined || words[0] === '') return undefined;
  const role = plainLine(words.join(' ').replace(/^an?\s+/, ''), 40);
  return role === '' ? undefined : `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`;
}
