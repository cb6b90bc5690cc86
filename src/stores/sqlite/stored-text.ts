/** What SQLite's text cannot hold, or its tools cut off. */
const UNSAFE = '\u0000';

/**
 * A free text (a tenant, a key, a name) as a column holds it: itself, or its JSON where SQLite would change it (lone
 * surrogates, NUL). Equal texts stay equal and different ones different, so it can be compared and indexed.
 */
export function toStored(text: string): string {
  return text.startsWith('"') || text.includes(UNSAFE) || !text.isWellFormed() ? JSON.stringify(text) : text;
}

/** The text that `toStored` was given. Ids come back as the branded type they were. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a brand is known to the caller only
export function fromStored<Text extends string>(text: string): Text {
  return text.startsWith('"') ? JSON.parse(text) : (text as Text);
}
