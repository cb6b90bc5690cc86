const KEY_NAME = /^[\w.@-]{1,64}$/;
const TIME = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?$/;

/** Characters of a key from which on it is not guessed, if they are random. */
const LONG_ENOUGH = 16;
/** Different characters that a random key of that length has at the least. */
const VARIED_ENOUGH = 6;

/** Why a key can be guessed, for whoever configures it; undefined for one that cannot. Says nothing of the key itself. */
export function keyWeakness(key: string): string | undefined {
  const short = key.length < LONG_ENOUGH;
  if (!short && new Set(key).size >= VARIED_ENOUGH) return undefined;
  const reason = short ? `is shorter than ${LONG_ENOUGH} characters` : 'has too few different characters';
  return `${reason}, so that it can be guessed: "openssl rand -hex 24" makes a good one`;
}

/** Whether a text can name a key: the name is its tenant and stands in logs. `anonymous` is the tenant of nobody's key. */
export function isKeyName(name: string): boolean {
  return KEY_NAME.test(name) && name !== 'anonymous';
}

/** Whether a text is a day or a time at which a key can expire, such as `2027-01-31` or `2027-01-31T12:00:00Z`. */
export function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}
