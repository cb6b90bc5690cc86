import type { Script } from './script.js';
import { DEAL, PLANS, WORK } from './scripts-practical.js';
import { GENERAL, IDEAS, TROUBLE } from './scripts-talk.js';

/** In order: the first whose cue a scenario holds. */
export const SCRIPTS: readonly Script[] = [TROUBLE, DEAL, PLANS, WORK, IDEAS, GENERAL];

/** The script for a scenario: the kind with the most cues in it, the general one without any. */
export function scriptFor(words: readonly string[]): Script {
  let best = GENERAL;
  let most = 0;
  for (const script of SCRIPTS) {
    const hits = words.filter((word) => script.cues.some((cue) => isCue(word, cue))).length;
    if (hits > most) [best, most] = [script, hits];
  }
  return best;
}

/** Short cues (`ai`, `art`) must be the whole word. */
function isCue(word: string, cue: string): boolean {
  return cue.length <= 4 ? word === cue || word === `${cue}s` : word.startsWith(cue);
}
