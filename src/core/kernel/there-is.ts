/** Names that an error text lists at most. */
const NAMES = 20;
/** Characters of them at most. */
const CHARS = 1_000;

/** `there is a, b, c` for an error text: what there is to choose from, in part if that is long. */
export function thereIs(names: readonly string[]): string {
  const shown: string[] = [];
  let chars = 0;
  for (const name of names.slice(0, NAMES)) {
    chars += name.length;
    if (chars > CHARS) break;
    shown.push(name);
  }
  const more = names.length - shown.length;
  if (shown.length === 0) return more === 0 ? 'there is none' : `there are ${more}`;
  return `there is ${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}
