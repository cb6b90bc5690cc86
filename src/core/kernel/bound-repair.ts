import { ParleyError } from './parley-error.js';

/** Characters. Deep nesting makes repairs quadratic. */
const LONGEST = 16_384;

/** Quotes² × characters: texts full of quotes make repairs cubic. A tenth of a second or so. */
const MOST_WORK = 1e8;

const QUOTES = /["'`´‘’“”]/g;

/**
 * A repair of nearly valid JSON that refuses what would hold up the event loop. What is repaired comes from models, and so
 * from whoever talks to them: 8,000 characters of `'a'a'a` cost jsonrepair 10 seconds, 260,000 cost it hours.
 *
 * @param repair may throw
 */
export function boundRepair(repair: (text: string) => string): (text: string) => string {
  return (text) => {
    const tooLong = text.length > LONGEST;
    const quotes = tooLong ? 0 : (text.match(QUOTES)?.length ?? 0);
    if (tooLong || quotes ** 2 * text.length > MOST_WORK) {
      throw new ParleyError('upstream_too_large', 'the text is too large to be repaired');
    }
    return repair(text);
  };
}
